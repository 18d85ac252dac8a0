// SPDX-License-Identifier: MIT
// Reads the units of an object, and of the files that its debug information refers to.
#ifndef STRATA_DWARF_UNIT_TABLE_H
#define STRATA_DWARF_UNIT_TABLE_H

#include "base/error.h"
#include "dwarf/unit.h"
#include "object/object.h"

// Reads all unit headers and root DIEs, those of the alternate file, too. The table is the caller's, as are
// all others through it (unit_table_free), and borrows from the object. A bad unit is left out and noted in
// `problems`. Fails only when memory is short, when the object has no unit at all that can be read, and when a
// package is too large for its index. The
// finished table is read-only and may be shared by threads.
MUST_USE struct error *unit_table_open(const struct object *object, struct unit_table **table);

// The same, reading headers alone: root DIEs are read when they are needed (unit_later.h), and units whose roots are bad are not
// left out, but never ready. Errors in them are told as they are met.
MUST_USE struct error *unit_table_open_later(const struct object *object, struct unit_table **table);

// As one of the two, where what names a unit was given out before: the units are put into `place`, which has room for `count` of them
// and must outlive the table. ERROR_BAD_FORMAT where the object has another number of units.
MUST_USE struct error *unit_table_open_at(const struct object *object, bool roots_later, struct unit *place,
                                          size_t count, struct unit_table **table);

// Reads the units of a further file of the same program (a .dwo) or archive, and gives them a place behind the others. `own` is of rank 0
// and nobody else uses it meanwhile; it frees the joined one, too. Errors as above.
MUST_USE struct error *unit_table_join(struct unit_table *own, const struct object *object,
                                       struct unit_table **joined);

// The two halves of unit_table_join, for files that are opened by several threads, and may turn out not to be the program's.
// Reading uses nothing of `own` that changes: thread-safe for different objects. The part is the caller's, to be joined (then it is
// own's) or discarded.
MUST_USE struct error *unit_table_read_part(const struct unit_table *own, const struct object *object,
                                            struct unit_table **part);
MUST_USE struct error *unit_table_join_part(struct unit_table *own,
                                            struct unit_table *part); // failed: still the caller's
void unit_table_discard_part(struct unit_table *part);                // NULL is fine

void unit_table_free(struct unit_table *table); // of rank 0, with all others; NULL is fine

#endif
