// SPDX-License-Identifier: MIT
// Go's classic map and its Swiss one beside each other, after the same operations: figures in a table, then each
// map's buckets or groups, and what it has done. Narrow screens have the maps one above the other.
//
//     ┌ title ──────────────────────────────────────────────┐
//     │ figures         │ classic           │ Swiss          │
//     │ buckets                             │ groups         │
//     │ events                              │ events         │
//     └ time line, keys ────────────────────────────────────┘
//
// A frame: compare_view_needs, the session fills the scene, compare_view_draw.
#ifndef STRATA_VIEW_COMPARE_VIEW_H
#define STRATA_VIEW_COMPARE_VIEW_H

#include "view/keymap.h"
#include "view/map_scene.h"

enum { COMPARE_SIDES = 2, COMPARE_SLOTS = 8, COMPARE_TEXT_BYTES = 64, COMPARE_CELLS_MOST = 16384 };

// Rows of the table; the first ones are shown where there are few.
enum compare_figure {
    FIGURE_ENTRIES,
    FIGURE_MADE_OF, // "16 buckets, 2 overflow"; "2 tables, 32 groups"
    FIGURE_LOAD,
    FIGURE_HELD,
    FIGURE_LATEST, // what the latest operation cost
    FIGURE_GROWTH,
    FIGURE_SEARCH,
    FIGURES
};

enum compare_slot { SLOT_EMPTY, SLOT_LIVE, SLOT_DEAD, SLOT_MOVED };

// A bucket with its chain, or a group; or several of them, where they are more than cells.
struct compare_cell {
    uint64_t first, count;
    uint32_t slots, live;
    bool is_old;                  // of the array that a growth moves from
    bool is_touched;              // by the latest event
    bool has_dead;                // tombstones
    bool has_more;                // overflow buckets; or no empty slot
    uint8_t marks[COMPARE_SLOTS]; // enum compare_slot, of a single one
};

struct compare_side {
    char name[COMPARE_TEXT_BYTES]; // "classic, Go 1.22"
    const char *places;            // "buckets"; borrowed, static
    char figures[FIGURES][COMPARE_TEXT_BYTES];
    bool stands_out[FIGURES];   // something is going on
    struct compare_cell *cells; // belong to who fills the scene; room for COMPARE_CELLS_MOST
    size_t cells_count;
    uint64_t places_count; // buckets or groups, those of an old array included
    struct picture_event events[PICTURE_EVENTS_MOST];
    size_t events_count;
};

struct compare_scene {
    struct picture_header header; // for the types in the title
    struct map_moment now;
    struct compare_side sides[COMPARE_SIDES]; // classic, Swiss
    size_t own;                               // the side that keys act upon
};

struct compare_needs {
    size_t cells; // of each side, at most
    size_t events, loads;
};

void compare_view_needs(int rows, int columns, struct compare_needs *needs);
void compare_view_draw(const struct compare_scene *scene, const struct keymap *keymap, uint64_t count,
                       unsigned time_hit, struct canvas *canvas, struct hits *hits);

#endif
