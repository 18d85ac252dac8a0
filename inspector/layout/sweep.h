// SPDX-License-Identifier: MIT
// A walk along the bits of a type over intervals that may overlap, in O(n log n) whatever their sizes: a
// hostile file may claim 2^63 elements.
//
//     firm     ├──────a──────┤      ├───b───┤
//     tail               ├──base─┤
//     segments ├────────┤├───┤├──┤├─┤├──────┤├────┤ size
//
// Each segment says who covers it and how often; the caller gives that a meaning.
#ifndef STRATA_LAYOUT_SWEEP_H
#define STRATA_LAYOUT_SWEEP_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sweep_strength {
    SWEEP_FIRM,    // data lies here
    SWEEP_TAIL,    // trailing padding of what lies before: others may use it
    SWEEP_EMPTY,   // an object without data
    SWEEP_VARIANT, // data of one of several alternatives
    SWEEP_UNKNOWN, // from here on, as long as nobody else is there: an object whose size is not known
    SWEEP_STRENGTHS
};

struct sweep_interval {
    uint64_t start_bits, end_bits;
    uint32_t owner; // the caller's number, below 2^28
    enum sweep_strength strength;
};

#define SWEEP_NOBODY UINT32_MAX

struct sweep_segment {
    uint64_t start_bits, end_bits;
    uint32_t covers[SWEEP_STRENGTHS]; // how many intervals of each strength
    uint32_t sole[SWEEP_STRENGTHS];   // the owner where `covers` is 1, else SWEEP_NOBODY
    uint32_t started;                 // lowest owner of a non-empty interval that starts where this does
    uint32_t ended;                   // lowest owner of one that ends there
    bool unknown_started;             // a SWEEP_UNKNOWN starts here
};

typedef void sweep_visit(void *context, const struct sweep_segment *segment);

// Visits the segments of [0, size_bits) in order; they touch and cover it all. Intervals are cut to the size;
// empty ones are passed over. Fails only when memory is short.
MUST_USE struct error *sweep(const struct sweep_interval *intervals, size_t count, uint64_t size_bits,
                             sweep_visit *visit, void *context);

#endif
