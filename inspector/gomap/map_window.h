// Fills the picture of a live map for what a screen shows: a window of it, with a few vectored reads whatever the
// map holds. The program is not stopped: what changed while it was read is marked (in_doubt), and
// map_window_changed says that the header did.
//
//     Swiss     header │ places of the directory │ tables of these │ groups, header again │ texts
//     classic   header │ windows of both arrays, samples │ chains, a call a link │ header again │ texts
#ifndef STRATA_GOMAP_MAP_WINDOW_H
#define STRATA_GOMAP_MAP_WINDOW_H

#include "gomap/map_figures.h"
#include "gomap/map_text.h"

// Which parts of a Swiss map are wanted.
struct swiss_request {
    uint64_t first_place, places; // of the directory; clipped to it
    uint64_t group_place;         // the table in this place is the one whose groups are wanted
    uint64_t first_group, groups; // of it; clipped
    bool texts;
};

struct classic_needs {
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

struct map_window; // the buffers of one picture

// `maker` and `pages` are borrowed. The window's pictures live until map_window_close; each fill replaces the one
// before.
FOR_TESTS MUST_USE struct error *map_window_open(struct pages *pages, struct type_maker *maker,
                                                 struct map_window **window);
FOR_TESTS void map_window_close(struct map_window *window); // NULL is fine

// Fills all of the picture but events, probe, touch and hash, which are left alone. ERROR_BAD_FORMAT: the header
// cannot be read; ERROR_NOT_FOUND: a nil map. A header that is none of a map gives an empty picture with the
// header's bytes. The tables are those of the wanted places, and, last, that of group_place where it is not among
// them; `tables` of a small map is one made for its only group, with address 0. A table's tombstones are those that
// its numbers prove.
FOR_TESTS MUST_USE struct error *map_window_swiss(struct map_window *window, const struct map_shape *shape,
                                                  uint64_t address, const struct swiss_request *request,
                                                  struct swiss_picture *picture);
FOR_TESTS MUST_USE struct error *map_window_classic(struct map_window *window, const struct map_shape *shape,
                                                    uint64_t address, const struct classic_needs *needs,
                                                    struct classic_picture *picture);

// Whether the header was another after the latest fill than before, or somebody was writing.
FOR_TESTS bool map_window_changed(const struct map_window *window);

#endif
