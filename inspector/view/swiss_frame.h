// SPDX-License-Identifier: MIT
// How the live view of a Swiss map divides its screen; shared by its files.
#ifndef STRATA_VIEW_SWISS_FRAME_H
#define STRATA_VIEW_SWISS_FRAME_H

#include "view/map_parts.h"
#include "view/swiss_view.h"

// Rows and columns of the parts; each part's rule is above its first row. A part of 0 rows is not shown.
struct swiss_frame {
    int rows, columns;
    int caption_row; // 0: none
    int panel_row, panel_rows, left_columns;
    int hash_row, hash_rows; // two, or with a line for the way of a search three
    int dir_row, dir_rows;   // without a rule where rows are few
    bool dir_has_rule, dir_has_labels;
    int list_row, list_rows;   // of tables
    int grid_row, grid_rows;   // of groups, or what is shown in their place
    int strip_rows;            // of these: an overview of all groups, a glyph each
    int slots_row, slots_rows; // the group under the cursor
    int events_row, events_rows;
    int events_column; // 0: below the groups; else a column of its own, right of them and of the hash
    int grid_columns;  // of all but header and title
    int time_row, help_row;
};

struct swiss_frame swiss_frame_of(const struct swiss_view *view, const struct swiss_header *header, int rows,
                                  int columns);

// How a directory is drawn in so many rows.
struct swiss_dir_plan {
    bool is_density; // a cell for many places; else each place has cell_columns
    int lines;
    int places_a_line, cell_columns; // in a density, cells a line
    int index_columns;               // of a line's first place, at the left; 0: none
};
struct swiss_dir_plan swiss_dir_plan_of(uint64_t dir_length, int rows, int columns);

// How the groups are laid out.
struct swiss_grid_plan {
    int index_columns;         // of a group's number
    int columns, column_cells; // of groups; entries: slots a line
    int lines;                 // entries: lines a group takes
    int rows;                  // without the overview
    int beside;                // slots in one column: where each group's entries begin; 0: no room
};
// Scrolls so that the cursor is in sight, and takes a row of the frame for an overview where the page does not
// show all groups.
struct swiss_grid_plan swiss_page_plan(struct swiss_view *view, struct swiss_frame *frame);

// The header's fields; and, in place of the hash, what the one that Tab has come to is for: false when it is
// none.
void swiss_fields_draw(const struct swiss_view *view, const struct swiss_scene *scene,
                       const struct swiss_frame *frame, struct canvas *canvas);
bool swiss_fields_explain(const struct swiss_view *view, const struct swiss_scene *scene,
                          const struct swiss_frame *frame, struct canvas *canvas);

// The bits of the touched key's hash, and the way of its search.
void swiss_hash_draw(const struct swiss_scene *scene, const struct swiss_frame *frame, struct canvas *canvas);

// What draws the parts below the hash.
struct swiss_painter {
    const struct swiss_view *view;
    const struct swiss_scene *scene;
    const struct swiss_frame *frame;
    struct swiss_grid_plan plan;
    struct canvas *canvas;
    struct hits *hits;
};

void swiss_directory_draw(const struct swiss_painter *painter, int row, int rows);
void swiss_tables_draw(const struct swiss_painter *painter, int row, int rows);
void swiss_groups_draw(const struct swiss_painter *painter);
void swiss_group_bytes_draw(const struct swiss_painter *painter);

// The view's own hits; the value is a place of the directory, a group's number, or the time line's cell.
enum { SWISS_HIT_TABLE = HIT_OWN, SWISS_HIT_GROUP, SWISS_HIT_SLOT, SWISS_HIT_TIME = SWISS_VIEW_HIT_TIME };

#define SWISS_TOMBSTONE 0x2020 // the glyph: a dagger

#endif
