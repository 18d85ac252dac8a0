// SPDX-License-Identifier: MIT
// Deep reading of single DIEs: all attributes of one, whatever the forms. die_reader.c is the only file that
// includes libdwarf's header.
//
//     every value plain (die_value.h)?  yes: read where it stands     no: libdwarf, through a window
//
// A window is a virtual object over one unit that has been validated (unit_dies.h), with the sections
// .debug_info (cut to the unit), abbrev, str, line_str, str_offsets and addr, and nothing else. See the
// design for why.
//
// A reader belongs to one thread. Several may work on one table at a time.
#ifndef STRATA_DWARF_DIE_READER_H
#define STRATA_DWARF_DIE_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/die.h"
#include "dwarf/unit.h"

struct die_reader;

MUST_USE struct error *die_reader_create(const struct unit_table *table, struct die_reader **reader);
void die_reader_free(struct die_reader *reader); // NULL is fine

// From here on every DIE is read by libdwarf, also one whose values are all plain: for tests, which compare.
FOR_TESTS void die_reader_read_deep(struct die_reader *reader);

// Whether a scan has read all units of the table, so that none is validated again before it is read. A
// reference to where no DIE starts is then an error only when there is nothing like a DIE: what it leads
// to is nonsense, but safe, as for the scan.
void die_reader_trust_units(struct die_reader *reader, bool are_valid);

// The same for one unit alone, which a scan is about to take types from; NULL: none any more.
void die_reader_trust_unit(struct die_reader *reader, const struct unit *unit);

// Reads the DIE at `ref`, all its attributes. Fails with ERROR_BAD_FORMAT (file, section and offset in the
// message) when the unit is not valid or `ref` is not the start of a DIE in it. References of every form are
// resolved to a die_ref, across units, type units (ref_sig8) and the alternate file (GNU_ref_alt,
// ref_sup4/8).
MUST_USE struct error *die_reader_read(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                                       struct die *die);

struct die_child {
    uint64_t offset;
    uint16_t tag; // known without reading the DIE: a class's members are few among its methods
};

// The direct children of the DIE at `ref`, in order, in the arena.
MUST_USE struct error *die_reader_children(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                                           struct die_child **children, size_t *count);

// Whether the DIE at `ref` is an instance of a template that lists its parameters (template_name.h).
MUST_USE struct error *die_reader_is_instance(struct die_reader *reader, struct die_ref ref,
                                              bool *is_instance);

// The DIE that `ref` is a child of; unit NULL for a unit's root.
MUST_USE struct error *die_reader_parent(struct die_reader *reader, struct die_ref ref,
                                         struct die_ref *parent);

// The section offsets, ascending, of the structs, unions and enumerations of a unit that stand outside the
// scope in which they are declared: those with a DW_AT_specification. In the arena.
MUST_USE struct error *die_reader_completing(struct die_reader *reader, const struct unit *unit,
                                             struct arena *arena, uint64_t **offsets, size_t *count);

#endif
