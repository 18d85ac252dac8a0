// Structure of one unit's DIEs by our own decoder: validity, starts, parents. What libdwarf must not be
// trusted with.
//
//     unit ─ struct S ─┬─ member a        starts   a bit for each byte of the unit: set where a DIE starts
//            │         └─ struct T ─ x    ranges   0 unit  [start, end)  parent none
//            typedef S                             1 S     [start, end)  parent 0
//                                                  2 T     [start, end)  parent 1
//
// Only DIEs with children have a range, as most have none: a tree costs a bit for each byte of the unit and
// 12 bytes for each range.
#ifndef STRATA_DWARF_UNIT_DIES_H
#define STRATA_DWARF_UNIT_DIES_H

#include "base/error.h"
#include "dwarf/unit.h"

#define NO_RANGE UINT32_MAX

// A DIE that has children. Positions are from the unit's header.
struct die_range {
    uint32_t start, end; // of the DIE and its subtree
    uint32_t parent;     // index of the range around it, NO_RANGE for the root
};

// Read-only when built.
struct unit_dies {
    const struct unit *unit;
    uint64_t *starts;
    struct die_range *ranges; // ascending by start
    uint32_t ranges_count;
    uint32_t *completing; // positions of the structs, unions and enumerations with a DW_AT_specification
    uint32_t completing_count;
};

// Decodes and validates the whole unit as libdwarf will see it, with the abbrevs that abbrev_table_compile
// has made for it: every DIE is inside the unit, nesting at most 4096 deep, one root. ERROR_BAD_FORMAT names
// file, section and offset. `dies` is the caller's (unit_dies_free).
struct abbrev_table;
MUST_USE struct error *unit_dies_build(const struct unit *unit, const struct abbrev_table *abbrevs,
                                       struct unit_dies *dies);
void unit_dies_free(struct unit_dies *dies);

size_t unit_dies_size_bytes(const struct unit_dies *dies); // of the memory that it holds

// Whether a DIE starts at the section offset.
bool unit_dies_start_at(const struct unit_dies *dies, uint64_t offset);

// The innermost range that holds the DIE at the section offset and is not its own; NO_RANGE for the root.
uint32_t unit_dies_around(const struct unit_dies *dies, uint64_t offset);

#endif
