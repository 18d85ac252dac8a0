// SPDX-License-Identifier: MIT
// sync.Map as it was up to Go 1.23 (sync/map.go), on hmapcore: two maps over the same entries.
//
//     read  (no lock; never written)    ┌─────────┐     dirty (under the mutex)
//       key 1 ──────────────────────────► entry 1 ◄──────── key 1
//       key 2 ─────────────► entry 2    └─────────┘
//       amended: dirty has keys that   (expunged: not in dirty)      key 3 ──► entry 3
//       read has not
//
// A load that misses in `read` takes the mutex and looks into `dirty`; after as many misses as dirty has
// keys, dirty becomes the new read. The next new key makes a new dirty by copying every key of read.
//
// An entry holds a value, or nil (deleted), or the mark "expunged" (deleted, and left out of dirty). Values
// are the caller's; NULL is none. What Go leaves to its collector, replaced maps and entries, is kept until
// sync_map_free. All functions but create and free may be called by any number of threads.
#ifndef STRATA_LAB_SYNC_MAP_H
#define STRATA_LAB_SYNC_MAP_H

#include "base/attributes.h"
#include "hmapcore/hmap.h"
#include <stdbool.h>
#include <stdint.h>

struct sync_map;

struct sync_map_counts {
    uint64_t misses;      // loads and the like that had to take the mutex, ever
    uint64_t promotions;  // dirty became read
    uint64_t copied_keys; // from read to a new dirty
    uint64_t read_keys, dirty_keys;
    bool has_dirty, amended;
};

// NULL when memory is short. Equal seeds give equal maps.
struct sync_map *sync_map_create(uint64_t seed);
void sync_map_free(struct sync_map *map); // NULL is fine

// The value, or NULL.
void *sync_map_load(struct sync_map *map, int64_t key);

// False when memory is short; the map holds what it held. `value` is not NULL.
HMAP_MUST_USE bool sync_map_store(struct sync_map *map, int64_t key, void *value);

// The value that was there, or `value`, which has been stored (*loaded false); NULL when memory is short.
FOR_TESTS HMAP_MUST_USE void *sync_map_load_or_store(struct sync_map *map, int64_t key, void *value,
                                                     bool *loaded);

// Deletes; the value that was there, or NULL.
FOR_TESTS void *sync_map_load_and_delete(struct sync_map *map, int64_t key);

// Calls `visit` for each key with a value until it returns false. Each key at most once; what is stored or
// deleted meanwhile may be seen or not. False when memory is short.
FOR_TESTS HMAP_MUST_USE bool
sync_map_range(struct sync_map *map, bool (*visit)(void *state, int64_t key, void *value), void *state);

struct sync_map_counts sync_map_count(struct sync_map *map);

#endif
