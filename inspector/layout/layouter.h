// SPDX-License-Identifier: MIT
// The layouter from inside. Private to layout/.
#ifndef STRATA_LAYOUT_LAYOUTER_H
#define STRATA_LAYOUT_LAYOUTER_H

#include "layout/layout.h"

struct layouter_slot {
    const struct type *type;
    struct layout *layout; // NULL: under way, so a type that needs it contains itself
};

struct layouter {
    struct layout_options options;
    struct arena arena;
    struct layouter_slot *slots; // open addressing, a power of two
    size_t slots_count, slots_used;
    struct record_room *room; // NULL: none is kept yet
};

// The finished layout of `type`; NULL while it is under way (a hostile cycle by value).
const struct layout *layouter_find(const struct layouter *layouter, const struct type *type);

// Fills the accounting, gaps, variants, waste and alignment of a record whose parts' layouts are finished.
// `layout` has type, size_known, size_bits and cacheline_bytes already.
MUST_USE struct error *layout_record(struct layouter *layouter, const struct type *type,
                                     struct layout *layout);

void record_room_free(struct record_room *room);

static inline uint64_t saturating_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static inline uint64_t saturating_multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static inline uint64_t subtract_or_zero(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static inline uint64_t bytes_to_bits_saturating(uint64_t bytes)
{
    return bytes > UINT64_MAX / 8 ? UINT64_MAX / 8 * 8 : bytes * 8;
}

#endif
