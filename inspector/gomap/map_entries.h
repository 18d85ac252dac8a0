// SPDX-License-Identifier: MIT
// All entries of a map, in whatever order they lie, read in bulk: a call of the system for a table, or for a stretch
// of buckets, not for an entry.
#ifndef STRATA_GOMAP_MAP_ENTRIES_H
#define STRATA_GOMAP_MAP_ENTRIES_H

#include "gomap/map_figures.h"

// A live entry: what its slot has of the key and the element (pointers where the shape's parts are indirect), where
// the key lies, and its tophash or control byte. For the call only.
struct map_entry {
    const uint8_t *key, *elem;
    uint64_t key_address;
    uint8_t mark;
};

// False to stop.
typedef bool (*map_entry_visit)(void *context, const struct map_entry *entry);

struct map_entries {
    uint64_t visited;
    uint64_t overflow; // classic: overflow buckets of the new array that were followed
    bool is_cut;       // some could not be read, or there were more buckets than the map can have
    bool is_stopped;   // visit said so
};

// Visits the entries of a map whose survey is done. Hostile chains end: no more overflow buckets are followed than
// the map has, with some to spare; *chunks_left is how many groups and buckets may be read at all, and is counted
// down.
struct map_entries map_entries_each(const struct map_survey *survey, struct page_cache *pages,
                                    uint64_t *chunks_left, map_entry_visit visit, void *context);

#endif
