// SPDX-License-Identifier: MIT
// From the declaration of an abbrev to its program or picks. Internal to abbrev*.c.
#ifndef STRATA_DWARF_ABBREV_COMPILE_H
#define STRATA_DWARF_ABBREV_COMPILE_H

#include "base/vec.h"
#include "dwarf/abbrev.h"
#include "dwarf/abbrev_form.h"

// Collects the programs and picks of the abbrev in the making. Starts zeroed.
struct compiler {
    VEC(uint8_t) code;
    VEC(struct abbrev_pick) picks;
    uint64_t pending_skip; // of a program: fixed skips are merged as they come
    bool out_of_memory;
};

// Compiles one declaration, capturing what is wanted of it. What the abbrev points to lives in the arena.
// False when memory is short.
MUST_USE bool abbrev_compile(struct compiler *compiler, const struct declaration *declaration,
                             struct arena *arena, struct abbrev *abbrev);

void compiler_free(struct compiler *compiler); // also for CLEANUP(compiler_free)

#endif
