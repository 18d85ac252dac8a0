// SPDX-License-Identifier: MIT
// The live view of a map: what a person has chosen to see, and how it is drawn.
//
//     ┌ title ────────────────────────────────────────────────┐
//     │ header (fields or bytes)      │ load, growth, chains   │
//     │ the bits of the touched key's hash                     │
//     │ buckets: entries, slots, buckets, map or density       │
//     │ events                                                 │
//     │ time line                                              │
//     └ keys that work now ───────────────────────────────────┘
//
// One frame: hmap_view_needs (which buckets?), the session fills the scene, hmap_view_draw. A frame costs
// what the screen shows, whatever the map holds.
#ifndef STRATA_VIEW_HMAP_VIEW_H
#define STRATA_VIEW_HMAP_VIEW_H

#include "view/canvas.h"
#include "view/hmap_scene.h"
#include "view/map_screen.h"

enum hmap_zoom {
    ZOOM_ENTRIES, // slots with keys and elements
    ZOOM_SLOTS,   // tophashes
    ZOOM_BUCKETS, // a glyph a slot
    ZOOM_MAP,     // a glyph a bucket
    ZOOM_DENSITY, // a glyph for many buckets
    ZOOMS
};

enum { HMAP_FIELDS = 9 }; // of the header

enum { HMAP_ROWS_MIN = 16, HMAP_COLUMNS_MIN = 60 };

enum { HMAP_VIEW_HIT_TIME = HIT_OWN }; // the kind of hit of a time line, its value the cell

struct hmap_view {
    struct map_screen screen; // its places are buckets; while doubling side by side, old buckets
    enum hmap_zoom zoom;
    uint64_t selected; // bucket of the current array
    uint32_t slot;     // of the bucket and its chain
    // Of the latest frame:
    uint64_t array_buckets;
    uint64_t buckets; // how many there are to scroll through
    uint32_t slots;   // of the selected bucket and its chain
};

// The keymap of a session of our own map, and the signs of the screen.
extern const struct keymap hmap_keymap;
extern const struct legend hmap_legend;

void hmap_view_init(struct hmap_view *view, const struct keymap *keymap);

// What a frame of this size will need. Scrolls to what is touched, and back into the array when that has
// changed.
void hmap_view_needs(struct hmap_view *view, const struct classic_header *header,
                     const struct classic_touch *touch, int rows, int columns, struct hmap_needs *needs);

// Draws the scene that was filled by those needs. `canvas` has the size asked for, at least HMAP_ROWS_MIN by
// HMAP_COLUMNS_MIN. Adds to `hits`.
void hmap_view_draw(struct hmap_view *view, const struct hmap_scene *scene, struct canvas *canvas,
                    struct hits *hits);

// A key: changes the view, or adds intents.
void hmap_view_press(struct hmap_view *view, struct key_press press, struct intents *intents);

// A click on one of the view's own hits, NULL: elsewhere; the wheel, rows up (negative) or down.
void hmap_view_click(struct hmap_view *view, const struct hit *hit, uint64_t value, struct intents *intents);
void hmap_view_wheel(struct hmap_view *view, int rows);

#endif
