// SPDX-License-Identifier: MIT
// Structure of one unit's DIEs by our own decoder: validity, starts, parents. What libdwarf must not be
// trusted with.
//
//     unit ─ struct S ─┬─ member a        starts   a bit for each byte of the unit: set where a DIE starts
//            │         └─ struct T ─ x    ranges   0 unit  [start, end)  parent none
//            typedef S                             1 S     [start, end)  parent 0
//                                                  2 T     [start, end)  parent 1
//
// Only DIEs with children have a range, as most have none. Of a unit that is known to be valid no starts are
// kept, and what lies in classes, functions and the like is passed over. Somebody who asks for a parent in there has
// the ranges in that class or function read, once:
//
//     unit ─ namespace n ─┬─ class C ─ method m ─ …         0 unit, 1 n, 2 C, 3 f
//                         └─ function f ─ block ─ struct L    of f, when L's parent is asked: 0 f, 1 block
#ifndef STRATA_DWARF_UNIT_DIES_H
#define STRATA_DWARF_UNIT_DIES_H

#include "base/error.h"
#include "base/vec.h"
#include "dwarf/unit.h"

#define NO_RANGE UINT32_MAX

// A DIE that has children. Positions are from the unit's header.
struct die_range {
    uint32_t start, end; // of the DIE and its subtree
    uint32_t parent;     // index of the range around it in its list, NO_RANGE for the outermost
    uint32_t inside;     // 0: the ranges in it stand in the same list; 1: passed over, not read yet;
                         // from 2 on: number of the list of those in it, unit_dies.insides
};

struct die_ranges {
    struct die_range *data; // ascending by start
    uint32_t count;
};

struct unit_dies {
    const struct unit *unit;
    uint64_t *starts; // NULL: not kept
    struct die_ranges ranges;
    VEC(struct die_ranges) insides; // of ranges that were passed over at first
    size_t insides_bytes;
    // Positions of the structs, unions and enumerations with a DW_AT_specification that do not lie in
    // functions; void until is_complete.
    uint32_t *completing;
    uint32_t completing_count;
    bool is_complete;
};

// Decodes and validates the whole unit as libdwarf will see it, with the abbrevs that abbrev_table_compile
// has made for it: every DIE is inside the unit, nesting at most 4096 deep, one root. ERROR_BAD_FORMAT names
// file, section and offset. `dies` is the caller's (unit_dies_free).
struct abbrev_table;
MUST_USE struct error *unit_dies_build(const struct unit *unit, const struct abbrev_table *abbrevs,
                                       struct unit_dies *dies);

// The same for a unit that a scan has validated, without the starts and what completes others.
MUST_USE struct error *unit_dies_build_scopes(const struct unit *unit, const struct abbrev_table *abbrevs,
                                              struct unit_dies *dies);
void unit_dies_free(struct unit_dies *dies);

// Finds those with a DW_AT_specification unless they are known.
MUST_USE struct error *unit_dies_complete(struct unit_dies *dies, const struct abbrev_table *abbrevs);

size_t unit_dies_size_bytes(const struct unit_dies *dies); // of the memory that it holds

// Whether a DIE starts at the section offset.
bool unit_dies_start_at(const struct unit_dies *dies, uint64_t offset);

// The section offset of the DIE around the one at the section offset; 0 for the root. The abbrevs as for
// unit_dies_build. Fails when memory is short.
MUST_USE struct error *unit_dies_parent(struct unit_dies *dies, const struct abbrev_table *abbrevs,
                                        uint64_t offset, uint64_t *parent);

#endif
