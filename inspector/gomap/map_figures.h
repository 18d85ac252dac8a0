// SPDX-License-Identifier: MIT
// What a map holds, by its header, its directory and its tables' headers: no bucket and no group is read, so a
// map of a million entries costs a few calls. Larger ones are read in slices.
//
//     struct map_survey survey;
//     for (bool more = map_survey_start(&survey, pages, &shape, address); more;)
//         more = map_survey_step(&survey, pages, slice);      // do something else in between
//     use(survey.figures)
//
// Everything that is read is hostile: what contradicts itself is marked torn (it was changing, or is no map) and
// counted as far as it makes sense.
#ifndef STRATA_GOMAP_MAP_FIGURES_H
#define STRATA_GOMAP_MAP_FIGURES_H

#include "gomap/map_shape.h"
#include "gomap/pages.h"
#include "picture/classic_picture.h"
#include "picture/swiss_picture.h"

// How a map came to hold more than its entries need, as far as its own fields prove it.
enum map_cause {
    MAP_CAUSE_NONE,
    MAP_CAUSE_SHRUNK,     // it held more once: Go never gives buckets and groups back
    MAP_CAUSE_HINT,       // it was made with a hint that it has not filled
    MAP_CAUSE_EITHER,     // one of these two
    MAP_CAUSE_TOMBSTONES, // deleted slots that look-ups must pass
    MAP_CAUSE_OVERFLOW,   // overflow buckets
    MAP_CAUSE_SPLITS,     // tables that split in halves and have not filled
    MAP_CAUSE_GROWING,    // the old buckets are still there
};

struct map_figures {
    uint64_t count;
    uint64_t slots;         // for entries; of overflow buckets, too
    uint64_t held_bytes;    // what the allocator gave for all of it; UINT64_MAX stands for more
    uint64_t live_bytes;    // entries, each a key and an element
    uint64_t rebuilt_bytes; // what a new map made for these entries would hold
    uint64_t chunks;        // buckets without the overflow ones, or groups
    // Classic.
    uint64_t overflow; // overflow buckets in use
    uint64_t old_chunks;
    bool is_growing;
    // Swiss. places 0: a small map, with one group at most.
    uint64_t places, tables, tombstones;
    uint8_t global_depth;
    bool is_empty_of_chunks; // nothing was allocated for entries yet
    bool is_writing;         // somebody was writing to it
    bool is_torn;            // its parts contradict each other
    bool is_cut;             // some of it could not be read: sums are of the rest
    bool is_estimate;        // overflow buckets are estimated, as the header does it
    enum map_cause cause;
    uint64_t
        cause_number; // SHRUNK: it held at least so many; HINT, EITHER: it has room for so many; OVERFLOW: how
                      // many; SPLITS: tables that would do
};

struct map_survey {
    const struct map_shape *shape; // borrowed
    uint64_t address;
    uint8_t header[PICTURE_HEADER_BYTES];
    struct map_figures figures;
    // Swiss: what is left.
    uint64_t dir_address, next_place;
    uint64_t latest_table; // its address: aliases of one table stand side by side
    uint64_t used_sum, least_capacity, most_capacity, deepest, shallowest, capacity_sum;
    uint64_t doubts; // tables that contradict themselves
    // The table that will grow first.
    uint64_t first_to_grow, first_to_grow_left, first_to_grow_capacity;
};

// Reads the header; nothing else of small and classic maps. False: it is done, or is_cut as the header cannot be
// read. `address` 0 is a nil map.
bool map_survey_start(struct map_survey *survey, struct page_cache *pages, const struct map_shape *shape,
                      uint64_t address);

// Goes on for about `places` places of the directory. False: it is done.
bool map_survey_step(struct map_survey *survey, struct page_cache *pages, uint64_t places);

// The header's numbers as they are in its bytes; raw is left alone.
void map_swiss_header(const struct map_shape *shape, const uint8_t *bytes, struct swiss_header *header);
void map_classic_header(const struct map_shape *shape, const uint8_t *bytes, struct classic_header *header);

// The bytes themselves with their fields, and the types' names unless they are there.
void map_raw_header(const struct map_shape *shape, uint64_t address, const uint8_t *bytes,
                    struct picture_header *raw);

// A table as its bytes say. in_doubt: they contradict each other. first_place is its index field; `places` is not
// filled.
void map_swiss_table(const struct map_shape *shape, uint64_t address, const uint8_t *bytes,
                     struct swiss_placed_table *table);

// Whether the header can be one of a map: depths and lengths that go together.
bool map_swiss_is_possible(const struct map_shape *shape, const struct swiss_header *header);
bool map_classic_is_possible(const struct map_shape *shape, const struct classic_header *header);

// Entries that a table of the capacity takes before it grows. (Go: internal/runtime/maps, maxAvgGroupLoad.)
static inline uint64_t map_swiss_table_most(uint64_t capacity)
{
    return capacity <= MAP_SLOTS ? MAP_SLOTS - 1 : capacity / MAP_SLOTS * (MAP_SLOTS - 1);
}

// Bytes for the array of buckets of a classic map with that B, what is made in advance included.
uint64_t map_classic_array_bytes(const struct map_shape *shape, uint8_t B, uint64_t *buckets);

#endif
