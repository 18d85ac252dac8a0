// SPDX-License-Identifier: MIT
// Fills the picture of a live map for what a screen shows: a window of it, with a few vectored reads whatever the
// map holds. The program is not stopped: what changed while it was read is marked (in_doubt), and
// map_window_changed says that the header did.
//
//     Swiss     header ─ chosen table ─ tables of the window ─ groups, header again ─ texts
//     classic   header ─ windows of both arrays, samples ─ chains, a call a link, header again ─ texts
#ifndef STRATA_GOMAP_MAP_WINDOW_H
#define STRATA_GOMAP_MAP_WINDOW_H

#include "gomap/map_figures.h"
#include "gomap/map_text.h"

// Which parts of a Swiss map are wanted, beside its header and chosen table. Numbers are clipped to what there is.
struct swiss_request {
    uint64_t tables_place; // tables from the one on that stands at this place,
    size_t tables;         // at most so many
    size_t dir_cells;      // the directory in so many equal parts; 0: not wanted
    uint64_t groups_first; // groups [first, first + groups) of the chosen table
    size_t groups;
    bool texts;      // keys and elements of them
    bool has_cursor; // this group of the chosen table, with its entries
    uint64_t cursor;
    bool has_bytes;  // and its bytes
    bool has_detail; // and this slot of it, opened
    uint8_t slot;
};

struct classic_wishes {
    struct classic_request windows[CLASSIC_WINDOWS];
    size_t old_cells, new_cells; // of the density pictures; 0: not wanted
    uint32_t samples;            // buckets looked at a cell, at most
    bool has_bucket;             // bucket_bytes of the new array's `bucket` are wanted
    uint64_t bucket;
};

enum {
    WINDOW_PLACES_MOST = 4096,
    WINDOW_GROUPS_MOST = 4096,
    WINDOW_BUCKETS_MOST = 8192,
    WINDOW_CELLS_MOST = 4096,
    WINDOW_SAMPLES_MOST = 64,
};

struct map_window; // the buffers of one map's pictures

// `maker` and `pages` are borrowed. The window's pictures live until map_window_close; each fill replaces the one
// before.
FOR_TESTS MUST_USE struct error *map_window_open(struct page_cache *pages, struct type_maker *maker,
                                                 struct map_window **window);
FOR_TESTS void map_window_close(struct map_window *window); // NULL is fine

// A Swiss map in two steps, see picture/swiss_picture.h. First the header. ERROR_BAD_FORMAT: it cannot be read;
// ERROR_NOT_FOUND: a nil map. A header that is none of a map is in_doubt, and has no directory and no group then.
FOR_TESTS MUST_USE struct error *map_window_swiss_header(struct map_window *window,
                                                         const struct map_shape *shape, uint64_t address,
                                                         struct swiss_picture *picture);
// Then the table at a place of the directory becomes `chosen`, and all that is wanted is filled, but for probe, touch,
// events and the changes of tables, which are left alone, and the overview's searches. The overview is of more tables
// from frame to frame.
FOR_TESTS MUST_USE struct error *map_window_swiss_chosen(struct map_window *window, uint64_t place,
                                                         struct swiss_picture *picture);
FOR_TESTS MUST_USE struct error *map_window_swiss(struct map_window *window,
                                                  const struct swiss_request *request,
                                                  struct swiss_picture *picture);

// Fills all of a classic picture but events, touch and hash, which are left alone. Errors as above.
FOR_TESTS MUST_USE struct error *map_window_classic(struct map_window *window, const struct map_shape *shape,
                                                    uint64_t address, const struct classic_wishes *wishes,
                                                    struct classic_picture *picture);

// Whether the header was another after the latest fill than before, or somebody was writing.
FOR_TESTS bool map_window_changed(const struct map_window *window);

#endif
