// SPDX-License-Identifier: MIT
// Walks a whole Swiss map and tests every invariant of swiss.h. For tests, and for whoever doubts a map.
#ifndef SWISS_CHECK_H
#define SWISS_CHECK_H

#include "swiss.h"

struct swiss_check {
    char problem[160]; // "" when all is well, else the first broken invariant, with table, group and slot
    uint64_t entries;  // found by walking
    uint64_t tables;   // distinct ones; 0 in a small map
    uint64_t slots;    // of all tables, or of the one group
    uint64_t tombstones;
    uint64_t longest_search; // groups looked at for the key farthest from its first group
};

// True when every invariant holds. Costs a walk with a hash of every key. The map must be at rest; it is not
// changed (but a NaN's hash draws a random number, so keys that do not equal themselves are not hashed). A
// broken map is never followed outside memory the map owns, so the check itself is safe.
HMAP_MUST_USE bool swiss_check(struct swiss_context *context, struct swiss_map *map,
                               struct swiss_check *check);

#endif
