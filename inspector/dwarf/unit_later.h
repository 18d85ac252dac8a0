// SPDX-License-Identifier: MIT
// A unit table whose root DIEs are read when they are needed: for a look-up that ends at the first definition, which
// needs those of the units that it reads and of those that these refer to.
//
//     unit_table_open_later ─► headers ─► scan, unit_at … ─► unit_make_ready: the root of one unit
//                                  └────► units_later_settle: all that are left, as unit_table_open does at once
#ifndef STRATA_DWARF_UNIT_LATER_H
#define STRATA_DWARF_UNIT_LATER_H

#include "base/error.h"
#include "dwarf/unit.h"

// Sets table->later; the headers are read, and each unit's number is set. Fails when memory is short.
MUST_USE struct error *units_later_begin(struct unit_table *table);
void units_later_free(struct units_later *later); // NULL is fine

// Reads the roots that are left, on the object's threads. A unit whose root cannot be read stays in the table: it is never ready,
// and a problem of the table's, as those are that were met before. Fails when memory is short, and where there is none that can
// be read. Nobody else may use the table meanwhile. Does nothing where all are read.
MUST_USE struct error *units_later_settle(struct unit_table *table);
bool units_later_is_settled(const struct unit_table *table);

// Adds those of the table's problems that have come up since the last call, or since units_later_begin. Not thread-safe.
void units_later_tell(const struct unit_table *table, struct problems *problems);

#endif
