// SPDX-License-Identifier: MIT
// How the live view divides its screen; shared by its files.
#ifndef STRATA_VIEW_HMAP_FRAME_H
#define STRATA_VIEW_HMAP_FRAME_H

#include "view/hmap_view.h"
#include "view/map_parts.h"

// Rows and columns of the parts.
struct hmap_frame {
    int rows, columns;
    int caption_row;                         // 0: none
    int panel_row, panel_rows, left_columns; // the panel's rule is above panel_row
    int hash_row;                            // two rows
    int grid_row, grid_rows;
    int events_row, events_rows;
    int events_column; // 0: below the buckets; else a column of its own, right of them and of the hash
    int grid_columns;  // of the hash and the buckets
    int time_row, help_row;
};

struct hmap_frame hmap_frame_of(const struct hmap_view *view, int rows, int columns);

enum {
    BUCKET_CELLS = SLOTS_CELLS,      // |3f|a1|…|
    LINK_CELLS = 3,                  // to the next of a chain
    GLYPH_CELLS = CLASSIC_SLOTS + 1, // a bucket as glyphs, with its overflow mark
    CHAIN_MOST = 32,                 // buckets of a chain that are looked at
};

// What the grid shows and where. Buckets of the old array come first (`old_…`), while there is one and the
// zoom shows the arrays apart.
struct hmap_grid_plan {
    enum hmap_zoom zoom;
    bool is_split;     // slots: old ─► X, Y side by side, a row an old bucket
    bool is_narrow;    // split: the old bucket as glyphs
    int index_columns; // of a bucket's number
    int columns;       // slots: how many columns of buckets; entries: slots a line; else buckets a row
    int column_cells;
    int beside;     // slots in one column: where each bucket's entries begin, right of its chain; 0: no room
    int links;      // slots: overflow buckets that fit behind a bucket
    uint64_t first; // bucket of the current array at the top
    int old_rows, new_rows;
    uint64_t old_first;
};

struct hmap_grid_plan hmap_grid_plan_of(const struct hmap_view *view, const struct classic_header *header,
                                        const struct hmap_frame *frame);

// The header's fields; and, in place of the hash, what the one that Tab has come to is for: false when it is
// none.
void hmap_fields_draw(const struct hmap_view *view, const struct hmap_scene *scene,
                      const struct hmap_frame *frame, struct canvas *canvas);
bool hmap_fields_explain(const struct hmap_view *view, const struct hmap_scene *scene,
                         const struct hmap_frame *frame, struct canvas *canvas);

// Whether a screen is so large that the selected bucket's bytes find room below the slots.
static inline bool hmap_has_room_for_bytes(const struct hmap_frame *frame)
{
    enum { ROWS_LARGE = 38 };
    return frame->grid_rows >= ROWS_LARGE;
}

// In place of the buckets: the selected one's bytes.
void hmap_bucket_draw(const struct hmap_view *view, const struct hmap_scene *scene,
                      const struct hmap_frame *frame, struct canvas *canvas);

// Draws the buckets; sets view->screen.page.
void grid_draw(struct hmap_view *view, const struct hmap_scene *scene, const struct hmap_frame *frame,
               struct canvas *canvas, struct hits *hits);

// The view's own hits; the value is the bucket's number, or the time line's cell.
enum { HMAP_HIT_TIME = HMAP_VIEW_HIT_TIME, HMAP_HIT_BUCKET, HMAP_HIT_OLD_BUCKET };

#endif
