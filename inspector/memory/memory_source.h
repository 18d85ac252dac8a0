// SPDX-License-Identifier: MIT
// What each kind of memory is made of; private to memory/.
#ifndef STRATA_MEMORY_MEMORY_SOURCE_H
#define STRATA_MEMORY_MEMORY_SOURCE_H

#include "memory/memory.h"

// Every range here has at least a byte, at most INT64_MAX of them, and does not wrap round.
struct memory_ops {
    // Reads the ranges and sets is_read of each, which is false before.
    void (*read)(void *state, struct memory_range *ranges, size_t count);
    void (*close)(void *state);
};

// Takes the state over, in any case: on an error it is closed.
MUST_USE struct error *memory_create(const struct memory_ops *ops, void *state, const char *name,
                                     struct memory **memory);

#endif
