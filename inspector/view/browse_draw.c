// SPDX-License-Identifier: MIT
// The type browser's screen: the title, the list, and where the layouts go.
//
//     ┌ title ───────────────────────────────────────────┐
//     │ list                  │ layout                    │      before │ after
//     │ sorted, filtered      │ of the chosen type        │      while an order is tried
//     └ keys that work now ───────────────────────────────┘
#include "view/browse_scene.h"
#include "view/cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct browse_frame browse_frame_of(int rows, int columns, size_t pages_count, enum browse_focus focus)
{
    struct browse_frame frame = {
        .rows = rows, .columns = columns, .body_row = 1, .body_rows = rows - 2, .key_row = rows - 1};
    frame.list_row = frame.body_row + 2;
    frame.list_rows = frame.body_rows - 2;
    const bool is_narrow = columns < BROWSE_COLUMNS_BESIDE;
    if (pages_count > 1 && focus == FOCUS_PAGE) { // two layouts need all the room
        frame.page_columns[0] = is_narrow ? 0 : (columns - 1) / 2;
        frame.page_column[1] = is_narrow ? 0 : frame.page_columns[0] + 1;
        frame.page_columns[1] = columns - frame.page_column[1];
    } else if (is_narrow) {
        frame.list_columns = focus == FOCUS_LIST ? columns : 0;
        frame.page_columns[0] = focus == FOCUS_PAGE ? columns : 0;
    } else {
        frame.list_columns = cells_limit(columns * 2 / 5, 42, 70);
        const size_t shown = pages_count > 1 ? 1 : 0;
        frame.page_column[shown] = frame.list_columns + 1;
        frame.page_columns[shown] = columns - frame.list_columns - 1;
    }
    return frame;
}

// --- The list ---

static void number_print(struct canvas *canvas, int row, int end, int cells, enum style style,
                         uint64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%" PRIu64, number);
    if (length >= cells) // 1234567890 → 1.2G
        for (const char *unit = "kMGTPE"; *unit && length >= cells; unit++) {
            const uint64_t rest = number % 1024 * 10 / 1024;
            number /= 1024;
            length = number < 10
                         ? snprintf(text, sizeof(text), "%" PRIu64 ".%u%c", number, (unsigned)rest, *unit)
                         : snprintf(text, sizeof(text), "%" PRIu64 "%c", number, *unit);
        }
    canvas_text(canvas, row, end - length, length, style, 0, text);
}

static int columns_cells(const struct browse_list *list)
{
    int cells = 0;
    for (size_t i = 0; i < list->columns_count; i++)
        cells += list->columns[i].cells;
    return cells;
}

static void draw_heading(const struct browse_scene *scene, const struct browse_frame *frame,
                         struct canvas *canvas, struct hits *hits)
{
    const struct browse_list *list = &scene->list;
    char title[256];
    if (list->count == list->total)
        snprintf(title, sizeof(title), "%s: %zu", list->title, list->total);
    else
        snprintf(title, sizeof(title), "%s: %zu of %zu", list->title, list->count, list->total);
    canvas_rule(canvas, frame->body_row, 0, frame->list_columns, title);
    if (list->filter) {
        const int column = 3 + canvas_text_width(title) + 3;
        canvas_put(canvas, frame->body_row, column - 1, ' ', STYLE_RULE, 0);
        const int taken = canvas_text(canvas, frame->body_row, column, frame->list_columns - column - 2,
                                      list->problem ? STYLE_WARN : STYLE_KEYCAP, 0,
                                      list->problem ? list->problem : list->filter);
        canvas_put(canvas, frame->body_row, column + taken, ' ', STYLE_RULE, 0);
    }
    const int row = frame->body_row + 1;
    int column = frame->list_columns - columns_cells(list) - 1;
    bool is_by_name = true;
    for (size_t i = 0; i < list->columns_count; i++) {
        const struct browse_column *each = &list->columns[i];
        char text[32];
        snprintf(text, sizeof(text), "%s%s", each->is_sorted ? each->is_reverse ? "▲" : "▼" : "",
                 each->title);
        const int width = canvas_text_width(text);
        canvas_text(canvas, row, column + each->cells - width, width,
                    each->is_sorted ? STYLE_STRONG : STYLE_LABEL, 0, text);
        hits_add(hits, (struct hit){row, column, each->cells, BROWSE_HIT_COLUMN, i + 1, 0, 0});
        column += each->cells;
        is_by_name &= !each->is_sorted;
    }
    canvas_print(canvas, row, 2, is_by_name ? STYLE_STRONG : STYLE_LABEL, "%s%s", list->heading,
                 is_by_name ? " ▲" : "");
    hits_add(hits,
             (struct hit){row, 0, frame->list_columns - columns_cells(list) - 1, BROWSE_HIT_COLUMN, 0, 0, 0});
}

static const struct {
    char sign;
    enum style style;
} changes[] = {[CHANGE_NONE] = {' ', STYLE_NORMAL},
               [CHANGE_DIFFERS] = {'~', STYLE_WARN},
               [CHANGE_ADDED] = {'+', STYLE_GOOD},
               [CHANGE_REMOVED] = {'-', STYLE_OVERFLOW}};

// Most types are structs or classes: beside a layout the room is for their names.
static bool is_kind_shown(const struct browse_frame *frame, const char *kind)
{
    enum { CELLS_WIDE = 60 };
    return frame->list_columns >= CELLS_WIDE || (strcmp(kind, "struct") != 0 && strcmp(kind, "class") != 0);
}

static void draw_line(const struct browse_scene *scene, const struct browse_frame *frame, size_t number,
                      struct canvas *canvas, struct hits *hits)
{
    const struct browse_list *list = &scene->list;
    const struct browse_line *line = &list->lines[number];
    const int row = frame->list_row + (int)number, end = frame->list_columns - 1;
    const bool is_selected = list->first + number == list->selected;
    int column = end - columns_cells(list);
    const int name_cells = column - 2;
    if (line->change)
        canvas_put(canvas, row, 0, (uint32_t)changes[line->change].sign, changes[line->change].style, 0);
    int at = 2;
    if (line->kind && is_kind_shown(frame, line->kind) &&
        strncmp(line->name, line->kind, strlen(line->kind)) != 0)
        at += canvas_print(canvas, row, at, STYLE_DIM, "%s ", line->kind);
    at += (line->is_path ? canvas_text_tail : canvas_text)(
        canvas, row, at, name_cells - at + 2, is_selected ? STYLE_STRONG : STYLE_NORMAL, 0, line->name);
    if (line->detail && name_cells - at + 2 > 3)
        canvas_text(canvas, row, at + 2, name_cells - at, STYLE_DIM, 0, line->detail);
    for (size_t i = 0; i < list->columns_count; i++) {
        const struct browse_column *each = &list->columns[i];
        column += each->cells;
        if (!line->has_number[i]) {
            canvas_put(canvas, row, column - 1, 0xb7, STYLE_DIM, 0);
            continue;
        }
        const enum style style = each->is_waste && line->numbers[i] ? STYLE_HOLE
                                 : each->is_sorted                  ? STYLE_STRONG
                                                                    : STYLE_NORMAL;
        number_print(canvas, row, column, each->cells, style, line->numbers[i]);
    }
    if (is_selected) {
        canvas_put(canvas, row, 1, 0x25b8, STYLE_STRONG, 0);
        canvas_mark(canvas, row, 0, frame->list_columns,
                    scene->focus == FOCUS_LIST ? MARK_SELECTED : MARK_PATH);
    }
    hits_add(hits, (struct hit){row, 0, frame->list_columns, BROWSE_HIT_LINE, list->first + number, 0, 0});
}

// Where in all the list the screen is.
static void draw_scroll(const struct browse_list *list, const struct browse_frame *frame,
                        struct canvas *canvas)
{
    const size_t rows = (size_t)frame->list_rows;
    if (list->count <= rows)
        return;
    const size_t size = rows * rows / list->count ? rows * rows / list->count : 1;
    const size_t top = list->first * (rows - size) / (list->count - rows);
    for (size_t i = 0; i < size && top + i < rows; i++)
        canvas_put(canvas, frame->list_row + (int)(top + i), frame->list_columns - 1, 0x2590, STYLE_RULE, 0);
}

static void draw_list(const struct browse_scene *scene, const struct browse_frame *frame,
                      struct canvas *canvas, struct hits *hits)
{
    const struct browse_list *list = &scene->list;
    for (int row = frame->body_row; row < frame->key_row; row++)
        hits_add(hits, (struct hit){row, 0, frame->list_columns, BROWSE_HIT_LIST, 0, 0, 0});
    draw_heading(scene, frame, canvas, hits);
    for (size_t i = 0; i < list->lines_count && (int)i < frame->list_rows; i++)
        draw_line(scene, frame, i, canvas, hits);
    if (!list->count && list->empty)
        canvas_text(canvas, frame->list_row + 1, 2, frame->list_columns - 3, STYLE_DIM, 0, list->empty);
    draw_scroll(list, frame, canvas);
}

// --- All ---

static void draw_title(const struct browse_scene *scene, struct canvas *canvas)
{
    canvas_fill(canvas, 0, 0, 1, canvas->columns, ' ', STYLE_TITLE);
    int taken = 1 + canvas_text(canvas, 0, 1, canvas->columns - 2, STYLE_TITLE, 0, "strata browse");
    const int status = scene->status ? canvas_text_width(scene->status) + 2 : 0;
    if (scene->title)
        canvas_text(canvas, 0, taken + 3, canvas->columns - taken - 4 - status, STYLE_TITLE, 0, scene->title);
    if (scene->status)
        canvas_text(canvas, 0, canvas->columns - status + 1, status, STYLE_TITLE, 0, scene->status);
}

static void draw_border(const struct browse_frame *frame, int column, struct canvas *canvas)
{
    canvas_put(canvas, frame->body_row, column, 0x252c, STYLE_RULE, 0);
    for (int row = frame->body_row + 1; row < frame->key_row; row++)
        canvas_put(canvas, row, column, 0x2502, STYLE_RULE, 0);
}

void browse_draw(const struct browse_scene *scene, struct canvas *canvas, struct hits *hits)
{
    const struct browse_frame frame =
        browse_frame_of(canvas->rows, canvas->columns, scene->pages_count, scene->focus);
    draw_title(scene, canvas);
    if (frame.list_columns)
        draw_list(scene, &frame, canvas, hits);
    for (int i = 0; i < 2; i++) {
        if (!frame.page_columns[i])
            continue;
        if ((size_t)i < scene->pages_count)
            browse_page_draw(&frame, &scene->pages[i], i, scene->focus == FOCUS_PAGE, canvas, hits);
        else
            canvas_rule(canvas, frame.body_row, frame.page_column[i], frame.page_columns[i], NULL);
        if (frame.page_column[i])
            draw_border(&frame, frame.page_column[i] - 1, canvas);
    }
    key_line_draw(&scene->keys, canvas, frame.key_row, hits);
}
