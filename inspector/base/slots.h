// SPDX-License-Identifier: MIT
// Memory for hash tables.
#ifndef STRATA_BASE_SLOTS_H
#define STRATA_BASE_SLOTS_H

#include <stdlib.h>
#include <string.h>

// Zeroed slots, to be freed with free(); NULL when memory is short. Not calloc: what it takes from the system
// is mapped to a page of zeros when it is first read, as a search of a new table does, and copied when it is
// written, which also interrupts all processors that run the program.
static inline void *slots_alloc(size_t count, size_t slot_bytes)
{
    void *slots = reallocarray(NULL, count, slot_bytes);
    return slots ? memset(slots, 0, count * slot_bytes) : NULL;
}

#endif
