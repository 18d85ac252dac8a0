// SPDX-License-Identifier: MIT
// Keys of a map with the marks that their slots have, which only the right seed and key schedule explain. By them a seed is
// told from other numbers, and the schedule of a stripped program is found.
#ifndef STRATA_WATCH_LIVE_SAMPLES_H
#define STRATA_WATCH_LIVE_SAMPLES_H

#include "gomap/map_figures.h"
#include "watch/live_hash.h"

enum {
    LIVE_SAMPLES_MOST = 24,
    LIVE_SAMPLES_LEAST = 8, // of 7 bits each: by chance one number of 2^56 fits
    LIVE_SAMPLE_TEXT_BYTES = 256,
};

struct live_sample {
    _Alignas(16) uint8_t key[MAP_INDIRECT_ABOVE];
    uint8_t mark;
    char text[LIVE_SAMPLE_TEXT_BYTES]; // of a string
};

struct live_samples {
    const struct map_shape *shape;
    struct live_hasher *hasher; // ready
    struct memory *memory;
    size_t count;
    struct live_sample list[LIVE_SAMPLES_MOST];
};

// Takes keys of the map, where they lie in their slots and are plain or strings; else none. The first three fields
// are the caller's. Bounded work.
void live_samples_take(struct live_samples *samples, const struct map_survey *survey,
                       struct page_cache *pages);

// Whether all of them hash to their marks with that seed, by the hasher as it is now.
bool live_samples_fit(struct live_samples *samples, uint64_t seed);

// Looks for the schedule of a program whose symbols do not tell it: in its variables without pointers, for the bytes with
// which the keys of this map, whose seed is known, hash to their marks. Not an error: a map with few keys, or with others
// than those above.
MUST_USE struct error *live_schedule_search(struct live_schedule *schedule, const struct go_program *program,
                                            const struct map_shape *shape, uint64_t address,
                                            struct page_cache *pages);

#endif
