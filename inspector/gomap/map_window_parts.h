// SPDX-License-Identifier: MIT
// What the fillers of both designs share; private to gomap/.
#ifndef STRATA_GOMAP_MAP_WINDOW_PARTS_H
#define STRATA_GOMAP_MAP_WINDOW_PARTS_H

#include "base/vec.h"
#include "gomap/map_window.h"

struct classic_part {
    VEC(struct classic_bucket) buckets;
    VEC(struct classic_entry) entries; // CLASSIC_SLOTS a bucket, where texts were asked for
};

// A bucket that is read: one of an array, or one that follows in its chain.
struct chain_link {
    uint64_t address, index;
    uint32_t chain;
    uint32_t next;   // in the list of links; 0: none that was read
    uint32_t wanted; // links that may follow
    size_t bytes_at; // in window->bytes
    bool is_read;
};

struct map_window {
    struct page_cache *pages;
    struct map_texts *texts;
    uint8_t header[PICTURE_HEADER_BYTES], header_after[PICTURE_HEADER_BYTES];
    bool has_changed;
    const struct map_shape *shape; // of the latest Swiss header
    uint64_t address;
    bool has_survey; // one is under way
    struct map_survey survey;
    VEC(uint8_t) bytes; // scratch
    VEC(struct memory_range) ranges;
    VEC(struct swiss_placed_table) tables;
    VEC(struct swiss_dir_cell) dir_cells;
    VEC(struct swiss_group) groups;
    VEC(struct swiss_entry) swiss_entries;
    struct classic_part classic[CLASSIC_WINDOWS];
    VEC(struct chain_link) links;
    VEC(struct classic_density) densities[2]; // of the old and the new array
};

// Reads the header into window->header.
MUST_USE struct error *window_header(struct map_window *window, const struct map_shape *shape,
                                     uint64_t address);
// The range that reads it a second time, to be put behind the others of a call, and what follows from it.
struct memory_range window_header_again(struct map_window *window, const struct map_shape *shape,
                                        uint64_t address);
void window_header_compare(struct map_window *window, const struct map_shape *shape, bool is_read);

#endif
