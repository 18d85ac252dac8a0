// SPDX-License-Identifier: MIT
// A record while its layout is computed. Private to layout_record.c and record_align.c.
#ifndef STRATA_LAYOUT_RECORD_PARTS_H
#define STRATA_LAYOUT_RECORD_PARTS_H

#include "base/vec.h"
#include "layout/layouter.h"
#include "layout/sweep.h"

// What may cover bits: a direct member, a discriminant, or a field of a variant. Its number is the sweep's
// owner.
struct record_part {
    const struct member *member;
    const struct layout *layout; // of its type; NULL when that contains itself
    uint64_t offset_bits;        // in the record
    bool is_variant_field;
};

typedef VEC(struct record_part) record_parts_vec;
typedef VEC(struct sweep_interval) record_intervals_vec;
typedef VEC(struct layout_gap) record_gaps_vec;

// The room that the lists of one record took, kept by the layouter for the next: most records have few members, and
// asking for room anew would cost a tenth of laying them out.
struct record_room {
    record_parts_vec parts;
    record_intervals_vec intervals;
    record_gaps_vec gaps;
};

struct record {
    struct layouter *layouter;
    const struct type *type;
    struct layout *layout;
    bool is_union;
    record_parts_vec parts;
    record_intervals_vec intervals;
    record_gaps_vec gaps;

    // While sweeping.
    bool unknown_open;         // an object of unknown size began and nothing else has since
    bool overlapping;          // the segment before was an overlap
    bool trailing_is_dynamic;  // bits behind the last data may belong to a virtual base
    bool gaps_are_unknown;     // a member whose place is not told may lie anywhere
    uint32_t last_covering;    // part that covered the bits before the current gap
    uint64_t doubly_used_bits; // of tails and empties where other data lies: no waste after all
    bool out_of_memory;
};

// Whether the member is the elem of a sudog of Go, recorded with half of its size.
bool record_has_short_elem(const struct record *record, const struct member *member);

// Whether a record has a size but no members that explain it.
bool record_is_opaque(const struct record *record);

// Finds the record's alignment, what it comes from, and whether the record is packed. False: memory is short.
MUST_USE bool record_align(struct record *record);

#endif
