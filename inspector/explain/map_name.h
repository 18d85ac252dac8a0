// SPDX-License-Identifier: MIT
// From where a map came from in the code to the name that the source has for it: a variable of a package, a field of a
// struct. Only what code and debug information say; else in words how far they lead.
#ifndef STRATA_EXPLAIN_MAP_NAME_H
#define STRATA_EXPLAIN_MAP_NAME_H

#include "explain/code_call.h"
#include "explain/death.h"

struct map_name {
    enum map_place place;
    const char *name; // "main.sessions", "main.cache.items"; NULL: not known
    const char *how;  // the way to it, or how far it is known, in words; NULL: nothing is
};

// `function` is the one that the call stands in. Texts live in the program or the arena. The only error is that memory
// is short.
MUST_USE struct error *map_name_find(const struct program *program, const char *function,
                                     const struct code_call *call, struct arena *arena,
                                     struct map_name *name);

// Whether the debug information has the type.
MUST_USE struct error *map_type_is_known(const struct program *program, const char *type, bool *is_known);

#endif
