// SPDX-License-Identifier: MIT
// The live view of a Swiss map: what a person has chosen to see, and how it is drawn.
//
//     ┌ title ────────────────────────────────────────────────┐
//     │ header (fields or bytes)      │ load, tables, searches │
//     │ the bits of the touched key's hash, and its way        │
//     │ directory: a box a table, as wide as its places        │
//     │ tables: depth, load, tombstones                        │
//     │ groups of the chosen table, their control bytes        │
//     │ the chosen group: h2, keys, elements                   │
//     │ events                                                 │
//     │ time line                                              │
//     └ keys that work now ───────────────────────────────────┘
//
// One frame: swiss_view_choose (which table?), swiss_view_needs (what of it?), the session fills the scene,
// swiss_view_draw. A frame costs what the screen shows, whatever the map holds. The view knows nothing of where
// the map is: sessions of our own map and of another program's use it alike, each with a keymap of its own.
#ifndef STRATA_VIEW_SWISS_VIEW_H
#define STRATA_VIEW_SWISS_VIEW_H

#include "view/map_screen.h"
#include "view/swiss_scene.h"

enum swiss_zoom {
    SWISS_ZOOM_ENTRIES,   // slots with keys and elements
    SWISS_ZOOM_SLOTS,     // control bytes
    SWISS_ZOOM_GLYPHS,    // a glyph a slot
    SWISS_ZOOM_TABLES,    // a row a table
    SWISS_ZOOM_DIRECTORY, // a glyph a place, or for many
    SWISS_ZOOMS
};

enum { SWISS_FIELDS = 9 }; // of the header

enum { SWISS_ROWS_MIN = 16, SWISS_COLUMNS_MIN = 60 };

enum { SWISS_VIEW_HIT_TIME = HIT_OWN + 3 }; // the kind of hit of a time line, its value the cell

// Zero but for what swiss_view_init sets. Sessions may read and set place, group, slot, screen.follows and the like.
struct swiss_view {
    struct map_screen screen; // its places are groups, or tables where those are listed
    enum swiss_zoom zoom;
    uint64_t place; // of the chosen table: any of its places in the directory
    uint64_t group; // under the cursor
    unsigned slot;  // of it
    // Of the latest frame:
    uint64_t dir_length;            // places there are
    uint64_t table, places, groups; // the chosen table's first place, its places and groups
};

// The keymap of a session of our own map, and the signs of the screen.
extern const struct keymap swiss_keymap;
extern const struct legend swiss_legend;

void swiss_view_init(struct swiss_view *view, const struct keymap *keymap);

// The place of the directory whose table is to be filled in as `chosen`: that of what was touched while the view
// follows it, else that of the cursor.
uint64_t swiss_view_choose(struct swiss_view *view, const struct swiss_header *header,
                           const struct swiss_touch *touch);

// What a frame of this size will need. Reads the picture's header, touch and chosen table. Scrolls to what is
// touched, and back into the table when that has changed.
void swiss_view_needs(struct swiss_view *view, const struct swiss_picture *picture, int rows, int columns,
                      struct swiss_needs *needs);

// Draws the scene that was filled by those needs. `canvas` has the size asked for, at least SWISS_ROWS_MIN by
// SWISS_COLUMNS_MIN. Adds to `hits`.
void swiss_view_draw(struct swiss_view *view, const struct swiss_scene *scene, struct canvas *canvas,
                     struct hits *hits);

// A key: changes the view, or adds intents. A binding whose action the view does not know is the session's: it is
// asked for with keymap_find and done before.
void swiss_view_press(struct swiss_view *view, struct key_press press, struct intents *intents);

// A click on one of the view's own hits, NULL: elsewhere; the wheel, rows up (negative) or down.
void swiss_view_click(struct swiss_view *view, const struct hit *hit, uint64_t value,
                      struct intents *intents);
void swiss_view_wheel(struct swiss_view *view, int rows);

#endif
