// SPDX-License-Identifier: MIT
// The buckets, in all zooms.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

struct painter {
    struct hmap_view *view;
    const struct hmap_scene *scene;
    const struct hmap_frame *frame;
    struct canvas *canvas;
    struct hits *hits;
    struct hmap_grid_plan plan;
    uint64_t shown_first; // bucket at the top, once it is drawn
};

// --- What a slot says ---

static enum style slot_style(uint8_t tophash)
{
    static const uint8_t styles[] = {
        [CLASSIC_EMPTY_REST] = STYLE_EMPTY,        [CLASSIC_EMPTY_ONE] = STYLE_EMPTY_ONE,
        [CLASSIC_MOVED_X] = STYLE_MOVED_X,         [CLASSIC_MOVED_Y] = STYLE_MOVED_Y,
        [CLASSIC_MOVED_EMPTY] = STYLE_MOVED_EMPTY, [CLASSIC_LIVE] = STYLE_LIVE};
    return (enum style)styles[classic_mark_of(tophash)];
}

static bool is_in_doubt(const struct classic_bucket *bucket, size_t slot)
{
    return bucket->in_doubt >> slot & 1;
}

static uint32_t slot_glyph(const struct classic_bucket *bucket, size_t slot)
{
    static const uint16_t glyphs[] = {
        [CLASSIC_EMPTY_REST] = 0xb7, [CLASSIC_EMPTY_ONE] = '_',   [CLASSIC_MOVED_X] = 'x',
        [CLASSIC_MOVED_Y] = 'y',     [CLASSIC_MOVED_EMPTY] = '-', [CLASSIC_LIVE] = 0x25aa};
    return is_in_doubt(bucket, slot) ? '?' : glyphs[classic_mark_of(bucket->tophash[slot])];
}

// Two cells
static void slot_text(const struct classic_bucket *bucket, size_t slot, char text[8])
{
    static const char *const texts[] = {[CLASSIC_EMPTY_REST] = "··",
                                        [CLASSIC_EMPTY_ONE] = "__",
                                        [CLASSIC_MOVED_X] = "→X",
                                        [CLASSIC_MOVED_Y] = "→Y",
                                        [CLASSIC_MOVED_EMPTY] = "--"};
    uint8_t tophash = bucket->tophash[slot];
    if (is_in_doubt(bucket, slot))
        snprintf(text, 8, "??");
    else if (classic_is_live(tophash))
        snprintf(text, 8, "%02x", tophash);
    else
        snprintf(text, 8, "%s", texts[classic_mark_of(tophash)]);
}

// --- What the latest event touched ---

static bool touches_slot(const struct hmap_scene *scene, const struct classic_bucket *bucket, size_t slot)
{
    const struct classic_touch *touch = &scene->map.touch;
    uint64_t old_buckets = scene->map.header.old_buckets;
    if (touch->kind == TOUCH_MOVE) // all that lives where it moved to has just come
        return classic_is_live(bucket->tophash[slot]) && old_buckets && bucket->address != touch->address &&
               !bucket->is_evacuated && (bucket->index & (old_buckets - 1)) == touch->bucket;
    return touch->has_slot && touch->address == bucket->address && touch->slot == slot;
}

// Buckets that the event went through: of a search, the chain up to where it ended.
static bool is_on_path(const struct hmap_scene *scene, const struct classic_bucket *bucket, bool is_old)
{
    const struct classic_touch *touch = &scene->map.touch;
    switch (touch->kind) {
    case TOUCH_CHAIN:
        return touch->in_old == is_old && touch->bucket == bucket->index && bucket->chain <= touch->chain;
    case TOUCH_MOVE:
        return is_old && touch->bucket == bucket->index;
    case TOUCH_BUCKET:
        return touch->address == bucket->address;
    case TOUCH_NOTHING:
        break;
    }
    return false;
}

static enum style bucket_slot_style(const struct painter *painter, const struct classic_bucket *bucket,
                                    size_t slot, bool is_old)
{
    const struct classic_header *header = &painter->scene->map.header;
    enum style style = slot_style(bucket->tophash[slot]);
    if (is_in_doubt(bucket, slot))
        return STYLE_WARN;
    if (style == STYLE_LIVE && !is_old && header->is_growing && !header->is_same_size)
        return bucket->index < header->old_buckets ? STYLE_MOVED_X : STYLE_MOVED_Y;
    return style;
}

// --- A bucket as slots ---

static void draw_slots(struct painter *painter, int row, int column, const struct classic_bucket *bucket,
                       bool is_old)
{
    struct slot_look looks[CLASSIC_SLOTS];
    for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
        slot_text(bucket, slot, looks[slot].text);
        looks[slot].style = bucket_slot_style(painter, bucket, slot, is_old);
        looks[slot].is_lit = touches_slot(painter->scene, bucket, slot);
    }
    map_slots_draw(painter->canvas, row, column, looks, bucket->chain ? STYLE_OVERFLOW : STYLE_RULE,
                   is_on_path(painter->scene, bucket, is_old));
}

static void draw_glyphs(struct painter *painter, int row, int column, const struct classic_bucket *bucket,
                        bool is_old)
{
    unsigned path = is_on_path(painter->scene, bucket, is_old) ? MARK_PATH : 0;
    for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
        bool is_lit = touches_slot(painter->scene, bucket, slot);
        canvas_put(painter->canvas, row, column + (int)slot, slot_glyph(bucket, slot),
                   bucket_slot_style(painter, bucket, slot, is_old), path | (is_lit ? MARK_LIT : 0u));
    }
}

// "▸ 12 ": the cursor and a bucket's number
static void draw_number(struct painter *painter, int row, int column, uint64_t index, bool is_old,
                        enum style style)
{
    const struct hmap_view *view = painter->view;
    bool is_selected = !is_old && index == view->selected;
    if (is_selected)
        canvas_put(painter->canvas, row, column, 0x25b8, STYLE_STRONG, 0);
    canvas_print(painter->canvas, row, column + 1, is_selected ? STYLE_STRONG : style, "%*llu",
                 painter->plan.index_columns, (unsigned long long)index);
    if (is_selected)
        canvas_mark(painter->canvas, row, column, painter->plan.index_columns + 1, MARK_SELECTED);
}

static void add_hit(struct painter *painter, int row, int column, int columns, bool is_old, uint64_t index)
{
    hits_add(painter->hits,
             (struct hit){row, column, columns, is_old ? HMAP_HIT_OLD_BUCKET : HMAP_HIT_BUCKET, index, 0, 0});
}

// The buckets of one chain in a window: those from *at on with the same index. Moves *at behind them.
struct chain {
    const struct classic_bucket *buckets;
    const struct classic_entry *entries;
    size_t length;
};

static struct chain next_chain(const struct classic_window *window, size_t *at)
{
    struct chain chain = {.buckets = window->buckets + *at,
                          .entries = window->entries ? window->entries + *at * CLASSIC_SLOTS : NULL};
    while (*at < window->length && window->buckets[*at].index == chain.buckets->index) {
        chain.length++;
        ++*at;
    }
    return chain;
}

// --- Chains take rows ---

// Where drawing begins in the windows.
struct start {
    size_t old, lower, upper;
};

// Rows of one chain of the present array: at rest with its overflow buckets behind it, else below.
static size_t chain_rows(const struct painter *painter, size_t length)
{
    const struct hmap_grid_plan *plan = &painter->plan;
    if (plan->zoom == ZOOM_ENTRIES)
        return length * (CLASSIC_SLOTS / (size_t)plan->columns);
    if (plan->is_split)
        return length;
    size_t links = plan->links > 0 ? (size_t)plan->links : length;
    size_t rows = links ? (length - 1 + links - 1) / links : 1;
    return rows ? rows : 1;
}

// Moves *at behind the next bucket with what belongs to it. Returns the rows it takes.
static size_t pass_one(const struct painter *painter, struct start *at, uint64_t *index)
{
    const struct classic_window *windows = painter->scene->map.windows;
    bool is_entries = painter->plan.zoom == ZOOM_ENTRIES, is_narrow = painter->plan.is_narrow;
    size_t rows = 0, more;
    *index = UINT64_MAX;
    if (at->old < windows[CLASSIC_OLD].length && (painter->plan.is_split || is_entries)) {
        struct chain old = next_chain(&windows[CLASSIC_OLD], &at->old);
        *index = old.buckets->index;
        more = is_narrow ? 1 : chain_rows(painter, old.length);
        rows = is_entries && old.buckets->is_evacuated ? 0 : more;
    }
    if (at->lower < windows[CLASSIC_NEW].length) {
        struct chain lower = next_chain(&windows[CLASSIC_NEW], &at->lower);
        *index = lower.buckets->index;
        more = chain_rows(painter, lower.length);
        rows = is_entries ? rows + more : more > rows ? more : rows;
    }
    if (painter->plan.is_split && at->upper < windows[CLASSIC_UPPER].length) {
        more = chain_rows(painter, next_chain(&windows[CLASSIC_UPPER], &at->upper).length);
        rows = more > rows ? more : rows;
    }
    return rows;
}

// What is followed is in sight: as many are passed at the top as chains above it take its rows away.
static struct start start_of(const struct painter *painter)
{
    const struct hmap_view *view = painter->view;
    const struct classic_window *windows = painter->scene->map.windows;
    struct start first = {0}, at = {0};
    uint64_t wanted = view->buckets ? view->selected & (view->buckets - 1) : 0, index = 0, ignored;
    size_t rows = 0, room = (size_t)(painter->frame->grid_rows > 0 ? painter->frame->grid_rows : 0);
    bool is_one_column = painter->plan.columns == 1 || painter->plan.zoom == ZOOM_ENTRIES;
    if (!view->screen.follows || !is_one_column)
        return first;
    do {
        if (at.lower >= windows[CLASSIC_NEW].length)
            return (struct start){0}; // it is not in the window
        rows += pass_one(painter, &at, &index);
    } while (index != wanted);
    while (rows > room) {
        struct start next = first;
        size_t gone = pass_one(painter, &next, &ignored);
        if (ignored == wanted)
            break;
        rows -= gone;
        first = next;
    }
    return first;
}

// --- Slots, the map at rest: a bucket a row, its chain behind it ---

static int draw_chain(struct painter *painter, int row, int column, const struct chain *chain, int rows_left)
{
    int links = painter->plan.links;
    int start = column + 1 + painter->plan.index_columns + 1;
    draw_number(painter, row, column, chain->buckets->index, false, STYLE_LABEL);
    draw_slots(painter, row, start, &chain->buckets[0], false);
    int rows = 1;
    if (!links && chain->length > 1) {
        canvas_print(painter->canvas, row, start + BUCKET_CELLS, STYLE_OVERFLOW, "+%zu", chain->length - 1);
        return rows;
    }
    int at = 0;
    for (size_t i = 1; i < chain->length; i++) {
        if (at == links) { // the chain goes on in the next row
            if (rows == rows_left) {
                canvas_print(painter->canvas, row + rows - 1,
                             start + BUCKET_CELLS + links * (LINK_CELLS + BUCKET_CELLS), STYLE_OVERFLOW,
                             "+%zu", chain->length - i);
                break;
            }
            rows++;
            at = 0;
        }
        int place = start + BUCKET_CELLS + at * (LINK_CELLS + BUCKET_CELLS);
        canvas_text(painter->canvas, row + rows - 1, place, LINK_CELLS, STYLE_OVERFLOW, 0, "──▶");
        draw_slots(painter, row + rows - 1, place + LINK_CELLS, &chain->buckets[i], false);
        at++;
    }
    return rows;
}

// The entries of the buckets of a chain that are in this row, as many as there is room for.
static void draw_beside(struct painter *painter, int row, const struct chain *chain, size_t first,
                        size_t count)
{
    int column = painter->plan.beside, end = painter->frame->grid_columns - 1;
    for (size_t i = first; i < first + count && i < chain->length && chain->entries; i++)
        for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
            const struct classic_bucket *bucket = &chain->buckets[i];
            const struct classic_entry *pair = &chain->entries[i * CLASSIC_SLOTS + slot];
            char entry[2 * PICTURE_TEXT_BYTES + 2];
            if (!classic_is_live(bucket->tophash[slot]) || column >= end)
                continue;
            bool is_lit = touches_slot(painter->scene, bucket, slot);
            snprintf(entry, sizeof(entry), "%s=%s", pair->key, pair->elem);
            column += canvas_text(painter->canvas, row, column, end - column,
                                  is_lit ? STYLE_STRONG : STYLE_LABEL, is_lit ? MARK_LIT : 0u, entry) +
                      2;
        }
}

// Returns the rows it took.
static int draw_resting(struct painter *painter)
{
    const struct classic_window *window = &painter->scene->map.windows[CLASSIC_NEW];
    const struct hmap_frame *frame = painter->frame;
    int row = 0, column = 0, most = 0;
    size_t at = start_of(painter).lower;
    uint64_t drawn = 0;
    while (at < window->length) {
        if (row >= frame->grid_rows) {
            row = 0;
            if (++column == painter->plan.columns)
                break;
        }
        struct chain chain = next_chain(window, &at);
        if (!drawn)
            painter->shown_first = chain.buckets->index;
        int left = column * painter->plan.column_cells;
        int rows = draw_chain(painter, frame->grid_row + row, left, &chain, frame->grid_rows - row);
        size_t links = (size_t)painter->plan.links;
        for (int i = 0; i < rows && painter->plan.beside; i++) // each row has `links` more of the chain
            draw_beside(painter, frame->grid_row + row + i, &chain, i ? 1 + (size_t)i * links : 0,
                        i ? links : 1 + links);
        for (int i = 0; i < rows; i++)
            add_hit(painter, frame->grid_row + row + i, left, painter->plan.column_cells, false,
                    chain.buckets->index);
        row += rows;
        most = row > most ? row : most;
        drawn++;
    }
    if (drawn)
        painter->view->screen.page = drawn;
    return most;
}

// --- Slots, the map growing: old ─► X, Y ---

struct bucket_group {
    struct chain old, lower, upper;
};

static size_t group_rows(const struct bucket_group *group, bool is_narrow)
{
    size_t rows = is_narrow ? 1 : group->old.length;
    if (group->lower.length > rows)
        rows = group->lower.length;
    return group->upper.length > rows ? group->upper.length : rows;
}

static void draw_side(struct painter *painter, int row, int column, const struct chain *chain, bool is_old,
                      size_t rows)
{
    if (!chain->length)
        return;
    enum style style = is_old                                                           ? STYLE_LABEL
                       : chain->buckets->index < painter->scene->map.header.old_buckets ? STYLE_MOVED_X
                                                                                        : STYLE_MOVED_Y;
    int start = column + 1 + painter->plan.index_columns + 1;
    bool is_narrow = is_old && painter->plan.is_narrow;
    draw_number(painter, row, column, chain->buckets->index, is_old, style);
    if (is_narrow) {
        draw_glyphs(painter, row, start, chain->buckets, is_old);
        if (chain->length > 1)
            canvas_print(painter->canvas, row, start + CLASSIC_SLOTS, STYLE_OVERFLOW, "+%zu",
                         chain->length - 1);
    }
    for (size_t i = 0; i < chain->length && i < rows && !is_narrow; i++) {
        draw_slots(painter, row + (int)i, start, &chain->buckets[i], is_old);
        if (i)
            canvas_text(painter->canvas, row + (int)i, start - 2, 2, STYLE_OVERFLOW, 0, "└▶");
    }
    int width = start - column + (is_narrow ? CLASSIC_SLOTS : BUCKET_CELLS);
    for (size_t i = 0; i < rows; i++)
        add_hit(painter, row + (int)i, column, width, is_old, chain->buckets->index);
}

// Returns the rows it took.
static int draw_split(struct painter *painter)
{
    const struct hmap_scene *scene = painter->scene;
    const struct hmap_frame *frame = painter->frame;
    const struct hmap_grid_plan *plan = &painter->plan;
    struct start start = start_of(painter);
    size_t at_old = start.old, at_lower = start.lower, at_upper = start.upper;
    int cursor_and_index = 1 + plan->index_columns + 1, row = 0;
    int old_cells = cursor_and_index + (plan->is_narrow ? GLYPH_CELLS + 1 : BUCKET_CELLS);
    int lower_column = old_cells + 2, upper_column = lower_column + cursor_and_index + BUCKET_CELLS + 1;
    uint64_t drawn = 0;
    while (at_old < scene->map.windows[CLASSIC_OLD].length && row < frame->grid_rows) {
        struct bucket_group group = {.old = next_chain(&scene->map.windows[CLASSIC_OLD], &at_old)};
        if (at_lower < scene->map.windows[CLASSIC_NEW].length)
            group.lower = next_chain(&scene->map.windows[CLASSIC_NEW], &at_lower);
        if (at_upper < scene->map.windows[CLASSIC_UPPER].length)
            group.upper = next_chain(&scene->map.windows[CLASSIC_UPPER], &at_upper);
        size_t rows = group_rows(&group, plan->is_narrow);
        if (rows > (size_t)(frame->grid_rows - row))
            rows = (size_t)(frame->grid_rows - row);
        int top = frame->grid_row + row;
        bool is_next = group.old.buckets->index == scene->map.header.nevacuate;
        draw_side(painter, top, 0, &group.old, true, rows);
        draw_side(painter, top, lower_column, &group.lower, false, rows);
        draw_side(painter, top, upper_column, &group.upper, false, rows);
        if (group.old.buckets->is_evacuated)
            canvas_put(painter->canvas, top, lower_column - 2, 0x2192, STYLE_DIM, 0);
        else if (is_next) // the next to be moved
            canvas_put(painter->canvas, top, lower_column - 2, 0x25b6, STYLE_WARN, 0);
        row += (int)rows;
        drawn++;
    }
    if (drawn)
        painter->view->screen.page = drawn;
    return row;
}

// --- Entries ---

static int draw_entries(struct painter *painter, int row, const struct chain *chain, bool is_old,
                        int rows_left)
{
    const struct hmap_grid_plan *plan = &painter->plan;
    int start = 1 + plan->index_columns + 1, lines = CLASSIC_SLOTS / plan->columns, used = 0;
    for (size_t i = 0; i < chain->length; i++) {
        const struct classic_bucket *bucket = &chain->buckets[i];
        unsigned path = is_on_path(painter->scene, bucket, is_old) ? MARK_PATH : 0;
        for (int line = 0; line < lines; line++, used++) {
            if (used == rows_left)
                return used;
            if (!line && !i)
                draw_number(painter, row + used, 0, bucket->index, is_old, is_old ? STYLE_DIM : STYLE_LABEL);
            else if (!line)
                canvas_text(painter->canvas, row + used, start - 2, 2, STYLE_OVERFLOW, 0, "└▶");
            for (int k = 0; k < plan->columns; k++) {
                size_t slot = (size_t)line * (size_t)plan->columns + (size_t)k;
                bool is_lit = touches_slot(painter->scene, bucket, slot);
                int at = start + k * plan->column_cells;
                char text[8];
                slot_text(bucket, slot, text);
                canvas_put(painter->canvas, row + used, at, is_lit ? '[' : 0x2502,
                           is_lit   ? STYLE_STRONG
                           : is_old ? STYLE_DIM
                                    : STYLE_RULE,
                           path);
                canvas_text(painter->canvas, row + used, at + 1, 2,
                            bucket_slot_style(painter, bucket, slot, is_old), path, text);
                canvas_mark(painter->canvas, row + used, at + 3, plan->column_cells - 3, path);
                if (!classic_is_live(bucket->tophash[slot]) || !chain->entries)
                    continue;
                const struct classic_entry *pair = &chain->entries[i * CLASSIC_SLOTS + slot];
                char entry[2 * PICTURE_TEXT_BYTES + 2];
                snprintf(entry, sizeof(entry), "%s=%s", pair->key, pair->elem);
                int taken = canvas_text(painter->canvas, row + used, at + 4, plan->column_cells - 5,
                                        STYLE_NORMAL, path | (is_lit ? MARK_LIT : 0u), entry);
                if (is_lit)
                    canvas_put(painter->canvas, row + used, at + 4 + taken, ']', STYLE_STRONG, path);
            }
            add_hit(painter, row + used, 0, painter->frame->grid_columns, is_old, bucket->index);
        }
    }
    return used;
}

static void draw_all_entries(struct painter *painter)
{
    const struct hmap_scene *scene = painter->scene;
    const struct hmap_frame *frame = painter->frame;
    struct start start = start_of(painter);
    size_t at = start.lower, at_old = start.old;
    int row = 0;
    uint64_t drawn = 0;
    while (at < scene->map.windows[CLASSIC_NEW].length && row < frame->grid_rows) {
        if (at_old < scene->map.windows[CLASSIC_OLD].length) {
            struct chain old = next_chain(&scene->map.windows[CLASSIC_OLD], &at_old);
            if (!old.buckets->is_evacuated)
                row += draw_entries(painter, frame->grid_row + row, &old, true, frame->grid_rows - row);
        }
        struct chain chain = next_chain(&scene->map.windows[CLASSIC_NEW], &at);
        if (!drawn)
            painter->shown_first = chain.buckets->index;
        row += draw_entries(painter, frame->grid_row + row, &chain, false, frame->grid_rows - row);
        drawn++;
    }
    if (drawn)
        painter->view->screen.page = drawn;
}

// --- The selected bucket, where the slots leave room ---

static bool find_chain(const struct hmap_scene *scene, uint64_t index, struct chain *chain)
{
    static const int where[] = {CLASSIC_NEW, CLASSIC_UPPER};
    for (size_t i = 0; i < ARRAY_LENGTH(where); i++) {
        const struct classic_window *window = &scene->map.windows[where[i]];
        for (size_t at = 0; at < window->length;) {
            *chain = next_chain(window, &at);
            if (chain->buckets->index == index)
                return true;
        }
    }
    return false;
}

static void draw_selected(struct painter *painter, int used)
{
    enum { BYTES_ROWS = 10 };
    const struct hmap_frame *frame = painter->frame;
    struct chain chain;
    struct hmap_view entries = *painter->view;
    int left = frame->grid_rows - used;
    entries.zoom = ZOOM_ENTRIES;
    struct painter inner = *painter;
    inner.plan = hmap_grid_plan_of(&entries, &painter->scene->map.header, frame);
    if (left < 1 + CLASSIC_SLOTS / inner.plan.columns ||
        !find_chain(painter->scene, painter->view->selected, &chain))
        return;
    char title[128];
    snprintf(title, sizeof(title), "bucket %llu @0x%llx  tophash key=value",
             (unsigned long long)chain.buckets->index, (unsigned long long)chain.buckets->address);
    canvas_rule(painter->canvas, frame->grid_row + used, 0, frame->grid_columns, title);
    used += 1 + draw_entries(&inner, frame->grid_row + used + 1, &chain, false, left - 1);
    struct hmap_frame below = *frame;
    below.grid_row += used + 1;
    below.grid_rows -= used + 1;
    if (hmap_has_room_for_bytes(frame) && below.grid_rows >= BYTES_ROWS)
        hmap_bucket_draw(painter->view, painter->scene, &below, painter->canvas);
}

// --- Buckets and map: many a row ---

// All eight at once, because a screen of the map has thousands of buckets: the top bit of each byte says
// whether it is at least CLASSIC_LIVE, the product adds them up.
static unsigned live_slots(const struct classic_bucket *bucket)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t marks;
    _Static_assert(sizeof(marks) == sizeof(bucket->tophash), "eight slots");
    memcpy(&marks, bucket->tophash, sizeof(marks));
    uint64_t is_live = (((marks & 0x7f * each) + (0x80 - CLASSIC_LIVE) * each) | marks) >> 7 & each;
    return (unsigned)(is_live * each >> 56);
}

static void draw_map_glyph(struct painter *painter, int row, int column, const struct chain *chain,
                           bool is_old)
{
    const struct classic_header *header = &painter->scene->map.header;
    const struct classic_bucket *bucket = chain->buckets;
    enum style style = STYLE_LIVE;
    uint32_t code = level_glyph(live_slots(bucket));
    if (bucket->is_evacuated) {
        style = STYLE_DIM;
        code = 0x2591;
    } else if (chain->length > 1) {
        style = STYLE_OVERFLOW;
        code = chain->length > 2 ? '*' : '+';
    } else if (!is_old && header->is_growing && !header->is_same_size) {
        style = bucket->index < header->old_buckets ? STYLE_MOVED_X : STYLE_MOVED_Y;
    }
    bool is_path = false;
    for (size_t i = 0; i < chain->length; i++)
        is_path |= is_on_path(painter->scene, &chain->buckets[i], is_old);
    unsigned marks = (is_path ? MARK_LIT : 0u) | (chain->length > 1 ? MARK_PATH : 0u);
    canvas_put(painter->canvas, row, column, code, style, marks);
    if (!is_old && bucket->index == painter->view->selected)
        canvas_mark(painter->canvas, row, column, 1, MARK_SELECTED | MARK_REVERSE);
}

static void draw_many(struct painter *painter, const struct classic_window *window, int row, int rows,
                      bool is_old)
{
    const struct hmap_grid_plan *plan = &painter->plan;
    bool is_map = plan->zoom == ZOOM_MAP;
    int start = 1 + plan->index_columns + 1, cells = is_map ? 1 : GLYPH_CELLS, place = 0;
    for (size_t at = 0; at < window->length && place < rows * plan->columns; place++) {
        struct chain chain = next_chain(window, &at);
        int line = row + place / plan->columns, column = start + place % plan->columns * cells;
        uint64_t index = chain.buckets->index;
        if (place % plan->columns == 0)
            canvas_print(painter->canvas, line, 1, is_old ? STYLE_DIM : STYLE_LABEL, "%*llu",
                         plan->index_columns, (unsigned long long)index);
        if (is_map) {
            draw_map_glyph(painter, line, column, &chain, is_old);
        } else {
            draw_glyphs(painter, line, column, chain.buckets, is_old);
            if (chain.length > 1)
                canvas_put(painter->canvas, line, column + CLASSIC_SLOTS,
                           chain.length > 10 ? '*' : (uint32_t)('0' + chain.length - 1), STYLE_OVERFLOW, 0);
            if (!is_old && index == painter->view->selected) {
                canvas_mark(painter->canvas, line, column, CLASSIC_SLOTS, MARK_SELECTED);
                canvas_put(painter->canvas, line, column - 1, 0x25b8, STYLE_STRONG, 0);
            }
        }
        add_hit(painter, line, column, cells, is_old, index);
    }
}

// --- Density ---

static void draw_density(struct painter *painter, const struct classic_density *densities, size_t count,
                         int row, int rows, bool is_old)
{
    const struct hmap_grid_plan *plan = &painter->plan;
    const struct classic_header *header = &painter->scene->map.header;
    int start = 1 + plan->index_columns + 1;
    // With fewer buckets than cells a row holds less, so that the picture keeps its shape.
    size_t a_row = (size_t)plan->columns;
    for (size_t i = 0; i < count && i / a_row < (size_t)rows; i++) {
        const struct classic_density *density = &densities[i];
        int line = row + (int)(i / a_row), column = start + (int)(i % a_row);
        unsigned slots = density->sampled * CLASSIC_SLOTS;
        unsigned level = slots ? (density->live * 8 + slots - 1) / slots : 0;
        enum style style = density->overflow * 4 > density->sampled ? STYLE_OVERFLOW : STYLE_LIVE;
        if (style == STYLE_LIVE && !is_old && header->is_growing && !header->is_same_size)
            style = density->first < header->old_buckets ? STYLE_MOVED_X : STYLE_MOVED_Y;
        uint32_t code = level_glyph(level);
        if (density->evacuated * 2 > density->sampled) {
            code = 0x2591;
            style = STYLE_DIM;
        }
        canvas_put(painter->canvas, line, column, code, style, 0);
        bool is_selected = !is_old && painter->view->selected - density->first < density->count;
        if (is_selected)
            canvas_mark(painter->canvas, line, column, 1, MARK_SELECTED | MARK_REVERSE);
        if (i % a_row == 0)
            canvas_print(painter->canvas, line, 1, is_old ? STYLE_DIM : STYLE_LABEL, "%*llu",
                         plan->index_columns, (unsigned long long)density->first);
        add_hit(painter, line, column, 1, is_old, density->first);
    }
}

static void draw_stacked(struct painter *painter)
{
    const struct hmap_scene *scene = painter->scene;
    const struct hmap_grid_plan *plan = &painter->plan;
    bool is_density = plan->zoom == ZOOM_DENSITY;
    int row = painter->frame->grid_row;
    if (scene->map.header.is_growing) {
        if (is_density)
            draw_density(painter, scene->map.old_density, scene->map.old_density_count, row, plan->old_rows,
                         true);
        else
            draw_many(painter, &scene->map.windows[CLASSIC_OLD], row, plan->old_rows, true);
        char title[64];
        snprintf(title, sizeof(title), "buckets: %llu", (unsigned long long)scene->map.header.buckets);
        canvas_rule(painter->canvas, row + plan->old_rows, 0, painter->frame->grid_columns, title);
        row += plan->old_rows + 1;
    }
    if (is_density)
        draw_density(painter, scene->map.new_density, scene->map.new_density_count, row, plan->new_rows,
                     false);
    else
        draw_many(painter, &scene->map.windows[CLASSIC_NEW], row, plan->new_rows, false);
}

// --- All ---

static void grid_title(const struct painter *painter, char *text, size_t size_bytes)
{
    static const char *const names[] = {"entries", "slots", "buckets", "map", "density"};
    const struct classic_header *header = &painter->scene->map.header;
    const struct hmap_view *view = painter->view;
    const char *zoom = names[painter->plan.zoom];
    unsigned long long first = painter->shown_first, buckets = header->buckets, old = header->old_buckets;
    unsigned long long last = first + view->screen.page < buckets ? first + view->screen.page : buckets;
    if (painter->plan.is_split)
        snprintf(text, size_bytes, "oldbuckets: %llu", old);
    else if (header->is_growing && painter->plan.zoom >= ZOOM_BUCKETS)
        snprintf(text, size_bytes, "%s: oldbuckets: %llu", zoom, old);
    else if (painter->plan.zoom == ZOOM_DENSITY)
        snprintf(text, size_bytes, "density: buckets: %llu, about %llu a cell", buckets,
                 (buckets + painter->scene->map.new_density_count - 1) /
                     (painter->scene->map.new_density_count ? painter->scene->map.new_density_count : 1));
    else
        snprintf(text, size_bytes, "%s: buckets %llu to %llu of %llu", zoom, first, last ? last - 1 : 0,
                 buckets);
}

// While it grows: the arrays' names stand over them, and what X and Y are.
static void draw_split_titles(const struct painter *painter)
{
    const struct classic_header *header = &painter->scene->map.header;
    const struct hmap_frame *frame = painter->frame;
    int cursor_and_index = 1 + painter->plan.index_columns + 1, row = frame->grid_row - 1;
    int old_cells = cursor_and_index + (painter->plan.is_narrow ? GLYPH_CELLS + 1 : BUCKET_CELLS);
    int lower = old_cells + 2, upper = lower + cursor_and_index + BUCKET_CELLS + 1;
    char text[64];
    snprintf(text, sizeof(text),
             header->is_same_size ? " buckets: the same number " : " buckets X: the same number ");
    canvas_text(painter->canvas, row, lower + 1, BUCKET_CELLS + cursor_and_index - 1, STYLE_MOVED_X, 0, text);
    if (header->is_same_size)
        return;
    snprintf(text, sizeof(text), " buckets Y: number + %llu ", (unsigned long long)header->old_buckets);
    canvas_text(painter->canvas, row, upper + 1, frame->grid_columns - upper - 2, STYLE_MOVED_Y, 0, text);
}

void grid_draw(struct hmap_view *view, const struct hmap_scene *scene, const struct hmap_frame *frame,
               struct canvas *canvas, struct hits *hits)
{
    struct painter painter = {.view = view,
                              .scene = scene,
                              .frame = frame,
                              .canvas = canvas,
                              .hits = hits,
                              .plan = hmap_grid_plan_of(view, &scene->map.header, frame)};
    painter.shown_first = painter.plan.first;
    char title[128];
    if (!scene->map.header.buckets_address) {
        canvas_text(canvas, frame->grid_row + 1, 2, frame->grid_columns - 4, STYLE_DIM, 0,
                    keymap_find(view->screen.keymap, 'i')
                        ? "No buckets yet: the first insertion allocates them. Press i."
                        : "No buckets yet: the first insertion allocates them.");
    } else if (painter.plan.is_split) {
        draw_selected(&painter, draw_split(&painter));
    } else if (painter.plan.zoom == ZOOM_ENTRIES) {
        draw_all_entries(&painter);
    } else if (painter.plan.zoom == ZOOM_SLOTS) {
        draw_selected(&painter, draw_resting(&painter));
    } else {
        draw_stacked(&painter);
    }
    grid_title(&painter, title, sizeof(title));
    canvas_rule(canvas, frame->grid_row - 1, 0, frame->grid_columns, title);
    if (painter.plan.is_split && scene->map.header.buckets_address)
        draw_split_titles(&painter);
    if (!scene->now.is_ranging)
        return;
    snprintf(title, sizeof(title), " range: from bucket %llu slot %u, now at %llu%s ",
             (unsigned long long)scene->range_start, scene->range_offset,
             (unsigned long long)scene->range_bucket, scene->range_wrapped ? ", wrapped" : "");
    // While it grows the arrays' names are there.
    int width = canvas_text_width(title), row = frame->grid_row - 1;
    bool is_elsewhere = painter.plan.is_split && !frame->events_column;
    if (is_elsewhere)
        row = frame->events_row - 1;
    canvas_text(canvas, row, frame->grid_columns - width - 2, width, STYLE_WARN, 0, title);
}
