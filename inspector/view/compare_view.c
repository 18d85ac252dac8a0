// SPDX-License-Identifier: MIT
#include "view/compare_view.h"

#include "view/cells.h"
#include "view/map_parts.h"
#include <stdio.h>

enum { LABEL_CELLS = 11, GLYPHS = COMPARE_SLOTS + 1, INDEX_CELLS = 6 };

// Where the parts are. Grids and events of the two sides stand beside each other, or one above the other.
struct layout_of_sides {
    bool is_stacked;
    int figures_row, figures;
    int grid_rows;
    int grid_row[COMPARE_SIDES], column[COMPARE_SIDES], columns[COMPARE_SIDES];
    int events_row[COMPARE_SIDES], events_rows;
    int time_row;
};

static struct layout_of_sides layout_of(int rows, int columns)
{
    enum { NARROW = 90 };
    struct layout_of_sides at = {.is_stacked = columns < NARROW, .figures_row = 2, .time_row = rows - 2};
    at.figures = cells_limit(rows - 12, 3, FIGURES);
    int top = at.figures_row + at.figures, left = at.time_row - top;
    if (at.is_stacked) {
        at.events_rows = left >= 14 ? 2 : 0;
        int each = left / 2 - 1 - at.events_rows;
        at.grid_rows = each > 0 ? each : 0;
        for (int i = 0; i < COMPARE_SIDES; i++) {
            at.grid_row[i] = top + 1 + i * (at.grid_rows + at.events_rows + 1);
            at.events_row[i] = at.grid_row[i] + at.grid_rows;
            at.columns[i] = columns;
        }
        return at;
    }
    at.events_rows = cells_limit(left / 4, 2, PICTURE_EVENTS_MOST);
    at.grid_rows = left - at.events_rows - 2;
    for (int i = 0; i < COMPARE_SIDES; i++) {
        at.grid_row[i] = top + 1;
        at.events_row[i] = at.grid_row[i] + at.grid_rows + 1;
        at.column[i] = i ? columns / 2 + 1 : 0;
        at.columns[i] = i ? columns - columns / 2 - 1 : columns / 2;
    }
    return at;
}

// Cells a line: a power of two, so that a picture keeps its shape.
static int cells_a_line(int columns, int cell_columns)
{
    int power = 1;
    while (power * 2 * cell_columns <= columns - INDEX_CELLS - 2)
        power *= 2;
    return power;
}

void compare_view_needs(int rows, int columns, struct compare_needs *needs)
{
    struct layout_of_sides at = layout_of(rows, columns);
    size_t cells = (size_t)at.grid_rows * (size_t)cells_a_line(at.columns[0], 1);
    *needs = (struct compare_needs){.cells = cells < COMPARE_CELLS_MOST ? cells : COMPARE_CELLS_MOST,
                                    .events = (size_t)at.events_rows,
                                    .loads = columns > 24 ? (size_t)columns - 24 : 0};
}

// --- Figures ---

static void draw_figures(const struct compare_scene *scene, const struct layout_of_sides *at,
                         struct canvas *canvas)
{
    static const char *const labels[FIGURES] = {"entries", "made of", "load",  "holds",
                                                "latest",  "growth",  "search"};
    int half = (canvas->columns - LABEL_CELLS) / 2;
    canvas_rule(canvas, at->figures_row - 1, 0, canvas->columns, "");
    for (int side = 0; side < COMPARE_SIDES; side++) {
        const struct compare_side *of = &scene->sides[side];
        int column = LABEL_CELLS + side * half;
        char name[COMPARE_TEXT_BYTES + 8];
        snprintf(name, sizeof(name), " %s%s ", scene->own == (size_t)side ? "▸ " : "", of->name);
        canvas_put(canvas, at->figures_row - 1, column, 0x252c, STYLE_RULE, 0);
        canvas_text(canvas, at->figures_row - 1, column + 2, half - 4, STYLE_STRONG, 0, name);
        for (int i = 0; i < at->figures; i++) {
            canvas_put(canvas, at->figures_row + i, column, 0x2502, STYLE_RULE, 0);
            canvas_text(canvas, at->figures_row + i, column + 2, half - 3,
                        of->stands_out[i] ? STYLE_WARN
                        : i               ? STYLE_NORMAL
                                          : STYLE_STRONG,
                        0, of->figures[i]);
        }
    }
    for (int i = 0; i < at->figures; i++)
        canvas_text(canvas, at->figures_row + i, 1, LABEL_CELLS - 2, STYLE_LABEL, 0, labels[i]);
}

// --- Buckets and groups ---

static enum style cell_style(const struct compare_cell *cell)
{
    return cell->is_old     ? STYLE_MOVED_X
           : cell->has_dead ? STYLE_EMPTY_ONE
           : cell->has_more ? STYLE_OVERFLOW
                            : STYLE_LIVE;
}

static void draw_slots(struct canvas *canvas, int row, int column, const struct compare_cell *cell)
{
    static const uint16_t glyphs[] = {
        [SLOT_EMPTY] = 0xb7, [SLOT_LIVE] = 0x25aa, [SLOT_DEAD] = 0x2020, [SLOT_MOVED] = 0x2192};
    static const uint8_t styles[] = {[SLOT_EMPTY] = STYLE_EMPTY,
                                     [SLOT_LIVE] = STYLE_LIVE,
                                     [SLOT_DEAD] = STYLE_EMPTY_ONE,
                                     [SLOT_MOVED] = STYLE_MOVED_X};
    for (int slot = 0; slot < COMPARE_SLOTS; slot++) {
        unsigned mark = cell->marks[slot] % ARRAY_LENGTH(glyphs);
        enum style style = cell->is_old && mark == SLOT_LIVE ? STYLE_MOVED_X : (enum style)styles[mark];
        canvas_put(canvas, row, column + slot, glyphs[mark], style, cell->is_touched ? MARK_PATH : 0);
    }
    if (cell->is_touched)
        canvas_put(canvas, row, column - 1, 0x25b8, STYLE_STRONG, 0);
    if (cell->live > COMPARE_SLOTS || (cell->has_more && cell->slots > COMPARE_SLOTS))
        canvas_print(canvas, row, column + COMPARE_SLOTS, STYLE_OVERFLOW, "+");
}

static void draw_grid(const struct compare_side *side, const struct layout_of_sides *at, int number,
                      struct canvas *canvas)
{
    int row = at->grid_row[number], left = at->column[number], columns = at->columns[number];
    int a_line = cells_a_line(columns, GLYPHS);
    bool is_wide = side->places_count <= (uint64_t)a_line * (uint64_t)at->grid_rows &&
                   side->places_count == side->cells_count;
    int cell_columns = is_wide ? GLYPHS : 1;
    a_line = cells_a_line(columns, cell_columns);
    char title[COMPARE_TEXT_BYTES + 32];
    snprintf(title, sizeof(title), at->is_stacked ? "%s: %llu %s" : "%.0s%llu %s", side->name,
             (unsigned long long)side->places_count, side->places);
    canvas_rule(canvas, row - 1, left, columns, title);
    for (size_t i = 0; i < side->cells_count && (int)i / a_line < at->grid_rows; i++) {
        const struct compare_cell *cell = &side->cells[i];
        int line = row + (int)i / a_line, column = left + INDEX_CELLS + (int)i % a_line * cell_columns;
        if ((int)i % a_line == 0)
            canvas_print(canvas, line, left, cell->is_old ? STYLE_DIM : STYLE_LABEL, "%*llu", INDEX_CELLS - 2,
                         (unsigned long long)cell->first);
        if (is_wide) {
            draw_slots(canvas, line, column, cell);
            continue;
        }
        unsigned level = cell->slots ? (unsigned)((cell->live * 8ull + cell->slots - 1) / cell->slots) : 0;
        canvas_put(canvas, line, column, cell->is_old && !cell->live ? 0x2591 : level_glyph(level),
                   cell->is_old && !cell->live ? STYLE_DIM : cell_style(cell),
                   cell->is_touched ? MARK_LIT : 0);
    }
}

// --- All ---

static void draw_events(const struct compare_scene *scene, const struct layout_of_sides *at, int number,
                        struct canvas *canvas)
{
    const struct compare_side *side = &scene->sides[number];
    size_t rows = (size_t)at->events_rows, from = side->events_count > rows ? side->events_count - rows : 0;
    int left = at->column[number], columns = at->columns[number];
    if (!at->is_stacked)
        canvas_rule(canvas, at->events_row[number] - 1, left, columns, "events");
    for (size_t i = from; i < side->events_count; i++)
        canvas_text(canvas, at->events_row[number] + (int)(i - from), left + 1, columns - 2,
                    i + 1 == side->events_count ? STYLE_NORMAL : STYLE_DIM, 0, side->events[i].text);
}

void compare_view_draw(const struct compare_scene *scene, const struct keymap *keymap, uint64_t count,
                       unsigned time_hit, struct canvas *canvas, struct hits *hits)
{
    struct layout_of_sides at = layout_of(canvas->rows, canvas->columns);
    map_title_draw(&scene->header, &scene->now, canvas);
    draw_figures(scene, &at, canvas);
    for (int i = 0; i < COMPARE_SIDES; i++) {
        draw_grid(&scene->sides[i], &at, i, canvas);
        draw_events(scene, &at, i, canvas);
    }
    if (!at.is_stacked) {
        int column = at.column[1] - 1;
        canvas_put(canvas, at.grid_row[0] - 1, column, 0x252c, STYLE_RULE, 0);
        for (int row = at.grid_row[0]; row < at.time_row; row++)
            canvas_put(canvas, row, column, 0x2502, STYLE_RULE, 0);
        canvas_put(canvas, at.events_row[0] - 1, column, 0x253c, STYLE_RULE, 0);
    }
    map_time_draw(&scene->now, canvas, at.time_row, hits, time_hit);
    map_keys_draw(keymap, &scene->now, count, canvas, canvas->rows - 1, hits);
}
