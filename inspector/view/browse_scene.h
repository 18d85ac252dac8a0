// SPDX-License-Identifier: MIT
// All that the type browser draws: the list, and the layouts beside it. Plain data, filled in by the session that shows
// the view: nothing in it is a type or a layout.
#ifndef STRATA_VIEW_BROWSE_SCENE_H
#define STRATA_VIEW_BROWSE_SCENE_H

#include "layout/rows.h"
#include "view/hits.h"
#include "view/keymap.h"

enum { BROWSE_COLUMNS_MOST = 12, BROWSE_PHRASES_MOST = 16, BROWSE_NOTES_MOST = 8 };

// A column of numbers of the list.
struct browse_column {
    const char *title;
    int cells; // with the space before it
    bool is_sorted, is_reverse;
    bool is_waste;
};

// What a line of a comparison, or a row of a layout, is beside its counterpart.
enum browse_change { CHANGE_NONE, CHANGE_DIFFERS, CHANGE_ADDED, CHANGE_REMOVED };

struct browse_line {
    const char *kind;   // "struct"; NULL: none is drawn
    const char *name;   // unescaped
    bool is_path;       // of the name the end is shown where the room is too small
    const char *detail; // behind it, dim: "as member", a place; NULL: nothing
    enum browse_change change;
    bool has_number[BROWSE_COLUMNS_MOST]; // false: not known, or not yet
    uint64_t numbers[BROWSE_COLUMNS_MOST];
};

struct browse_list {
    const char *title;   // "types", "namespaces", "holders of struct demo"
    const char *heading; // above the names: "type", "namespace"
    const char *filter;  // NULL: none
    const char *problem; // of the filter as far as it is typed; NULL: none
    size_t count, total; // that are shown, and that there are
    size_t first, selected;
    const struct browse_line *lines; // the visible ones, from `first` on
    size_t lines_count;
    const struct browse_column *columns;
    size_t columns_count;
    const char *empty; // why there is no line
};

// Marks of a row of a layout.
enum {
    PAGE_LIT = 1,        // changed just now
    PAGE_HOT = 2,        // threads contend for it
    PAGE_CONTENDED = 4,  // and it shares its cache line with another such
    PAGE_CAN_UNFOLD = 8, // its members can be shown in place
    PAGE_UNFOLDED = 16,  //
    PAGE_LEADS_ON = 32,  // there is a type behind it to be opened
    PAGE_PADDING = 64,   // put in by the person
};

// A layout.
struct browse_page {
    const char *heading;                      // above it: "before", "after"; NULL: none
    const char *kind, *name;                  // of the type
    const char *place;                        // "file.c:12"; NULL: unknown
    const char *phrases[BROWSE_PHRASES_MOST]; // "24 bytes", "align 8"; set into lines
    bool is_waste[BROWSE_PHRASES_MOST], is_lit[BROWSE_PHRASES_MOST];
    size_t phrases_count;
    const char *notes[BROWSE_NOTES_MOST]; // below the rows
    size_t notes_count;
    const struct rows *rows;
    const uint8_t *marks;              // a row each
    const enum browse_change *changes; // a row each; NULL: nothing is compared
    const int64_t
        *was_bytes;      // a row each: where it was, -1: nowhere or at the same place; NULL: no such column
    const char *letters; // a row each; NULL: no map of bytes
    const struct byte_runs *runs; // NULL: no map
    uint64_t size_bytes, cacheline_bytes;
    bool is_hex;            // offsets and sizes of the rows
    size_t first, selected; // rows
    bool has_cursor;
    // For types that are no records: lines of text instead of rows.
    const char *const *lines;
    size_t lines_count;
};

enum browse_focus { FOCUS_LIST, FOCUS_PAGE };

struct browse_scene {
    const char *title;  // behind "strata browse"
    const char *status; // at the right end: what is under way; NULL: nothing
    struct browse_list list;
    struct browse_page pages[2]; // the second is what the first became: side by side
    size_t pages_count;          // 0: nothing is chosen
    enum browse_focus focus;
    struct key_line keys;
};

// How a screen is divided.
struct browse_frame {
    int rows, columns;
    int list_columns;                    // 0: the list is not seen
    int page_column[2], page_columns[2]; // columns 0: not seen
    int body_row, body_rows;
    int list_row, list_rows; // the lines, below the heading
    int key_row;
};

enum { BROWSE_ROWS_MIN = 16, BROWSE_COLUMNS_MIN = 60, BROWSE_COLUMNS_BESIDE = 100 };

// `pages_count` as above.
struct browse_frame browse_frame_of(int rows, int columns, size_t pages_count, enum browse_focus focus);

// Rows of a layout that a page of that width shows, its heading and notes taken off.
int browse_page_rows(const struct browse_frame *frame, const struct browse_page *page, int number);

// The view's own hits: a line of the list (the value), a column's heading, a row of a page, the pages themselves.
enum { BROWSE_HIT_LINE = HIT_OWN, BROWSE_HIT_COLUMN, BROWSE_HIT_ROW, BROWSE_HIT_LIST, BROWSE_HIT_PAGE };

// Draws the scene. `canvas` is at least BROWSE_ROWS_MIN by BROWSE_COLUMNS_MIN. Adds to `hits`.
void browse_draw(const struct browse_scene *scene, struct canvas *canvas, struct hits *hits);

// Between the view's files: a layout, and the lines that its phrases take.
void browse_page_draw(const struct browse_frame *frame, const struct browse_page *page, int number,
                      bool has_focus, struct canvas *canvas, struct hits *hits);

#endif
