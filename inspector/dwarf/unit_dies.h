// Structure of one unit's DIEs by our own decoder: validity, starts of DIEs, children. What libdwarf must not
// be trusted with.
#ifndef STRATA_DWARF_UNIT_DIES_H
#define STRATA_DWARF_UNIT_DIES_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/unit.h"

// The tree of one unit, decoded once in a linear pass: every DIE's start and where its subtree ends.
// Read-only when built.
struct unit_dies {
    const struct unit *unit;
    uint32_t *starts; // ascending, from the start of the section minus unit->offset
    uint32_t *next;   // index of the first DIE behind this one's subtree
    uint32_t count;
};

// Decodes and validates the whole unit as libdwarf will see it: abbrevs terminated and sane (unique codes,
// known forms, no DW_FORM_indirect, at most 200 attributes, none twice), every DIE inside the unit, nesting
// at most 4096 deep, texts terminated inside their sections. ERROR_BAD_FORMAT names file, section and offset.
// `dies` is the caller's (unit_dies_free).
MUST_USE struct error *unit_dies_build(const struct unit *unit, struct unit_dies *dies);

// The same with a table that abbrev_table_compile has made for the unit: files with thousands of small type
// units share one among many.
struct abbrev_table;
MUST_USE struct error *unit_dies_build_with(const struct unit *unit, const struct abbrev_table *abbrevs,
                                            struct unit_dies *dies);
void unit_dies_free(struct unit_dies *dies);

// Index of the DIE that starts at the section offset, or UINT32_MAX when none does.
uint32_t unit_dies_find(const struct unit_dies *dies, uint64_t offset);

#endif
