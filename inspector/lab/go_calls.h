// SPDX-License-Identifier: MIT
// Where the code of a Go program calls the runtime's map functions: found by disassembling it.
#ifndef STRATA_LAB_GO_CALLS_H
#define STRATA_LAB_GO_CALLS_H

#include "base/arena.h"
#include "base/vec.h"
#include "object/object.h"

struct go_call {
    const char *callee;   // "runtime.mapassign_faststr"
    const char *function; // in which it stands
    const char *file;     // NULL: not told
    uint64_t line;
    const char *map_type; // "map[string]int", when the code before the call loads it; NULL else
};

typedef VEC(struct go_call) go_calls_vec;

// All calls of runtime.mapaccess*, mapassign*, mapdelete*, mapclear*, mapiterinit and makemap*, by address.
// Texts live in the arena or the object. amd64 only (ERROR_UNSUPPORTED).
MUST_USE struct error *go_calls_find(const struct object *object, struct arena *arena, go_calls_vec *calls);

#endif
