// SPDX-License-Identifier: MIT
// Walks a whole map and tests every invariant of hmap.h. For tests, and for whoever doubts a map.
#ifndef HMAP_CHECK_H
#define HMAP_CHECK_H

#include "hmap.h"

struct hmap_check {
    char problem[160];         // "" when all is well, else the first broken invariant, with bucket and slot
    uint64_t entries;          // found by walking
    uint64_t overflow_buckets; // in the chains of the current array
    uint64_t old_buckets_waiting; // not yet evacuated
    uint64_t longest_chain;       // buckets
};

// True when every invariant holds. Costs a walk with a hash of every key. The map must be at rest; it is not
// changed. A broken map is never followed outside memory the map owns, so the check itself is safe.
HMAP_MUST_USE bool hmap_check(struct hmap_context *context, struct hmap *map, struct hmap_check *check);

#endif
