// SPDX-License-Identifier: MIT
// The live view of a Swiss map but for what is below the hash: title, header, load, hash, and all together.
#include "view/swiss_frame.h"

#include <stdio.h>
#include <string.h>

// --- Load ---

// What makes a table grow, or a small map get its first.
static void next_text(const struct swiss_picture *map, char *text, size_t size_bytes)
{
    enum { TABLE_MOST = 1024 };
    const struct swiss_overview *overview = &map->overview;
    unsigned long long left = overview->next_left, place = overview->next_place;
    if (!map->header.dir_address)
        snprintf(text, size_bytes, "the first entry allocates a group of 8 slots");
    else if (!map->header.dir_length)
        snprintf(text, size_bytes, "entry %d: a table of %d slots", SWISS_SLOTS + 1, 2 * SWISS_SLOTS);
    else if (!overview->tables_seen)
        *text = '\0';
    else if (overview->tables_seen < overview->tables)
        snprintf(text, size_bytes, "each table at its own limit");
    else if (map->header.dir_length == 1)
        snprintf(text, size_bytes, "%s after %llu more",
                 overview->next_capacity >= TABLE_MOST ? "splits" : "doubles", left);
    else
        snprintf(text, size_bytes, "table %llu %s after %llu", place,
                 overview->next_capacity >= TABLE_MOST ? "splits" : "doubles", left);
}

static void bytes_text(uint64_t bytes, char *text, size_t size_bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < ARRAY_LENGTH(units)) {
        value /= 1000;
        unit++;
    }
    snprintf(text, size_bytes, unit && value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void draw_searches(const struct swiss_overview *overview, struct canvas *canvas, int row, int column)
{
    canvas_text(canvas, row, column, canvas->columns - column, STYLE_LABEL, 0, "found");
    int at = column + 7;
    if (canvas->columns - column >= 34)
        at += canvas_print(canvas, row, at, STYLE_LABEL, "in group ");
    for (unsigned i = 0; i < SWISS_SEARCHES && at < canvas->columns - 8; i++)
        if (overview->searches[i])
            at +=
                canvas_print(canvas, row, at, i ? STYLE_OVERFLOW : STYLE_NORMAL, "%u%s:%llu", i + 1,
                             i + 1 == SWISS_SEARCHES ? "+" : "", (unsigned long long)overview->searches[i]) +
                2;
    if (overview->sampled < overview->groups)
        canvas_print(canvas, row, at, STYLE_DIM, "of %llu groups", (unsigned long long)overview->sampled);
}

static void draw_full_groups(const struct swiss_overview *overview, struct canvas *canvas, int row,
                             int column)
{
    canvas_text(canvas, row, column, canvas->columns - column, STYLE_LABEL, 0, "full");
    int taken = canvas_print(canvas, row, column + 7, overview->full_groups ? STYLE_OVERFLOW : STYLE_NORMAL,
                             "%llu of %llu groups", (unsigned long long)overview->full_groups,
                             (unsigned long long)overview->sampled);
    canvas_text(canvas, row, column + 7 + taken, canvas->columns - column - 8 - taken, STYLE_LABEL, 0,
                overview->full_groups ? ": searches go on past them" : "");
}

static void draw_load(const struct swiss_scene *scene, const struct swiss_frame *frame, struct canvas *canvas)
{
    enum { LABEL = 7, NUMBERS = 22, MOST_OF_8 = 7, WIDE_ROOM = 38 };
    const struct swiss_overview *overview = &scene->map.overview;
    int row = frame->panel_row, column = frame->left_columns + 2, room = frame->columns - column - 1;
    int left = room - LABEL - NUMBERS, bar = left > 28 ? 28 : left < 4 ? 4 : left;
    double load = overview->slots ? (double)overview->used / (double)overview->slots : 0;
    char text[96], held[32] = "";
    bool is_part = overview->tables_seen < overview->tables;
    canvas_text(canvas, row, column, room, STYLE_LABEL, 0, "load");
    map_gauge_draw(canvas, row, column + LABEL, bar, load,
                   load * 8 > MOST_OF_8 * 0.95 ? STYLE_WARN : STYLE_GAUGE);
    if (is_part)
        canvas_print(canvas, row, column + LABEL + bar + 1, STYLE_NORMAL, "about %.0f %%", load * 100);
    else
        canvas_print(canvas, row, column + LABEL + bar + 1, STYLE_NORMAL,
                     room < WIDE_ROOM ? "%.0f %% of %llu" : "%.0f %% of %llu slots", load * 100,
                     (unsigned long long)overview->slots);
    int at = column;
    at += canvas_text(canvas, row + 1, at, room, STYLE_LABEL, 0, "tables ");
    at += canvas_print(canvas, row + 1, at, STYLE_NORMAL, "%llu", (unsigned long long)overview->tables);
    if (is_part)
        at += canvas_print(canvas, row + 1, at, STYLE_DIM, " (%llu seen)",
                           (unsigned long long)overview->tables_seen);
    at +=
        canvas_text(canvas, row + 1, at, room, STYLE_LABEL, 0, room >= WIDE_ROOM ? "  tombstones " : "  † ");
    at += canvas_print(canvas, row + 1, at, overview->tombstones ? STYLE_EMPTY_ONE : STYLE_NORMAL, "%llu",
                       (unsigned long long)overview->tombstones);
    if (overview->held_bytes) {
        bytes_text(overview->held_bytes, held, sizeof(held));
        at += canvas_text(canvas, row + 1, at, room, STYLE_LABEL, 0, "  holds ");
        canvas_text(canvas, row + 1, at, frame->columns - at - 1, STYLE_NORMAL, 0, held);
    }
    canvas_text(canvas, row + 2, column, room, STYLE_LABEL, 0, "grows");
    next_text(&scene->map, text, sizeof(text));
    bool is_near = scene->map.header.dir_length && overview->next_left == 0 && !is_part;
    canvas_text(canvas, row + 2, column + LABEL, room - LABEL, is_near ? STYLE_WARN : STYLE_NORMAL, 0, text);
    for (int i = 0; i < SWISS_NOTES && i + 3 < frame->panel_rows; i++) {
        if (*scene->notes[i])
            canvas_text(canvas, row + 3 + i, column, room, STYLE_NORMAL, 0, scene->notes[i]);
        else if (i == 0)
            draw_searches(overview, canvas, row + 3, column);
        else
            draw_full_groups(overview, canvas, row + 4, column);
    }
}

static const char *kind_text(const struct swiss_header *header)
{
    return !header->raw.address      ? "a nil map"
           : !header->dir_address    ? "empty: no group yet"
           : !header->dir_length     ? "small: one group"
           : header->dir_length == 1 ? "one table"
                                     : "a directory of tables";
}

static void draw_panels(const struct swiss_view *view, const struct swiss_scene *scene,
                        const struct swiss_frame *frame, struct canvas *canvas)
{
    const struct swiss_header *header = &scene->map.header;
    char left[96];
    int split = frame->left_columns;
    map_header_title(&view->screen, "Map", &header->raw, left, sizeof(left));
    map_panels_draw(canvas, frame->panel_row, frame->panel_rows, split, left, kind_text(header));
    if (header->in_doubt)
        canvas_text(canvas, frame->panel_row - 1, split - 12, 10, STYLE_WARN, 0, " in doubt ");
    if (view->screen.shows_bytes)
        map_bytes_draw(&header->raw, canvas, frame->panel_row, frame->panel_rows, split);
    else
        swiss_fields_draw(view, scene, frame, canvas);
    draw_load(scene, frame, canvas);
}

// --- All ---

static void draw_body(const struct swiss_painter *painter)
{
    const struct swiss_view *view = painter->view;
    const struct swiss_frame *frame = painter->frame;
    if (frame->dir_rows) {
        if (frame->dir_has_rule)
            canvas_rule(painter->canvas, frame->dir_row - 1, 0, frame->grid_columns, "");
        swiss_directory_draw(painter, frame->dir_row, frame->dir_rows);
    }
    if (frame->list_rows)
        swiss_tables_draw(painter, frame->list_row, frame->list_rows);
    if (!painter->scene->map.header.dir_address) {
        canvas_rule(painter->canvas, frame->grid_row - 1, 0, frame->grid_columns, "groups");
        canvas_text(painter->canvas, frame->grid_row + 1, 2, frame->grid_columns - 4, STYLE_DIM, 0,
                    "No group yet: the first insertion allocates one of 8 slots.");
    } else if (view->screen.shows_place) {
        swiss_group_bytes_draw(painter);
    } else if (view->screen.is_open) {
        map_detail_draw(&painter->scene->map.detail, painter->canvas, frame->grid_row, frame->grid_rows,
                        frame->grid_columns);
    } else if (view->zoom == SWISS_ZOOM_TABLES) {
        swiss_tables_draw(painter, frame->grid_row, frame->grid_rows);
    } else if (view->zoom == SWISS_ZOOM_DIRECTORY) {
        canvas_rule(painter->canvas, frame->grid_row - 1, 0, frame->grid_columns, "");
        swiss_directory_draw(painter, frame->grid_row, frame->grid_rows);
    } else {
        swiss_groups_draw(painter);
    }
    if (!*painter->scene->range)
        return;
    char text[MESSAGE_BYTES + 4];
    snprintf(text, sizeof(text), " %s ", painter->scene->range);
    int width = canvas_text_width(text), row = frame->events_column ? frame->time_row : frame->events_row - 1;
    canvas_text(painter->canvas, row, frame->grid_columns - width - 2, width, STYLE_WARN, 0, text);
}

void swiss_view_draw(struct swiss_view *view, const struct swiss_scene *scene, struct canvas *canvas,
                     struct hits *hits)
{
    struct swiss_frame frame = swiss_frame_of(view, &scene->map.header, canvas->rows, canvas->columns);
    struct swiss_painter painter = {.view = view,
                                    .scene = scene,
                                    .frame = &frame,
                                    .plan = swiss_page_plan(view, &frame),
                                    .canvas = canvas,
                                    .hits = hits};
    const struct map_events_place events = {.row = frame.events_row,
                                            .rows = frame.events_rows,
                                            .column = frame.events_column,
                                            .end_row = frame.time_row,
                                            .has_caption = !frame.caption_row};
    map_screen_show_time(&view->screen, &scene->now);
    map_title_draw(&scene->map.header.raw, &scene->now, canvas);
    draw_panels(view, scene, &frame, canvas);
    if (frame.caption_row)
        canvas_text(canvas, frame.caption_row, 1, frame.columns - 2, STYLE_CAPTION, 0, scene->now.caption);
    if (!swiss_fields_explain(view, scene, &frame, canvas))
        swiss_hash_draw(scene, &frame, canvas);
    map_events_draw(scene->map.events, scene->map.events_count, &scene->now, &events, canvas);
    draw_body(&painter);
    map_time_draw(&scene->now, canvas, frame.time_row, hits, SWISS_HIT_TIME);
    map_keys_draw(view->screen.keymap, &scene->now, view->screen.count, canvas, frame.help_row, hits);
}
