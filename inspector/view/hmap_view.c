// SPDX-License-Identifier: MIT
#include "view/cells.h"
#include "view/hmap_frame.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void hmap_view_init(struct hmap_view *view, const struct keymap *keymap)
{
    *view = (struct hmap_view){.screen = map_screen_of(keymap), .zoom = ZOOM_SLOTS};
}

// --- Dividing the screen ---

struct hmap_frame hmap_frame_of(const struct hmap_view *view, int rows, int columns)
{
    enum { TINY = 22, TALL = 30, NARROW = 76, WIDE = 150 };
    struct hmap_frame frame = {.rows = rows, .columns = columns, .grid_columns = columns};
    bool is_tiny = rows < TINY;
    frame.caption_row = view->screen.has_caption && !is_tiny;
    frame.panel_row = 2 + frame.caption_row;
    frame.panel_rows = view->screen.shows_bytes ? cells_limit(rows - 12, 4, view->screen.header_rows)
                       : rows >= TALL           ? 5
                                                : 4;
    frame.left_columns = view->screen.shows_bytes ? cells_limit(columns / 2, 56, 72)
                         : columns < NARROW       ? 32
                                                  : cells_limit(columns / 2, 50, 64);
    frame.hash_row = frame.panel_row + frame.panel_rows + 1;
    frame.grid_row = frame.hash_row + 2 + 1;
    frame.help_row = rows - 1;
    frame.time_row = rows - 2;
    if (columns >= WIDE && rows >= TALL && !view->screen.shows_more_events) {
        frame.grid_columns = columns - cells_limit(columns * 2 / 5, 60, 84);
        frame.events_column = frame.grid_columns + 1;
        frame.events_row = frame.hash_row;
        frame.events_rows = cells_limit(frame.time_row - frame.events_row, 1, PICTURE_EVENTS_MOST);
        frame.grid_rows = frame.time_row - frame.grid_row;
        return frame;
    }
    frame.events_rows = is_tiny ? 1 : cells_limit((rows - 12) / 4 - frame.caption_row, 2, 10);
    if (view->screen.shows_more_events)
        frame.events_rows = cells_limit(rows / 2, 3, PICTURE_EVENTS_MOST);
    if (view->screen.shows_place || view->screen.is_open)
        frame.events_rows = 1;
    int most = frame.time_row - frame.grid_row - 3;
    frame.events_rows = cells_limit(frame.events_rows, 1, most > 1 ? most : 1);
    frame.events_row = frame.time_row - frame.events_rows;
    frame.grid_rows = frame.events_row - 1 - frame.grid_row;
    return frame;
}

static uint64_t rows_for(uint64_t buckets, int a_row)
{
    return (buckets + (uint64_t)a_row - 1) / (uint64_t)a_row;
}

// Zooms that show two arrays one above the other: rows and starts of both.
static void plan_stacked(struct hmap_grid_plan *plan, const struct hmap_view *view,
                         const struct classic_header *header, int rows)
{
    uint64_t a_row = (uint64_t)plan->columns;
    plan->new_rows = rows;
    if (header->is_growing) {
        uint64_t wanted = rows_for(header->old_buckets, plan->columns);
        plan->old_rows = (uint64_t)(rows - 1) / 3 < wanted ? (rows - 1) / 3 : (int)wanted;
        plan->new_rows = rows - plan->old_rows - 1; // a rule between them
    }
    uint64_t visible = (uint64_t)plan->new_rows * a_row;
    uint64_t last = header->buckets > visible ? header->buckets - visible : 0;
    plan->first = (view->screen.first < last ? view->screen.first : last) / a_row * a_row;
    if (plan->first < last && view->screen.first >= last)
        plan->first += a_row;
    if (header->old_buckets) {
        uint64_t old_visible = (uint64_t)plan->old_rows * a_row;
        uint64_t old_last = header->old_buckets > old_visible ? header->old_buckets - old_visible : 0;
        // The old bucket of the selected one is in sight.
        uint64_t selected = view->selected & (header->old_buckets - 1);
        plan->old_first = plan->first % header->old_buckets;
        if (selected < plan->old_first || selected - plan->old_first >= old_visible)
            plan->old_first = selected / a_row * a_row;
        if (plan->old_first > old_last)
            plan->old_first = old_last;
    }
}

struct hmap_grid_plan hmap_grid_plan_of(const struct hmap_view *view, const struct classic_header *header,
                                        const struct hmap_frame *frame)
{
    struct hmap_grid_plan plan = {
        .zoom = view->zoom, .first = view->screen.first, .new_rows = frame->grid_rows};
    enum { BESIDE_LEAST = 84 };
    int digits_needed = cells_of_number(header->buckets ? header->buckets - 1 : 0);
    plan.index_columns = digits_needed < 2 ? 2 : digits_needed;
    int cursor_and_index = 1 + plan.index_columns + 1;
    int room = frame->grid_columns - cursor_and_index;
    switch (plan.zoom) {
    case ZOOM_ENTRIES:
        plan.columns = room / 8 >= 16 ? 8 : room / 4 >= 16 ? 4 : 2;
        plan.column_cells = room / plan.columns;
        break;
    case ZOOM_SLOTS:
        plan.is_split = header->is_growing;
        if (plan.is_split) {
            int wide = 3 * (cursor_and_index + BUCKET_CELLS) + 4;
            plan.is_narrow = frame->grid_columns < wide;
            plan.columns = 1;
            break;
        }
        plan.column_cells = cursor_and_index + BUCKET_CELLS + LINK_CELLS + BUCKET_CELLS + 2;
        plan.columns = 1;
        // Where there are chains they are drawn, in one column if need be.
        if (header->buckets > (uint64_t)frame->grid_rows)
            plan.columns = cells_limit(frame->grid_columns / plan.column_cells, 1, 8);
        if (plan.columns == 1 && header->buckets > (uint64_t)frame->grid_rows && !header->noverflow &&
            frame->grid_columns / 2 >= cursor_and_index + BUCKET_CELLS + 3)
            plan.columns = 2; // chains are counted, not drawn
        plan.column_cells = frame->grid_columns / plan.columns;
        plan.links = (plan.column_cells - cursor_and_index - BUCKET_CELLS) / (LINK_CELLS + BUCKET_CELLS);
        if (plan.columns == 1 && frame->grid_columns >= cursor_and_index + BUCKET_CELLS + BESIDE_LEAST) {
            plan.links = header->noverflow ? 1 : 0;
            plan.beside = cursor_and_index + BUCKET_CELLS + plan.links * (LINK_CELLS + BUCKET_CELLS) + 3;
        }
        break;
    case ZOOM_BUCKETS:
        plan.columns = cells_power_of_two(room / GLYPH_CELLS);
        plan_stacked(&plan, view, header, frame->grid_rows);
        break;
    case ZOOM_MAP:
        plan.columns = cells_power_of_two(room);
        plan_stacked(&plan, view, header, frame->grid_rows);
        break;
    case ZOOM_DENSITY:
    case ZOOMS:
        plan.columns = cells_power_of_two(room);
        plan.first = 0;
        if (header->is_growing)
            plan.old_rows = (frame->grid_rows - 1) / 3;
        plan.new_rows = frame->grid_rows - plan.old_rows - (header->is_growing ? 1 : 0);
        break;
    }
    return plan;
}

// --- What a frame needs ---

// How many buckets there are to scroll through, and a page and a row of them.
static void measure(struct hmap_view *view, const struct classic_header *header,
                    const struct hmap_grid_plan *plan, const struct hmap_frame *frame)
{
    uint64_t rows = (uint64_t)(frame->grid_rows > 1 ? frame->grid_rows : 1);
    view->array_buckets = header->buckets;
    view->buckets = plan->is_split ? header->old_buckets : header->buckets;
    switch (plan->zoom) {
    case ZOOM_ENTRIES:
        view->screen.row = 1;
        view->screen.page = rows / (CLASSIC_SLOTS / (uint64_t)plan->columns);
        break;
    case ZOOM_SLOTS:
        view->screen.row = 1;
        view->screen.page = rows * (uint64_t)plan->columns;
        break;
    case ZOOM_BUCKETS:
    case ZOOM_MAP:
        view->screen.row = (uint64_t)plan->columns;
        view->screen.page = (uint64_t)plan->new_rows * view->screen.row;
        break;
    case ZOOM_DENSITY:
    case ZOOMS:
        view->screen.row = rows_for(header->buckets, plan->new_rows);
        view->screen.page = header->buckets;
        break;
    }
    if (!view->screen.page)
        view->screen.page = 1;
}

static uint64_t group_of(const struct hmap_view *view, uint64_t bucket)
{
    return view->buckets ? bucket & (view->buckets - 1) : 0;
}

static void need_windows(const struct hmap_view *view, const struct classic_header *header,
                         const struct hmap_grid_plan *plan, struct hmap_needs *needs)
{
    struct classic_request whole = {.chain_limit = CHAIN_MOST, .texts = plan->zoom <= ZOOM_SLOTS};
    struct classic_request *old = &needs->windows[CLASSIC_OLD], *lower = &needs->windows[CLASSIC_NEW];
    *lower = *old = needs->windows[CLASSIC_UPPER] = whole;
    lower->first = plan->first;
    lower->count = view->screen.page;
    old->is_old = true;
    if (plan->zoom == ZOOM_BUCKETS || plan->zoom == ZOOM_MAP) {
        old->first = plan->old_first;
        old->count = (uint64_t)plan->old_rows * (uint64_t)plan->columns;
        lower->chain_limit = old->chain_limit = plan->zoom == ZOOM_MAP ? 4 : 10;
    } else if (header->is_growing && (plan->is_split || plan->zoom == ZOOM_ENTRIES)) {
        old->first = plan->first & (header->old_buckets - 1);
        old->count = view->screen.page;
    }
    if (plan->is_split && !header->is_same_size) {
        needs->windows[CLASSIC_UPPER].first = plan->first + header->old_buckets;
        needs->windows[CLASSIC_UPPER].count = view->screen.page;
    }
}

void hmap_view_needs(struct hmap_view *view, const struct classic_header *header,
                     const struct classic_touch *touch, int rows, int columns, struct hmap_needs *needs)
{
    *needs = (struct hmap_needs){0};
    map_screen_measure(&view->screen, &header->raw, rows, columns);
    if (view->screen.follows && touch->has_latest)
        view->selected = touch->latest_bucket;
    else if (view->screen.follows)
        view->selected = 0;
    if (view->selected >= header->buckets)
        view->selected = header->buckets ? header->buckets - 1 : 0;
    if (rows < HMAP_ROWS_MIN || columns < HMAP_COLUMNS_MIN)
        return; // nothing but a word about it will be shown
    struct hmap_frame frame = hmap_frame_of(view, rows, columns);
    struct hmap_grid_plan plan = hmap_grid_plan_of(view, header, &frame);
    measure(view, header, &plan, &frame);
    if (view->screen
            .follows) // by whole pages: what is shown depends on where it stands, not on how it came there
        view->screen.first = group_of(view, view->selected) / view->screen.page * view->screen.page;
    uint64_t last = view->buckets > view->screen.page ? view->buckets - view->screen.page : 0;
    if (view->screen.first > last)
        view->screen.first = rows_for(last, (int)view->screen.row) * view->screen.row;
    plan = hmap_grid_plan_of(view, header, &frame);
    if (plan.zoom == ZOOM_DENSITY) {
        // Each sample is likely a cache miss.
        enum { SAMPLES_A_CELL = 4, SAMPLES_A_FRAME = 8192 };
        needs->new_cells = (size_t)plan.new_rows * (size_t)plan.columns;
        needs->old_cells = (size_t)plan.old_rows * (size_t)plan.columns;
        needs->samples = (uint32_t)(SAMPLES_A_FRAME / (needs->new_cells + needs->old_cells + 1) + 1);
        if (needs->samples > SAMPLES_A_CELL)
            needs->samples = SAMPLES_A_CELL;
    } else {
        need_windows(view, header, &plan, needs);
    }
    needs->has_bucket = view->screen.shows_place || hmap_has_room_for_bytes(&frame);
    needs->bucket = view->selected;
    needs->has_detail = view->screen.is_open;
    needs->slot = view->slot;
    needs->events = (size_t)frame.events_rows;
    needs->loads = columns > 24 ? (size_t)columns - 24 : 0;
}

// --- Keys ---

static void move_selection(struct hmap_view *view, int64_t by)
{
    // Of the current array: while doubling side by side, the upper half comes after the lower one.
    view->selected = map_screen_moved(view->selected, by, view->array_buckets);
    view->slot = 0;
    view->screen.follows = false;
    map_screen_bring(&view->screen, group_of(view, view->selected));
}

// Each action does one of three things: asks for something, moves the cursor, or changes what is shown.
static void do_action(struct hmap_view *view, const struct key_binding *binding, uint64_t count,
                      struct intents *intents)
{
    enum map_action action = (enum map_action)binding->action;
    struct intent intent;
    switch (action) {
    case ACTION_INTENT:
    case ACTION_ASK:
    case ACTION_TIME_BACK:
    case ACTION_TIME_ON:
    case ACTION_TIME_START:
    case ACTION_TIME_END:
        intent = map_screen_intent(&view->screen, binding, count);
        intent.bucket = view->selected;
        map_screen_ask(&view->screen, intent, intents);
        break;
    case ACTION_UP:
    case ACTION_DOWN:
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
    case ACTION_FIRST:
    case ACTION_LAST:
        move_selection(view, steps_of(action, count, view->screen.row, view->screen.page));
        break;
    case ACTION_ZOOM_OUT:
        view->zoom += view->zoom < ZOOM_DENSITY;
        break;
    case ACTION_ZOOM_IN:
        view->zoom -= view->zoom > ZOOM_ENTRIES;
        break;
    case ACTION_SLOT:
    case ACTION_SLOT_BACK:
        view->slot =
            view->slots ? (view->slot + (action == ACTION_SLOT ? 1 : view->slots - 1)) % view->slots : 0;
        view->screen.follows = false;
        break;
    default: // those of other maps are none of its
        map_screen_do(&view->screen, action, count, HMAP_FIELDS);
    }
}

void hmap_view_press(struct hmap_view *view, struct key_press press, struct intents *intents)
{
    uint64_t count;
    const struct key_binding *binding = map_screen_press(&view->screen, press, &count, intents);
    if (binding)
        do_action(view, binding, count, intents);
}

// --- Mouse ---

void hmap_view_click(struct hmap_view *view, const struct hit *hit, uint64_t value, struct intents *intents)
{
    if (!hit)
        return;
    if (hit->kind == HMAP_HIT_TIME) {
        map_screen_click_time(&view->screen, value, intents);
    } else {
        view->selected = value;
        view->slot = 0;
        view->screen.follows = false;
    }
}

void hmap_view_wheel(struct hmap_view *view, int rows)
{
    map_screen_scroll(&view->screen, rows, view->buckets);
}
