// SPDX-License-Identifier: MIT
// The shared libraries of the program that left a core, as files to be read.
#ifndef STRATA_OBJECT_CORE_LIBRARIES_H
#define STRATA_OBJECT_CORE_LIBRARIES_H

#include "base/arena.h"
#include "base/vec.h"
#include "object/object.h"

struct core_library {
    const char *path;  // that was mapped
    const char *found; // to be read: the same file, or the debug file of its build-id; NULL: neither is here
    const char *why;   // a line that says so, then
};

// Texts are of the arena.
struct core_libraries {
    VEC(struct core_library) list;
    bool is_core;
    struct arena arena;
};

// Of a file that is no core there are none. Errors: what opening it says. To be freed also when this fails.
MUST_USE struct error *core_libraries_read(const char *path, const struct object_options *options,
                                           struct core_libraries *libraries);
void core_libraries_free(struct core_libraries *libraries);

#endif
