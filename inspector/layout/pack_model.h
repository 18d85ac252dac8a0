// SPDX-License-Identifier: MIT
// Shared between the pack_*.c files only: members as the compiler's rules see them.
//
//     items   a   │ x:3  y:5  z:9 │  b   c      one a member
//     pieces  P0  │      P1       │  P2  P3     what moves as a whole: a member, a run of bit-fields, a group
//
// A piece's place is a function of where the one before it ends, and that function never falls: from an
// earlier start no later end comes. So of all orders of the same pieces the one that ends first is as good as
// any for what follows, and a search over sets of pieces is exact.
#ifndef STRATA_LAYOUT_PACK_MODEL_H
#define STRATA_LAYOUT_PACK_MODEL_H

#include "layout/pack.h"

struct pack_item {
    const struct member *member;
    uint64_t size_bits, align_bits; // of a bit-field: its width, and the alignment of its declared type
    uint64_t unit_bits;             // bit-field: the size of its declared type; 0: no bit-field
    uint64_t raised_align_bytes;    // what the member itself declares above its type's alignment; 0: nothing
};

struct pack_piece {
    size_t first, count; // of items
    uint64_t size_bits;  // sum of the items'
    uint64_t align_bits; // largest of the items'
    size_t class;        // pieces of one class can be exchanged for each other
};

struct pack_model {
    struct pack_item *items;
    size_t items_count;
    struct pack_piece *pieces;
    size_t pieces_count;
    size_t head_count, tail_count; // pieces that stay at the start, and at the end
    uint64_t start_bits;           // where the first piece may begin: behind bases and the vptr
    uint64_t align_bits;           // of the record
    bool pads_empty_end; // Go: a member of size 0 at the end costs a byte, so that its address is inside
};

// Why the members of the type of `layout` are not reordered; NULL: they may be. `force`: also where an interface outside of the
// program fixes them.
const char *pack_refusal(const struct layout *layout, bool force);

// The end of the piece when it follows what ends at `at_bits`; `starts`, unless NULL, gets each item's place.
uint64_t pack_place_piece(const struct pack_model *model, const struct pack_piece *piece, uint64_t at_bits,
                          uint64_t *starts);

// The size in bits of the record with its pieces in this order (numbers of pieces, all of them).
uint64_t pack_size_bits(const struct pack_model *model, const size_t *order);

// The least that any order can need.
uint64_t pack_bound_bits(const struct pack_model *model);

// Rearranges `order` (the present one at first) between head and tail to a smaller one, if it finds any.
MUST_USE struct error *pack_search(const struct pack_model *model, size_t *order, enum pack_proof *proof);

static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

#endif
