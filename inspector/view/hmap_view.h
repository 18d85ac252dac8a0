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
// One frame: hmap_view_needs (which buckets?), cli fills the scene, hmap_view_draw. A frame costs what the
// screen shows, whatever the map holds.
#ifndef STRATA_VIEW_HMAP_VIEW_H
#define STRATA_VIEW_HMAP_VIEW_H

#include "view/canvas.h"
#include "view/hmap_scene.h"
#include "view/keymap.h"

enum hmap_zoom {
    ZOOM_ENTRIES, // slots with keys and elements
    ZOOM_SLOTS,   // tophashes
    ZOOM_BUCKETS, // a glyph a slot
    ZOOM_MAP,     // a glyph a bucket
    ZOOM_DENSITY, // a glyph for many buckets
    ZOOMS
};

enum { VIEW_ROWS_MIN = 16, VIEW_COLUMNS_MIN = 60, PROMPT_BYTES = 24 };

struct view_prompt {
    enum action asks; // ACTION_NONE: closed
    char text[PROMPT_BYTES];
    size_t length;
};

struct view_dialog {
    bool is_open;
    size_t row;
    uint8_t choices[CHOICES_MAX];
};

struct hmap_view {
    enum hmap_zoom zoom;
    uint64_t first;    // bucket at the top; while doubling side by side, old bucket
    uint64_t selected; // bucket of the current array
    bool follows;      // keeps the touched bucket in sight
    bool shows_bytes, shows_help, shows_more_events;
    int help_scroll;
    struct view_prompt prompt;
    struct view_dialog dialog;
    uint64_t count; // typed before a key
    // Of the latest frame:
    int rows, columns;
    uint64_t array_buckets;
    uint64_t buckets;   // how many there are to scroll through
    uint64_t page, row; // buckets a page and a row show
    uint64_t position, end;
    size_t choices_count;
    uint8_t choice_counts[CHOICES_MAX], choice_currents[CHOICES_MAX];
};

void hmap_view_init(struct hmap_view *view);

// What a frame of this size will need. Scrolls to what is touched, and back into the array when that has
// changed.
void hmap_view_needs(struct hmap_view *view, const struct hmap_header_view *header,
                     const struct hmap_event *touched, int rows, int columns, struct hmap_needs *needs);

// Draws the scene that was filled by those needs. `canvas` has the size asked for. `hits` is filled in.
void hmap_view_draw(struct hmap_view *view, const struct hmap_scene *scene, struct canvas *canvas,
                    struct hits *hits);

// A key: changes the view, or adds intents.
void hmap_view_press(struct hmap_view *view, struct key_press press, struct intents *intents);

// A click at a cell of the latest frame; the wheel, rows up (negative) or down.
void hmap_view_click(struct hmap_view *view, const struct hits *hits, int row, int column,
                     struct intents *intents);
void hmap_view_wheel(struct hmap_view *view, int rows);

#endif
