// SPDX-License-Identifier: MIT
// What the files of verify_memory share: where in a struct a field can lie, as far as all maps allow.
#ifndef STRATA_CLI_VERIFY_MEMORY_PARTS_H
#define STRATA_CLI_VERIFY_MEMORY_PARTS_H

#include "base/vec.h"
#include "cli/verify_memory.h"
#include "gomap/go_program.h"
#include "gomap/heap.h"
#include "gomap/map_figures.h"
#include "watch/live_hash.h"

enum { BYTES_MOST = 64, WATCHED_MOST = 512 };

// The places of a struct that can hold a field.
struct place_counts {
    bool is_possible[BYTES_MOST];
    uint64_t times; // that something had a say
};

// A header that is looked at again: some fields show themselves by how they change.
struct watched_header {
    uint64_t address;
    uint8_t bytes[BYTES_MOST];
};

struct live_samples;

struct memory_maps {
    struct go_program *program;
    struct go_heap *heap;
    struct page_cache *pages;
    bool has_swiss, has_tombstone_possible; // by the layout that the runtime's own data tell
    // Of the header.
    struct place_counts count, start, length, depth, shift, B, seed, overflow, old, evacuated, extra,
        tombstones;
    // Of a table.
    struct place_counts table_used, table_left, table_capacity, table_depth, table_index, table_groups,
        table_mask;
    uint64_t counted;      // maps
    uint64_t object_bytes; // of the allocator, a header's; 0: none was seen
    bool has_deleted;      // the map that is being looked at
    uint64_t overflowing, growing,
        with_extra; // maps that have overflow buckets, are being moved, have an extra
    // Bytes of the header, over all maps: some value was above 1, above 15; some was not 0.
    bool is_above_1[BYTES_MOST], is_above_15[BYTES_MOST], is_set[BYTES_MOST];
    uint16_t header_bytes;
    VEC(struct watched_header) watched; // WATCHED_MOST at most
    struct live_schedule schedule;
    struct live_samples *samples; // of the map that is being looked at
};

struct numbers {
    const struct memory_maps *maps;
    const uint8_t *bytes;
    size_t length;
    bool big_endian;
    uint8_t word_bytes;
};

typedef bool (*number_test)(const struct memory_maps *maps, uint64_t number, uint64_t wanted);

// Leaves of the places those where a number of that size passes the test.
void places_narrow(struct place_counts *places, const struct numbers *numbers, unsigned size_bytes,
                   number_test test, uint64_t wanted);

// The places of a field of that size none of whose bytes belong to a field whose place is known (`is_placed`).
struct place_counts places_left(const struct place_counts *places, unsigned size_bytes,
                                const bool is_placed[BYTES_MOST]);

#define PLACE_NONE SIZE_MAX
// The only place; PLACE_NONE: the maps leave more than one, or none.
size_t places_only(const struct place_counts *places);

// The seed: the number with which keys of the map hash to the marks that their slots have.
void memory_seed_look(struct memory_maps *maps, const struct map_survey *survey,
                      const struct numbers *numbers);

// What values the bytes of a header have, for is_above_1 and the like.
void memory_values_note(struct memory_maps *maps, const uint8_t *bytes);

// Looks at the headers that change once more, some thousand times at most, and states what their changes tell.
// `is_placed`: bytes of the header that belong to fields whose place is known.
void memory_changes_state(struct memory_maps *maps, struct crosscheck *check, size_t witness,
                          const bool is_placed[BYTES_MOST]);

#endif
