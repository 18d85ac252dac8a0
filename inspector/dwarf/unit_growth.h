// SPDX-License-Identifier: MIT
// A table of units that grows while .debug_info is still being inflated (object/growth.h).
//
//     one thread    unit_growth_run: inflates, adds each unit once all of it is there
//     others        unit_growth_unit(0), (1), …: read units; one that refers ahead waits for what it refers to
//     then, alone   unit_growth_end: the finished table, the same as unit_table_open makes of the whole object
//
// Only what compilers make grows. With anything odd (a unit that is skipped, type units, skeletons, tables of abbrevs that overlap) it is
// given up: what has been read of it is thrown away, and the object is read as one that is all there.
#ifndef STRATA_DWARF_UNIT_GROWTH_H
#define STRATA_DWARF_UNIT_GROWTH_H

#include "dwarf/unit.h"

struct unit_growth;

// Begins a table over an object that is growing; *growth NULL: this one is not for growing tables. Borrows the object. Fails only when
// memory is short.
MUST_USE struct error *unit_growth_begin(struct object *object, struct unit_growth **growth);

// The table as it grows: its `all`, `object` and `rank` are there; its units are to be had by unit_growth_unit, unit_at and
// unit_by_signature alone.
const struct unit_table *unit_growth_table(const struct unit_growth *growth);

// Inflates to the end, once, on the calling thread, which nothing makes wait.
void unit_growth_run(struct unit_growth *growth);

// Unit `number`, once it is there; NULL: there are no more, or it has been given up. Thread-safe.
const struct unit *unit_growth_unit(struct unit_growth *growth, size_t number);

// As unit_at does it: waits until a unit reaches behind the offset. Returns how many units there are then. Thread-safe.
size_t unit_growth_reach(struct unit_growth *growth, uint64_t offset);

// When no thread uses it any more: the finished table, which is the caller's, or NULL when it was given up: then all that has been read by it
// is void. Frees `growth`. Fails only when memory is short.
MUST_USE struct error *unit_growth_end(struct unit_growth *growth, struct unit_table **table);

#endif
