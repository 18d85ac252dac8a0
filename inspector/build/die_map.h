// SPDX-License-Identifier: MIT
// A map from DIEs to things, by open addressing. Not thread-safe.
#ifndef STRATA_BUILD_DIE_MAP_H
#define STRATA_BUILD_DIE_MAP_H

#include "base/attributes.h"
#include "dwarf/unit.h"

struct die_map_slot {
    struct die_ref key; // unit NULL: free
    void *value;
};

struct die_map {
    struct die_map_slot *slots;
    size_t slots_count; // a power of two, or 0
    size_t used;
};

// The value's place for `key`, new ones holding NULL; valid until the next call. NULL when memory is short.
MUST_USE void **die_map_at(struct die_map *map, struct die_ref key);

void die_map_clear(struct die_map *map); // frees what it holds; it may be used again

#endif
