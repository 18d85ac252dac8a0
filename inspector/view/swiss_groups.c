// SPDX-License-Identifier: MIT
// The groups of the chosen table, in all zooms; the group under the cursor, its bytes, a slot of it opened.
#include "view/swiss_frame.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)SWISS_SLOTS == (int)SLOTS_IN_ROW, "a row of slots is a group");

// --- What a slot says ---

static bool is_in_doubt(const struct swiss_group *group, size_t slot)
{
    return group->is_missing || group->in_doubt >> slot & 1;
}

static enum style slot_style(const struct swiss_group *group, size_t slot)
{
    uint8_t control = group->control[slot];
    return is_in_doubt(group, slot)        ? STYLE_WARN
           : swiss_is_live(control)        ? STYLE_LIVE
           : control == SWISS_MARK_DELETED ? STYLE_EMPTY_ONE
           : control == SWISS_MARK_EMPTY   ? STYLE_EMPTY
                                           : STYLE_HOLE; // no such control byte exists
}

static uint32_t slot_glyph(const struct swiss_group *group, size_t slot)
{
    uint8_t control = group->control[slot];
    return is_in_doubt(group, slot)        ? '?'
           : swiss_is_live(control)        ? 0x25aa
           : control == SWISS_MARK_DELETED ? SWISS_TOMBSTONE
           : control == SWISS_MARK_EMPTY   ? 0xb7
                                           : '!';
}

// Two cells
static void slot_text(const struct swiss_group *group, size_t slot, char text[8])
{
    uint8_t control = group->control[slot];
    if (is_in_doubt(group, slot))
        snprintf(text, 8, "??");
    else if (control == SWISS_MARK_EMPTY)
        snprintf(text, 8, "··");
    else if (control == SWISS_MARK_DELETED)
        snprintf(text, 8, "††");
    else
        snprintf(text, 8, "%02x", control);
}

// --- What the latest event touched ---

static bool touches_slot(const struct swiss_painter *painter, const struct swiss_group *group, size_t slot)
{
    const struct swiss_touch *touch = &painter->scene->map.touch;
    return touch->kind == SWISS_TOUCH_GROUPS && touch->has_slot && touch->slot == slot &&
           touch->place == painter->view->table && touch->group == group->index;
}

// Groups that the search went through.
static bool is_on_path(const struct swiss_painter *painter, const struct swiss_group *group)
{
    enum { PROBES_SHOWN = 64 };
    const struct swiss_touch *touch = &painter->scene->map.touch;
    uint64_t mask = painter->view->groups ? painter->view->groups - 1 : 0;
    if (touch->kind != SWISS_TOUCH_GROUPS || touch->place != painter->view->table)
        return false;
    for (uint64_t i = 0; i < touch->probes && i < PROBES_SHOWN; i++)
        if (((touch->first_group + i * (i + 1) / 2) & mask) == group->index)
            return true;
    return false;
}

// --- Groups as slots and as glyphs ---

static void draw_slots(const struct swiss_painter *painter, int row, int column,
                       const struct swiss_group *group)
{
    struct slot_look looks[SWISS_SLOTS];
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++) {
        slot_text(group, slot, looks[slot].text);
        looks[slot].style = slot_style(group, slot);
        looks[slot].is_lit = touches_slot(painter, group, slot);
    }
    map_slots_draw(painter->canvas, row, column, looks, STYLE_RULE, is_on_path(painter, group));
}

static void draw_glyphs(const struct swiss_painter *painter, int row, int column,
                        const struct swiss_group *group)
{
    unsigned path = is_on_path(painter, group) ? MARK_PATH : 0;
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
        canvas_put(painter->canvas, row, column + (int)slot, slot_glyph(group, slot), slot_style(group, slot),
                   path | (touches_slot(painter, group, slot) ? MARK_LIT : 0u));
}

// "▸ 12 ": the cursor and a group's number
static void draw_number(const struct swiss_painter *painter, int row, int column, uint64_t index)
{
    int width = painter->plan.index_columns;
    bool is_here = index == painter->view->group;
    canvas_print(painter->canvas, row, column + 1, is_here ? STYLE_STRONG : STYLE_LABEL, "%*llu", width,
                 (unsigned long long)index);
    if (!is_here)
        return;
    canvas_put(painter->canvas, row, column, 0x25b8, STYLE_STRONG, 0);
    canvas_mark(painter->canvas, row, column, width + 1, MARK_SELECTED);
}

static void add_hit(const struct swiss_painter *painter, int row, int column, int columns, uint64_t index)
{
    hits_add(painter->hits, (struct hit){row, column, columns, SWISS_HIT_GROUP, index, 0, 0});
}

// The live entries of a group, as many as there is room for.
static void draw_beside(const struct swiss_painter *painter, int row, const struct swiss_group *group,
                        const struct swiss_entry *entries)
{
    int column = painter->plan.beside, end = painter->frame->grid_columns - 1;
    for (size_t slot = 0; slot < SWISS_SLOTS && column < end; slot++) {
        char pair[2 * PICTURE_TEXT_BYTES + 2];
        bool is_lit = touches_slot(painter, group, slot);
        if (!swiss_is_live(group->control[slot]) || group->is_missing)
            continue;
        snprintf(pair, sizeof(pair), *entries[slot].elem ? "%s=%s" : "%s", entries[slot].key,
                 entries[slot].elem);
        column += canvas_text(painter->canvas, row, column, end - column,
                              is_in_doubt(group, slot) ? STYLE_WARN
                              : is_lit                 ? STYLE_STRONG
                                                       : STYLE_LABEL,
                              is_lit ? MARK_LIT : 0u, pair) +
                  2;
    }
}

static void draw_many(const struct swiss_painter *painter, int row)
{
    const struct swiss_picture *map = &painter->scene->map;
    const struct swiss_grid_plan *plan = &painter->plan;
    bool is_glyphs = painter->view->zoom == SWISS_ZOOM_GLYPHS;
    int start = 1 + plan->index_columns + 1;
    for (size_t i = 0; i < map->groups_count; i++) {
        const struct swiss_group *group = &map->groups[i];
        uint64_t at = group->index - painter->view->screen.first;
        if (at >= (uint64_t)plan->rows * (uint64_t)plan->columns)
            continue;
        int line, column;
        if (is_glyphs) { // along the rows
            line = row + (int)at / plan->columns;
            column = start + (int)at % plan->columns * plan->column_cells;
            draw_glyphs(painter, line, column, group);
            if (group->index == painter->view->group) {
                canvas_mark(painter->canvas, line, column, SWISS_SLOTS, MARK_SELECTED);
                canvas_put(painter->canvas, line, column - 1, 0x25b8, STYLE_STRONG, 0);
            }
            if (at % (uint64_t)plan->columns == 0)
                canvas_print(painter->canvas, line, 0, STYLE_LABEL, "%*llu", plan->index_columns,
                             (unsigned long long)group->index);
        } else { // down the columns
            line = row + (int)at % plan->rows;
            column = (int)at / plan->rows * plan->column_cells;
            draw_number(painter, line, column, group->index);
            draw_slots(painter, line, column + start, group);
            if (plan->beside && map->entries)
                draw_beside(painter, line, group, &map->entries[i * SWISS_SLOTS]);
        }
        add_hit(painter, line, column, is_glyphs ? SWISS_SLOTS : start + SLOTS_CELLS, group->index);
    }
}

// --- Entries ---

// "3f key=value", eight of a group in lines of `columns`.
static void draw_entry(const struct swiss_painter *painter, const struct swiss_group *group,
                       const struct swiss_entry *entry, size_t slot, int row, int column, int width)
{
    char text[8], pair[2 * PICTURE_TEXT_BYTES + 2];
    bool is_lit = touches_slot(painter, group, slot);
    bool is_open = painter->view->screen.is_open && painter->view->slot == slot;
    unsigned marks = is_lit ? MARK_LIT : 0;
    slot_text(group, slot, text);
    canvas_put(painter->canvas, row, column, is_lit ? '[' : 0x2502, is_lit ? STYLE_STRONG : STYLE_RULE, 0);
    canvas_text(painter->canvas, row, column + 1, 2, slot_style(group, slot), marks, text);
    if (swiss_is_live(group->control[slot]) && !group->is_missing) {
        snprintf(pair, sizeof(pair), *entry->elem ? "%s=%s" : "%s", entry->key, entry->elem);
        int taken = canvas_text(painter->canvas, row, column + 4, width - 5,
                                is_in_doubt(group, slot) ? STYLE_WARN
                                : is_lit                 ? STYLE_STRONG
                                                         : STYLE_NORMAL,
                                marks, pair);
        if (is_lit)
            canvas_put(painter->canvas, row, column + 4 + taken, ']', STYLE_STRONG, 0);
    }
    if (is_lit && !swiss_is_live(group->control[slot]))
        canvas_put(painter->canvas, row, column + 3, ']', STYLE_STRONG, 0);
    if (is_open)
        canvas_mark(painter->canvas, row, column + 1, width - 1, MARK_SELECTED);
    hits_add(painter->hits, (struct hit){row, column, width, SWISS_HIT_SLOT, slot, 0, 0});
}

static void draw_all_entries(const struct swiss_painter *painter, int row)
{
    const struct swiss_picture *map = &painter->scene->map;
    const struct swiss_grid_plan *plan = &painter->plan;
    int start = 1 + plan->index_columns + 1;
    for (size_t i = 0; i < map->groups_count && map->entries; i++) {
        const struct swiss_group *group = &map->groups[i];
        uint64_t at = group->index - painter->view->screen.first;
        if (at >= painter->view->screen.page)
            continue;
        int line = row + (int)at * plan->lines;
        draw_number(painter, line, 0, group->index);
        for (size_t slot = 0; slot < SWISS_SLOTS; slot++) {
            int below = (int)slot / plan->columns, beside = (int)slot % plan->columns;
            draw_entry(painter, group, &map->entries[i * SWISS_SLOTS + slot], slot, line + below,
                       start + beside * plan->column_cells, plan->column_cells);
        }
        for (int k = 0; k < plan->lines; k++)
            add_hit(painter, line + k, 0, start, group->index);
    }
}

// The group under the cursor.
static void draw_cursor(const struct swiss_painter *painter)
{
    const struct swiss_picture *map = &painter->scene->map;
    const struct swiss_frame *frame = painter->frame;
    const struct swiss_group *group = &map->cursor;
    int a_line = SWISS_SLOTS / frame->slots_rows, width = (frame->grid_columns - 1) / a_line;
    char title[128];
    snprintf(title, sizeof(title), "group %llu @0x%llx   h2 key=value", (unsigned long long)group->index,
             (unsigned long long)group->address);
    canvas_rule(painter->canvas, frame->slots_row - 1, 0, frame->grid_columns, title);
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
        draw_entry(painter, group, &map->cursor_entries[slot], slot, frame->slots_row + (int)slot / a_line,
                   (int)slot % a_line * width, width);
}

// --- All groups, a glyph each ---

static void draw_strip(const struct swiss_painter *painter, int row)
{
    const struct swiss_picture *map = &painter->scene->map;
    int start = 1 + painter->plan.index_columns + 1, room = painter->frame->grid_columns - start - 1;
    size_t each = 1;
    while (map->groups_count / each > (size_t)(room > 1 ? room : 1))
        each *= 2;
    for (size_t i = 0; i * each < map->groups_count; i++) {
        unsigned live = 0, dead = 0, doubt = 0, slots = 0;
        const struct swiss_group *first = &map->groups[i * each];
        bool is_path = false;
        for (size_t k = i * each; k < (i + 1) * each && k < map->groups_count; k++) {
            is_path |= is_on_path(painter, &map->groups[k]);
            for (size_t slot = 0; slot < SWISS_SLOTS; slot++, slots++) {
                live += swiss_is_live(map->groups[k].control[slot]);
                dead += map->groups[k].control[slot] == SWISS_MARK_DELETED;
                doubt += is_in_doubt(&map->groups[k], slot);
            }
        }
        enum style style = doubt           ? STYLE_WARN
                           : dead          ? STYLE_EMPTY_ONE
                           : live == slots ? STYLE_OVERFLOW
                                           : STYLE_LIVE;
        int column = start + (int)i;
        canvas_put(painter->canvas, row, column,
                   doubt              ? '?'
                   : dead * 4 > slots ? SWISS_TOMBSTONE
                                      : level_glyph((live * 8 + slots - 1) / slots),
                   style, is_path ? MARK_LIT : 0);
        if (painter->view->group - first->index < each)
            canvas_mark(painter->canvas, row, column, 1, MARK_SELECTED | MARK_REVERSE);
        else if (first->index - painter->view->screen.first < painter->view->screen.page)
            canvas_mark(painter->canvas, row, column, 1, MARK_SELECTED);
        add_hit(painter, row, column, 1, first->index);
    }
}

// --- All ---

static void groups_title(const struct swiss_painter *painter, char *text, size_t size_bytes)
{
    static const char *const zooms[] = {"entries", "slots", "glyphs"};
    const struct swiss_placed_table *table = &painter->scene->map.chosen;
    const struct swiss_view *view = painter->view;
    unsigned long long first = view->screen.first, groups = view->groups;
    unsigned long long last = first + view->screen.page < groups ? first + view->screen.page : groups;
    char name[96] = "the only group";
    if (table->is_missing)
        snprintf(name, sizeof(name), "table %llu: not readable", (unsigned long long)table->first_place);
    else if (painter->scene->map.header.dir_length)
        snprintf(name, sizeof(name), "table %llu: depth %u, used %u, left %u, † %u%s",
                 (unsigned long long)table->first_place, table->local_depth, table->used, table->growth_left,
                 table->tombstones, table->in_doubt ? ", in doubt" : "");
    if (groups == 1 && !painter->scene->map.header.dir_length)
        snprintf(text, size_bytes, "%s: %s", name, zooms[view->zoom]);
    else
        snprintf(text, size_bytes, "%s   %s: groups %llu to %llu of %llu", name, zooms[view->zoom], first,
                 last ? last - 1 : 0, groups);
}

void swiss_groups_draw(const struct swiss_painter *painter)
{
    const struct swiss_frame *frame = painter->frame;
    char title[192];
    int row = frame->grid_row;
    groups_title(painter, title, sizeof(title));
    canvas_rule(painter->canvas, row - 1, 0, frame->grid_columns, title);
    if (frame->strip_rows)
        draw_strip(painter, row++);
    if (painter->view->zoom == SWISS_ZOOM_ENTRIES)
        draw_all_entries(painter, row);
    else
        draw_many(painter, row);
    if (frame->slots_rows)
        draw_cursor(painter);
}

// --- The group's bytes ---

enum { A_ROW = 8, BYTE_CELLS = 3, OFFSET_CELLS = 5, COLUMN_LEAST = 39 };

// What begins at an offset of the group, in a word or two; "" in the middle of something.
static enum style part_text(const struct swiss_group_bytes *bytes, const struct swiss_entry *entries,
                            size_t offset, char *text, size_t size_bytes)
{
    *text = '\0';
    if (offset < SWISS_SLOTS) {
        snprintf(text, size_bytes, "%s", offset ? "" : "control bytes");
        return STYLE_TOPHASH;
    }
    size_t slot = bytes->slot_bytes ? (offset - SWISS_SLOTS) / bytes->slot_bytes : SWISS_SLOTS;
    size_t within = bytes->slot_bytes ? (offset - SWISS_SLOTS) % bytes->slot_bytes : 0;
    if (slot >= SWISS_SLOTS)
        return STYLE_HOLE;
    bool is_live = swiss_is_live(bytes->bytes[slot]);
    if (within < bytes->key_bytes) {
        if (!within)
            snprintf(text, size_bytes, "k%zu %s", slot, is_live ? entries[slot].key : "");
        return is_live ? STYLE_FIELD_A : STYLE_EMPTY;
    }
    if (within >= bytes->elem_offset && within - bytes->elem_offset < bytes->elem_bytes) {
        if (within == bytes->elem_offset)
            snprintf(text, size_bytes, "e%zu %s", slot, is_live ? entries[slot].elem : "");
        return is_live ? STYLE_FIELD_B : STYLE_EMPTY;
    }
    bool begins = within == bytes->key_bytes || within == bytes->elem_offset + bytes->elem_bytes;
    snprintf(text, size_bytes, "%s", begins ? "padding" : "");
    return STYLE_HOLE;
}

// A row of bytes; behind it the parts that begin in it.
static void draw_byte_row(const struct swiss_painter *painter, size_t offset, int row, int column, int width)
{
    const struct swiss_group_bytes *bytes = &painter->scene->map.group_bytes;
    int words = column + OFFSET_CELLS + A_ROW * BYTE_CELLS + 1, end = column + width - 1;
    canvas_print(painter->canvas, row, column, STYLE_DIM, "%4zu", offset);
    for (size_t i = 0; i < A_ROW && offset + i < bytes->size_bytes; i++) {
        char text[64];
        enum style style =
            part_text(bytes, painter->scene->map.cursor_entries, offset + i, text, sizeof(text));
        int at = column + OFFSET_CELLS + (int)i * BYTE_CELLS;
        if (*text)
            canvas_put(painter->canvas, row, at - 1, 0x2502, STYLE_RULE, 0);
        canvas_print(painter->canvas, row, at, style, "%02x", bytes->bytes[offset + i]);
        if (*text && words < end)
            words += canvas_text(painter->canvas, row, words, end - words,
                                 style == STYLE_EMPTY ? STYLE_DIM : style, 0, text) +
                     1;
    }
}

void swiss_group_bytes_draw(const struct swiss_painter *painter)
{
    const struct swiss_group_bytes *bytes = &painter->scene->map.group_bytes;
    const struct swiss_frame *frame = painter->frame;
    char title[128];
    snprintf(title, sizeof(title), "group %llu @0x%llx  %u bytes   x closes",
             (unsigned long long)painter->scene->map.cursor.index, (unsigned long long)bytes->address,
             bytes->whole_bytes);
    canvas_rule(painter->canvas, frame->grid_row - 1, 0, frame->grid_columns, title);
    if (!bytes->size_bytes || frame->grid_rows < 1)
        return;
    int needed = (int)((bytes->size_bytes + A_ROW - 1) / A_ROW);
    int columns = frame->grid_columns / COLUMN_LEAST,
        wanted = (needed + frame->grid_rows - 1) / frame->grid_rows;
    columns = columns > wanted ? wanted : columns < 1 ? 1 : columns;
    int rows = (needed + columns - 1) / columns, width = frame->grid_columns / columns;
    rows = rows > frame->grid_rows ? frame->grid_rows : rows;
    for (int i = 0; i < needed && i < rows * columns; i++)
        draw_byte_row(painter, (size_t)i * A_ROW, frame->grid_row + i % rows, i / rows * width, width);
    if (needed > rows * columns)
        canvas_print(painter->canvas, frame->grid_row - 1, frame->grid_columns - 24, STYLE_WARN,
                     " %d bytes more below ", (int)bytes->size_bytes - rows * columns * A_ROW);
}
