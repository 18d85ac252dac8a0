// SPDX-License-Identifier: MIT
// The runtime's map call of a frame, found in the program's code.
#ifndef STRATA_EXPLAIN_CODE_CALL_H
#define STRATA_EXPLAIN_CODE_CALL_H

#include "explain/code_flow.h"

struct code_call {
    bool is_read; // code_call_returning: the code up to there is known
    bool is_call; // an instruction that calls returns there; `callee` is NULL where it is not known which
    const char *callee;    // "runtime.mapassign_faststr"; NULL: the instruction calls nothing that is known
    bool is_map_call;      // the next two are of one
    const char *map_type;  // "map[string]int"; NULL: not known
    struct code_value map; // where the map came from
    bool by_decoder;       // a decoder is called before
    bool is_nil_load;      // of code_call_of_load: the map is loaded from a pointer that was nil
    // Of a ROOT_RESULT in `map`: what was called, and the type that it was given, if it is runtime.newobject.
    const char *maker, *made_type;
};

// The call that returns to `address`, or, where none does, NULL in call->callee. Texts live in the program or the arena.
MUST_USE struct error *code_call_returning(const struct program *program, const struct go_function *function,
                                           uint64_t address, struct arena *arena, struct code_call *call);

// Whether the instruction at `address` loads a map from memory for a map call behind it (call->is_nil_load), and which.
MUST_USE struct error *code_call_of_load(const struct program *program, const struct go_function *function,
                                         uint64_t address, struct arena *arena, struct code_call *call);

#endif
