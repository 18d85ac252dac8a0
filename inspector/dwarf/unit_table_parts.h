// SPDX-License-Identifier: MIT
// The parts of which unit tables are made: of a section that is all there (unit_table.c), and of one that still grows (unit_growth.c).
#ifndef STRATA_DWARF_UNIT_TABLE_PARTS_H
#define STRATA_DWARF_UNIT_TABLE_PARTS_H

#include "dwarf/package.h"
#include "dwarf/unit_table.h"

struct header_source {
    struct unit_table *table;
    enum section_id section;
    struct bytes bytes;
    const struct package *package; // NULL: none
    // Whence headers are read without touching the pages of the section, and from where in the file.
    bool has_descriptor;
    int descriptor;
    uint64_t file_offset;
};

// Reads the header at `offset` (DWARF 5 section 7.5.1). Returns where the next unit starts, or 0 when that
// cannot be known.
// `*usable`: the unit can be read. What is wrong goes to the table's problems.
uint64_t unit_header_read(const struct header_source *source, uint64_t offset, struct unit *unit,
                          bool *usable);

// Sets abbrev_end of all units.
MUST_USE struct error *unit_abbrev_ends_set(struct unit_table *table);

bool unit_is_type_unit(const struct unit *unit);

MUST_USE struct error *unit_signatures_build(struct unit_table *table);

#endif
