// SPDX-License-Identifier: MIT
// Shared libraries that few commands want: linked, they would cost every start of the program more than all of its own. Each is
// loaded when it is asked for, and what is called of it stands in a table:
//
//     static struct { __typeof__(cos) *cosine; } functions;
//     static const struct late_function wanted[] = {{"cos", &functions.cosine}};
//     static struct late_library library = LATE_LIBRARY("libm.so.6", "libc6", NULL, wanted);
//     RETURN_IF_ERROR(late_library_load(&library));
#ifndef STRATA_BASE_LATE_LIBRARY_H
#define STRATA_BASE_LATE_LIBRARY_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>

struct late_function {
    const char *name;
    void *place;      // of the pointer to a function
    bool is_optional; // the pointer is NULL where the library has not got it
};

struct late_library {
    const char *file;    // its versioned name: other versions have other functions
    const char *package; // Debian's, for the message
    const char *instead; // what else a person can do, for the message; NULL: nothing
    const struct late_function *functions;
    size_t functions_count;
    pthread_mutex_t lock;
    bool is_loaded; // under the lock
};

#define LATE_LIBRARY(file_name, package_name, instead_of_it, table)                                          \
    {                                                                                                        \
        .file = (file_name), .package = (package_name), .instead = (instead_of_it), .functions = (table),    \
        .functions_count = ARRAY_LENGTH(table), .lock = PTHREAD_MUTEX_INITIALIZER                            \
    }

// Fills the places of all functions; the library stays until the program ends. Where it fails, none is filled, and the next call
// tries again. ERROR_UNSUPPORTED: the library is not here, lacks a function, or this strata was linked without shared libraries.
// Thread-safe.
MUST_USE struct error *late_library_load(struct late_library *library);

#endif
