// SPDX-License-Identifier: MIT
// Root DIEs: the few facts of a unit that reading the rest needs. Internal to unit_table.c and unit_later.c.
#ifndef STRATA_DWARF_UNIT_ROOT_H
#define STRATA_DWARF_UNIT_ROOT_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/unit.h"

// What is used for one root after the other. Starts zeroed; belongs to one thread.
struct root_reader {
    struct arena arena;
};

void root_reader_free(struct root_reader *reader);

// Fills in what the unit, whose header is read, takes from its root DIE.
MUST_USE struct error *unit_root_read(struct root_reader *reader, struct unit *unit);

// The same of many, on several threads. errors[i] is what was wrong with unit i, NULL when nothing was; the errors are the
// caller's.
void unit_roots_read(struct unit **units, size_t count, unsigned threads, struct error **errors);

// Adds to the table's problems what was wrong with the root of one of its units.
void unit_root_tell(struct unit_table *table, const struct unit *unit, const struct error *error);

// The error of a table none of whose units can be read.
MUST_USE struct error *unit_table_refuse(const struct unit_table *table);

#endif
