// SPDX-License-Identifier: MIT
// Readings of a record: what declaration may have led to the places of its members. Private to record_align.c
// and record_reading.c.
#ifndef STRATA_LAYOUT_RECORD_READING_H
#define STRATA_LAYOUT_RECORD_READING_H

#include "layout/record_parts.h"

// A set of alignments: bit k stands for 2^k bytes.
typedef uint64_t align_set;

enum { ALIGN_LOG_MOST = 32 };
#define LAYOUT_ALIGN_MOST (UINT64_C(1) << ALIGN_LOG_MOST)

static inline align_set align_set_of(uint64_t bytes)
{
    return bytes; // a power of two is its own bit
}

static inline uint64_t align_set_least(align_set set)
{
    return set & -set;
}

static inline uint64_t align_set_most(align_set set)
{
    return set ? UINT64_C(1) << (63 - __builtin_clzll(set)) : 0;
}

// Both bounds are in the set; empty when `least` is larger.
static inline align_set align_set_range(uint64_t least_bytes, uint64_t most_bytes)
{
    return least_bytes > most_bytes ? 0 : (most_bytes - least_bytes) | most_bytes;
}

enum reading_kind {
    READING_STATED, // every part has the alignment that its type is said to have
    READING_PLAIN,  // every part has one of those that its type may have
    READING_PACKED_FIRST,
    READING_PACKED_TO_16 = READING_PACKED_FIRST, // #pragma pack(16), …
    READING_PACKED_TO_8,
    READING_PACKED_TO_4,
    READING_PACKED_TO_2,
    READING_PACKED_TO_1,
    READING_PACKED,         // the attribute: members that declare an alignment keep it, bases keep theirs
    READING_MEMBERS_PACKED, // the attribute on any of the members
    READING_MIXED_FIRST,
    READING_MIXED_TO_8 = READING_MIXED_FIRST, // #pragma pack(8), and the attribute on any of the members
    READING_MIXED_TO_4,
    READING_MIXED_TO_2,
    READING_KINDS
};

struct reading_part {
    const struct member *member;
    const struct record_part *from;
    size_t number; // in the order of the declaration
    uint64_t offset_bits, size_bits;
    uint64_t stated_bytes;            // of the type, raised by what the member declares; 0: unknown
    uint64_t least_bytes, most_bytes; // the range it lies in, the same way
    uint64_t declared_bytes;          // by the member; 0: nothing
    bool declares_own;     // no more than its type has: clang repeats that, also where it is packed
    uint64_t storage_bits; // of a bit-field: the size of its type
    align_set places;      // the alignments that lead from the part before to this offset
    bool is_bitfield, is_base;
    bool is_shared;       // others lie in the same bytes of a struct (D)
    bool is_placed_apart; // a base with virtual bases of its own: its place is by what it has without them
};

struct reading_parts {
    struct reading_part *data; // ascending by offset
    size_t count;
};

struct reading {
    struct reading_parts parts;
    uint64_t declared_bytes; // of the record; 0: nothing
    bool size_known;
    uint64_t size_bits;
    bool end_known;               // the size must follow from the end and the alignment
    uint64_t end_bits, tail_bits; // behind all parts; behind the data of the last
    bool may_have_unnamed; // unnamed bit-fields left space, and they align the record, or an attribute does
    bool may_be_unstated;  // an attribute, which this machine's gcc does not state
    uint64_t parts_least_bytes, parts_most_bytes; // the range in which the largest of the parts' is
};

// Collects the parts. False: memory is short, and nothing is to be freed.
bool reading_make(const struct record *record, struct reading *reading);
void reading_free(struct reading *reading);

// The alignments that the record can have, read so; none: that is not how it was declared.
align_set reading_aligns(const struct reading *reading, enum reading_kind kind);

#endif
