// SPDX-License-Identifier: MIT
// The directory and the tables of a Swiss map.
//
//      000   001   01·         100   101   11·            labels: the top bits that a table's keys share
//     [ ▅ ] [ ▃ ] [▆▆▆▆▆··  ] [ ▂ ] [ ▄ ] [▇▇▇▇▇▇▇· ]     a wide box is one table in several places
#include "view/swiss_frame.h"

#include <stdio.h>
#include <string.h>

// --- How full a table is ---

static unsigned level_of(uint64_t used, uint64_t slots)
{
    uint64_t level = slots ? (used * 8 + slots - 1) / slots : 0;
    return level > 8 ? 8 : (unsigned)level;
}

// A cell that stands for a whole table, or for several.
static uint32_t cell_glyph(uint64_t used, uint64_t slots, uint64_t tombstones, enum style *style)
{
    *style = !slots                   ? STYLE_DIM
             : tombstones * 8 > slots ? STYLE_EMPTY_ONE // more than one slot of eight
                                      : STYLE_LIVE;
    return slots ? level_glyph(level_of(used, slots)) : '?';
}

// Live slots, tombstones and what is left, as cells side by side.
static void fill_draw(struct canvas *canvas, int row, int column, int cells,
                      const struct swiss_placed_table *table)
{
    uint64_t slots = table->capacity ? table->capacity : 1;
    int live = (int)((uint64_t)table->used * (uint64_t)cells / slots);
    int dead = (int)(((uint64_t)table->tombstones * (uint64_t)cells + slots / 2) / slots);
    live = live > cells ? cells : table->used && !live ? 1 : live;
    dead = table->tombstones && !dead ? 1 : dead;
    dead = dead > cells - live ? cells - live : dead;
    for (int i = 0; i < cells; i++) {
        bool is_live = i < live, is_dead = !is_live && i < live + dead;
        canvas_put(canvas, row, column + i,
                   is_live   ? 0x2588
                   : is_dead ? SWISS_TOMBSTONE
                             : 0xb7,
                   is_live   ? STYLE_LIVE
                   : is_dead ? STYLE_EMPTY_ONE
                             : STYLE_EMPTY,
                   0);
    }
}

// --- The directory ---

static bool is_touched(const struct swiss_painter *painter, const struct swiss_placed_table *table)
{
    const struct swiss_touch *touch = &painter->scene->map.touch;
    switch ((enum swiss_touch_kind)touch->kind) {
    case SWISS_TOUCH_SPLIT:
        return touch->place == table->first_place || touch->other_place == table->first_place;
    case SWISS_TOUCH_DIRECTORY:
        return true;
    case SWISS_TOUCH_NOTHING:
        return false;
    default:
        return touch->place == table->first_place;
    }
}

// Whether the view is at this table: by the place of the cursor.
static bool is_chosen(const struct swiss_painter *painter, uint64_t first, uint64_t places)
{
    return painter->view->place - first < (places ? places : 1);
}

// What all its keys' hashes begin with: "01·" of depth 2 in a directory of depth 3.
static void prefix_text(const struct swiss_placed_table *table, unsigned depth, char text[72])
{
    char *to = text;
    for (unsigned i = 0; i < depth && i < 20; i++) {
        unsigned bit = depth - 1 - i; // of the place; a hostile depth has more than there are
        if (i < table->local_depth)
            *to++ = bit < 64 && table->first_place >> bit & 1 ? '1' : '0';
        else
            to += sprintf(to, "·");
    }
    *to = '\0';
}

static void draw_box(const struct swiss_painter *painter, const struct swiss_placed_table *table, int row,
                     int column, int width, bool begins, bool ends)
{
    struct canvas *canvas = painter->canvas;
    enum style edge = table->in_doubt || table->change != SWISS_CALM ? STYLE_WARN : STYLE_RULE, style;
    int inner = width - 2;
    uint32_t code = cell_glyph(table->used, table->capacity, table->tombstones, &style);
    if (table->is_missing || table->in_doubt) {
        code = '?';
        style = STYLE_WARN;
    }
    canvas_put(canvas, row, column, begins ? '[' : 0x254c, edge, 0);
    canvas_put(canvas, row, column + width - 1, ends ? ']' : 0x254c, edge, 0);
    if (inner >= 4 && !table->is_missing)
        fill_draw(canvas, row, column + 1, inner, table);
    else
        canvas_put(canvas, row, column + width / 2, code, style, 0);
}

// One table in one cell a place: its glyph, then a dash for each further place.
static void draw_cells(const struct swiss_painter *painter, const struct swiss_placed_table *table, int row,
                       int column, int width, bool begins)
{
    enum style style;
    uint32_t code = cell_glyph(table->used, table->capacity, table->tombstones, &style);
    if (table->is_missing || table->in_doubt) {
        code = '?';
        style = STYLE_WARN;
    }
    for (int i = 0; i < width; i++)
        canvas_put(painter->canvas, row, column + i, i || !begins ? 0x254c : code,
                   i || !begins ? STYLE_RULE : style, 0);
}

static void draw_marks(const struct swiss_painter *painter, const struct swiss_placed_table *table, int row,
                       int column, int width)
{
    if (is_chosen(painter, table->first_place, table->places))
        canvas_mark(painter->canvas, row, column, width, MARK_SELECTED | (width < 3 ? MARK_REVERSE : 0));
    if (is_touched(painter, table)) { // of a box the edges: what is in it stays to be read
        canvas_mark(painter->canvas, row, column, 1, MARK_LIT);
        canvas_mark(painter->canvas, row, column + width - 1, 1, MARK_LIT);
    }
    hits_add(painter->hits, (struct hit){row, column, width, SWISS_HIT_TABLE, table->first_place, 0, 0});
}

static void draw_exact(const struct swiss_painter *painter, const struct swiss_dir_plan *plan, int row,
                       int rows, bool has_labels)
{
    const struct swiss_picture *map = &painter->scene->map;
    int left = 1 + plan->index_columns, lines = plan->lines;
    uint64_t a_line = (uint64_t)plan->places_a_line;
    for (size_t i = 0; i < map->tables_count; i++) {
        const struct swiss_placed_table *table = &map->tables[i];
        uint64_t end = table->first_place + (table->places ? table->places : 1);
        if (end > map->header.dir_length || end < table->first_place)
            end = map->header.dir_length;
        for (uint64_t at = table->first_place; at < end; at = (at / a_line + 1) * a_line) {
            uint64_t line = at / a_line, to = (line + 1) * a_line < end ? (line + 1) * a_line : end;
            if (line >= (uint64_t)lines || line >= (uint64_t)rows)
                break;
            int column = left + (int)(at % a_line) * plan->cell_columns;
            int width = (int)(to - at) * plan->cell_columns, y = row + (int)line + has_labels;
            if (plan->cell_columns > 1)
                draw_box(painter, table, y, column, width, at == table->first_place, to == end);
            else
                draw_cells(painter, table, y, column, width, at == table->first_place);
            draw_marks(painter, table, y, column, width);
            if (!has_labels)
                continue;
            char text[72];
            prefix_text(table, map->header.global_depth, text);
            if (canvas_text_width(text) >= width) // then at least which place it is
                snprintf(text, sizeof(text), "%llu", (unsigned long long)table->first_place);
            if (canvas_text_width(text) < width)
                canvas_text(painter->canvas, row, column + (width - canvas_text_width(text)) / 2, width,
                            is_chosen(painter, table->first_place, table->places) ? STYLE_STRONG
                                                                                  : STYLE_LABEL,
                            0, text);
        }
    }
}

static void draw_dense(const struct swiss_painter *painter, const struct swiss_dir_plan *plan, int row,
                       int rows)
{
    const struct swiss_picture *map = &painter->scene->map;
    for (size_t i = 0; i < map->dir_cells_count; i++) {
        const struct swiss_dir_cell *cell = &map->dir_cells[i];
        size_t line = i / (size_t)plan->places_a_line, place = i % (size_t)plan->places_a_line;
        int column = 1 + plan->index_columns + (int)place;
        enum style style;
        if (line >= (size_t)rows)
            break;
        uint32_t code = cell_glyph(cell->used, cell->slots, cell->tombstones, &style);
        canvas_put(painter->canvas, row + (int)line, column, cell->slots ? code : 0xb7, style, 0);
        if (painter->view->place - cell->first < cell->count)
            canvas_mark(painter->canvas, row + (int)line, column, 1, MARK_SELECTED | MARK_REVERSE);
        if (place == 0)
            canvas_print(painter->canvas, row + (int)line, 1, STYLE_LABEL, "%*llu", plan->index_columns - 1,
                         (unsigned long long)cell->first);
        hits_add(painter->hits, (struct hit){row + (int)line, column, 1, SWISS_HIT_TABLE, cell->first, 0, 0});
    }
}

static void directory_title(const struct swiss_painter *painter, const struct swiss_dir_plan *plan,
                            char *text, size_t size_bytes)
{
    const struct swiss_picture *map = &painter->scene->map;
    unsigned long long places = map->header.dir_length, tables = map->overview.tables;
    if (plan->is_density)
        snprintf(text, size_bytes, "directory: %llu places, %llu tables, about %llu places a cell", places,
                 tables,
                 (unsigned long long)(map->dir_cells_count
                                          ? (places + map->dir_cells_count - 1) / map->dir_cells_count
                                          : 0));
    else
        snprintf(text, size_bytes, "directory: %llu places, %llu tables%s", places, tables,
                 plan->cell_columns > 1 ? "; a wide box is one table in several places"
                                        : "; a glyph a place, ╌ the same table again");
}

void swiss_directory_draw(const struct swiss_painter *painter, int row, int rows)
{
    const struct swiss_frame *frame = painter->frame;
    bool is_strip = row == frame->dir_row && frame->dir_rows, has_labels = is_strip && frame->dir_has_labels;
    int lines = rows - has_labels;
    struct swiss_dir_plan plan =
        swiss_dir_plan_of(painter->scene->map.header.dir_length, lines, frame->grid_columns);
    char title[128];
    if (!painter->scene->map.header.dir_length) {
        canvas_text(painter->canvas, row + 1, 2, frame->grid_columns - 4, STYLE_DIM, 0,
                    "A small map has no directory: Z zooms in.");
        return;
    }
    directory_title(painter, &plan, title, sizeof(title));
    if (!is_strip || frame->dir_has_rule)
        canvas_rule(painter->canvas, row - 1, 0, frame->grid_columns, title);
    if (plan.is_density) {
        draw_dense(painter, &plan, row, lines);
        return;
    }
    for (int line = 0; line < plan.lines && line < lines && plan.index_columns; line++)
        canvas_print(painter->canvas, row + line + has_labels, 1, STYLE_LABEL, "%*d", plan.index_columns - 2,
                     line * plan.places_a_line);
    draw_exact(painter, &plan, row, lines, has_labels);
}

// --- The list ---

static const char *change_text(const struct swiss_placed_table *table)
{
    static const char *const texts[] = {[SWISS_CALM] = "",
                                        [SWISS_GREW] = "has grown",
                                        [SWISS_SPLIT] = "has split",
                                        [SWISS_PRUNED] = "was pruned",
                                        [SWISS_CLEARED] = "was cleared"};
    return table->is_missing                     ? "not readable"
           : table->in_doubt                     ? "in doubt: changed while it was read"
           : table->change < ARRAY_LENGTH(texts) ? texts[table->change]
                                                 : "";
}

enum { LIST_TABLE = 8, LIST_PLACES = 16, LIST_DEPTH = 7, LIST_NUMBER = 7 };

static void draw_table_row(const struct swiss_painter *painter, const struct swiss_placed_table *table,
                           int row)
{
    struct canvas *canvas = painter->canvas;
    const unsigned depth = painter->scene->map.header.global_depth;
    bool is_here = is_chosen(painter, table->first_place, table->places);
    enum style style = is_here ? STYLE_STRONG : STYLE_NORMAL;
    char text[96], prefix[72];
    int column = 1, columns = painter->frame->grid_columns;
    if (is_here)
        canvas_put(canvas, row, 0, 0x25b8, STYLE_STRONG, 0);
    prefix_text(table, depth, prefix);
    canvas_print(canvas, row, column, style, "%*llu", LIST_TABLE - 2, (unsigned long long)table->first_place);
    column += LIST_TABLE;
    if (depth <= LIST_PLACES - 2)
        snprintf(text, sizeof(text), "%s", prefix);
    else
        snprintf(text, sizeof(text), "%llu place%s", (unsigned long long)table->places,
                 table->places == 1 ? "" : "s");
    canvas_text(canvas, row, column, LIST_PLACES - 1, STYLE_MOVED_Y, 0, text);
    column += LIST_PLACES;
    canvas_print(canvas, row, column, style, "%*u", LIST_DEPTH - 2, table->local_depth);
    column += LIST_DEPTH;
    if (!table->is_missing) {
        column += canvas_print(canvas, row, column, style, "%*u%*u", LIST_NUMBER - 1, table->capacity,
                               LIST_NUMBER - 1, table->used);
        column += canvas_print(canvas, row, column, table->tombstones ? STYLE_EMPTY_ONE : STYLE_DIM, "%*u",
                               LIST_NUMBER - 1, table->tombstones);
        column += canvas_print(canvas, row, column, table->growth_left ? style : STYLE_WARN, "%*u  ",
                               LIST_NUMBER - 1, table->growth_left);
    }
    const char *change = change_text(table);
    int words = *change ? canvas_text_width(change) + 2 : 0, cells = columns - column - 1 - words;
    cells = cells > 64 ? 64 : cells;
    if (cells >= 8 && !table->is_missing)
        fill_draw(canvas, row, column, cells, table);
    canvas_text(canvas, row, column + (cells > 0 ? cells + 1 : 0), words, STYLE_WARN, 0, change);
    if (is_here)
        canvas_mark(canvas, row, 0, columns, MARK_SELECTED);
    if (is_touched(painter, table))
        canvas_mark(canvas, row, 1, LIST_TABLE - 2, MARK_LIT);
    hits_add(painter->hits, (struct hit){row, 0, columns, SWISS_HIT_TABLE, table->first_place, 0, 0});
}

void swiss_tables_draw(const struct swiss_painter *painter, int row, int rows)
{
    const struct swiss_picture *map = &painter->scene->map;
    size_t first = 0, room = (size_t)(rows > 0 ? rows : 0);
    canvas_rule(painter->canvas, row - 1, 0, painter->frame->grid_columns, "");
    canvas_text(painter->canvas, row - 1, 2, painter->frame->grid_columns - 4, STYLE_STRONG, 0,
                " table  hash begins     depth  slots  used     †  left ");
    if (!map->header.dir_length) {
        canvas_text(painter->canvas, row + 1, 2, painter->frame->grid_columns - 4, STYLE_DIM, 0,
                    "A small map has no tables: Z zooms in.");
        return;
    }
    for (size_t i = 0; i < map->tables_count; i++)
        if (is_chosen(painter, map->tables[i].first_place, map->tables[i].places) && i > room / 2)
            first = i - room / 2;
    if (map->tables_count > room && first > map->tables_count - room)
        first = map->tables_count - room;
    for (size_t i = first; i < map->tables_count && i - first < room; i++)
        draw_table_row(painter, &map->tables[i], row + (int)(i - first));
}
