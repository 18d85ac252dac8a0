// From the declaration of an abbrev to its program or picks. Internal to abbrev*.c.
#ifndef STRATA_DWARF_ABBREV_COMPILE_H
#define STRATA_DWARF_ABBREV_COMPILE_H

#include "base/vec.h"
#include "dwarf/abbrev.h"
#include "dwarf/abbrev_form.h"

// Collects the programs, picks and constants of one table.
struct compiler {
    const struct unit *unit;
    VEC(uint8_t) code;
    VEC(struct abbrev_pick) picks;
    VEC(uint8_t) constants;
    uint64_t pending_skip; // of the program in the making: fixed skips are merged as they come
    bool out_of_memory;
};

void compiler_start(struct compiler *compiler, const struct unit *unit);

// Compiles one declaration, capturing what is wanted of it, behind what the compiler holds already. Memory
// running short shows in compiler->out_of_memory.
struct abbrev compile_abbrev(struct compiler *compiler, const struct declaration *declaration);

// Hands the compiler's arrays over to the table.
MUST_USE struct error *compiler_finish(struct compiler *compiler, struct abbrev_table *table);

void compiler_free_at(struct compiler *compiler); // for CLEANUP(compiler_free_at)

#endif
