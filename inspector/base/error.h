// SPDX-License-Identifier: MIT
// Errors as values. A function that can fail returns `struct error *`; NULL is success. The receiver owns the
// error and either hands it on, prints it (only cli/ does) or frees it.
//
//     MUST_USE struct error *image_open(...);
//
//     struct error *error = image_open(...);
//     if (error)
//         return error;                       // or: RETURN_IF_ERROR(image_open(...));
//
// The message is one line and says where: "vmlinux: .debug_info+0x1f3: unit of version 9".
#ifndef STRATA_BASE_ERROR_H
#define STRATA_BASE_ERROR_H

#include "base/attributes.h"
#include <stddef.h>

enum error_code {
    ERROR_OUT_OF_MEMORY = 1,
    ERROR_SYSTEM,      // an errno of the operating system; the message holds its text
    ERROR_USAGE,       // the caller asked for something that makes no sense
    ERROR_NOT_FOUND,   // the file is fine, what was asked for is not in it
    ERROR_BAD_FORMAT,  // the input breaks the rules of its format
    ERROR_UNSUPPORTED, // the input is fine, strata cannot read it
    ERROR_NO_DEBUG,    // the file holds no debug information
};

struct error {
    enum error_code code;
    char *message; // one line without a full stop; never NULL
};

// Makes an error. When memory is short it returns a static one, so the result is never NULL.
// Thread-safe.
MUST_USE COLD struct error *error_create(enum error_code code, const char *format, ...) PRINTF_LIKE(2, 3);

// The same with ": strerror(errno_value)" at the end, code ERROR_SYSTEM.
MUST_USE COLD struct error *error_system(int errno_value, const char *format, ...) PRINTF_LIKE(2, 3);

// Puts "prefix: " in front of the message; takes the error and returns it. NULL stays NULL.
MUST_USE COLD struct error *error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

extern struct error error_out_of_memory; // static: never freed, error_free leaves it alone

void error_free(struct error *error);       // NULL is fine
void error_free_at(struct error **pointer); // for CLEANUP(error_free_at)

#define RETURN_IF_ERROR(call)                                                                                \
    do {                                                                                                     \
        struct error *return_if_error_ = (call);                                                             \
        if (UNLIKELY(return_if_error_ != NULL))                                                              \
            return return_if_error_;                                                                         \
    } while (0)

#endif
