// SPDX-License-Identifier: MIT
// All that the live view of a Swiss map draws: the picture of the map, and where its session stands. Plain data,
// filled in by the session that shows the view. Nothing in it points into the map.
#ifndef STRATA_VIEW_SWISS_SCENE_H
#define STRATA_VIEW_SWISS_SCENE_H

#include "picture/swiss_picture.h"
#include "view/map_scene.h"

// What a frame shows, so that no more is fetched. The chosen table is the one of the place that
// swiss_view_choose gave.
struct swiss_needs {
    uint64_t tables_place; // tables from the one on that stands at this place,
    size_t tables;         // at most so many
    size_t dir_cells;      // the directory in so many equal parts; 0: not wanted
    // Groups [first, first + groups) of the chosen table, clipped to it; with entries where texts are wanted.
    uint64_t groups_first;
    size_t groups;
    bool texts;
    bool has_cursor; // picture.cursor with its entries: this group of the chosen table
    uint64_t cursor;
    bool has_bytes;  // and its bytes
    bool has_detail; // and its slot, opened
    uint8_t slot;
    size_t events, loads;
};

enum { SWISS_NOTES = 2 };

struct swiss_scene {
    struct swiss_picture map;
    struct map_moment now;
    char notes[SWISS_NOTES]
              [MESSAGE_BYTES]; // lines of the load panel in place of those about searches; "": none
    char range[MESSAGE_BYTES]; // of a range that is under way; "": none
};

#endif
