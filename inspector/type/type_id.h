// SPDX-License-Identifier: MIT
// What names a type of one source: opaque above the source that gave it.
//
// A DWARF source puts a unit and a section offset into it, a BTF source its file and a type number.
#ifndef STRATA_TYPE_TYPE_ID_H
#define STRATA_TYPE_TYPE_ID_H

#include <stdbool.h>
#include <stdint.h>

struct type_id {
    const void *group; // types of one group are built cheaply together; NULL: the id names nothing
    uint64_t number;   // unique within its group; within one file, in the order of the debug information
};

static inline bool type_id_equal(struct type_id a, struct type_id b)
{
    return a.group == b.group && a.number == b.number;
}

#endif
