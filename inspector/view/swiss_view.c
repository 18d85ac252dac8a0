// SPDX-License-Identifier: MIT
#include "view/cells.h"
#include "view/swiss_frame.h"

#include <stdlib.h>
#include <string.h>

enum {
    GROUPS_A_FRAME = 1024, // Go's tables have at most 128; more are shown in part
    BOX_CELLS = 3,         // of a place whose table is drawn as a box: [▅]
};

void swiss_view_init(struct swiss_view *view, const struct keymap *keymap)
{
    *view = (struct swiss_view){.screen = map_screen_of(keymap), .zoom = SWISS_ZOOM_SLOTS};
}

// --- Dividing the screen ---

static int rows_for(uint64_t things, int a_row)
{
    uint64_t rows = things / (uint64_t)a_row + (things % (uint64_t)a_row != 0);
    return rows > 9999 ? 9999 : (int)rows;
}

struct swiss_dir_plan swiss_dir_plan_of(uint64_t dir_length, int rows, int columns)
{
    struct swiss_dir_plan plan = {.lines = 1};
    int index = cells_of_number(dir_length ? dir_length - 1 : 0) + 2, room = columns - 2;
    uint64_t boxes = (uint64_t)(room / BOX_CELLS);
    if (dir_length <= boxes) { // all in one line, as wide as it goes
        plan.places_a_line = (int)dir_length;
        plan.cell_columns = cells_limit(room / (int)(dir_length ? dir_length : 1), BOX_CELLS, 24);
        return plan;
    }
    plan.index_columns = index;
    plan.cell_columns = BOX_CELLS;
    plan.places_a_line = cells_power_of_two((room - index) / BOX_CELLS);
    plan.lines = rows_for(dir_length, plan.places_a_line);
    if (plan.lines <= rows)
        return plan;
    plan.cell_columns = 1;
    plan.places_a_line = cells_power_of_two(room - index);
    plan.lines = rows_for(dir_length, plan.places_a_line);
    if (plan.lines <= rows)
        return plan;
    plan.is_density = true;
    plan.lines = rows > 0 ? cells_power_of_two(rows) : 0;
    return plan;
}

// The rows that the directory, the list of tables and the group under the cursor take of `left`.
static void divide_body(struct swiss_frame *frame, const struct swiss_view *view,
                        const struct swiss_header *header, int left)
{
    enum { FEW = 7, TABLES_LEAST = 16, TABLES_MOST = 10, SLOTS_LEAST = 7, WIDE_SLOTS = 150 };
    int row = frame->hash_row + frame->hash_rows, body = left;
    bool has_directory = header->dir_length > 1 && view->zoom != SWISS_ZOOM_DIRECTORY;
    bool shows_groups = view->zoom <= SWISS_ZOOM_GLYPHS && !view->screen.shows_place && !view->screen.is_open;
    if (has_directory) {
        int most = body < FEW ? 1 : cells_limit(body / 5, 1, 8);
        struct swiss_dir_plan plan = swiss_dir_plan_of(header->dir_length, most, frame->grid_columns);
        frame->dir_has_rule = body >= FEW;
        frame->dir_has_labels = plan.lines == 1 && plan.cell_columns >= BOX_CELLS && body >= 13;
        frame->dir_row = row + frame->dir_has_rule;
        frame->dir_rows = cells_limit(plan.lines, 1, most) + frame->dir_has_labels;
        row = frame->dir_row + frame->dir_rows;
        left -= frame->dir_has_rule + frame->dir_rows;
    }
    if (header->dir_length > 1 && left >= TABLES_LEAST && view->zoom <= SWISS_ZOOM_GLYPHS) {
        // The groups of the chosen table need no more rows than they have.
        int a_row = frame->grid_columns / (SLOTS_CELLS + 7);
        int groups = cells_limit(rows_for(view->groups, a_row > 0 ? a_row : 1), 4, left / 2);
        int most = cells_limit(left - groups - 6, 3, TABLES_MOST);
        frame->list_rows = header->dir_length < (uint64_t)most ? (int)header->dir_length : most;
        frame->list_row = row + 1;
        row = frame->list_row + frame->list_rows;
        left -= 1 + frame->list_rows;
    }
    frame->grid_row = row + 1;
    if (shows_groups && view->zoom != SWISS_ZOOM_ENTRIES && left >= SLOTS_LEAST) {
        frame->slots_rows = frame->grid_columns >= WIDE_SLOTS ? 1 : 2;
        left -= 1 + frame->slots_rows;
        frame->slots_row = row + left + 1;
    }
    frame->grid_rows = left - 1;
}

struct swiss_frame swiss_frame_of(const struct swiss_view *view, const struct swiss_header *header, int rows,
                                  int columns)
{
    enum { TINY = 22, TALL = 30, NARROW = 76, WIDE = 150, PATH_LEAST = 26, TINY_PANEL = 3 };
    struct swiss_frame frame = {.rows = rows, .columns = columns, .grid_columns = columns};
    bool is_tiny = rows < TINY;
    frame.caption_row = view->screen.has_caption && !is_tiny;
    frame.panel_row = 2 + frame.caption_row;
    frame.panel_rows = view->screen.shows_bytes ? cells_limit(rows - 12, 3, view->screen.header_rows)
                       : is_tiny                ? TINY_PANEL
                       : rows >= TALL           ? 5
                                                : 4;
    frame.left_columns = view->screen.shows_bytes ? cells_limit(columns / 2, 56, 72)
                         : columns < NARROW       ? 32
                                                  : cells_limit(columns / 2 + 4, 48, 64);
    frame.hash_row = frame.panel_row + frame.panel_rows + 1;
    frame.hash_rows = rows >= PATH_LEAST ? 3 : 2;
    frame.help_row = rows - 1;
    frame.time_row = rows - 2;
    int body = frame.hash_row + frame.hash_rows;
    if (columns >= WIDE && rows >= TALL && !view->screen.shows_more_events) {
        frame.grid_columns = columns - cells_limit(columns * 2 / 5, 60, 84);
        frame.events_column = frame.grid_columns + 1;
        frame.events_row = frame.hash_row;
        frame.events_rows = cells_limit(frame.time_row - frame.events_row, 1, PICTURE_EVENTS_MOST);
        divide_body(&frame, view, header, frame.time_row - body);
        return frame;
    }
    frame.events_rows = is_tiny ? 1 : cells_limit((rows - 12) / 5 - frame.caption_row, 2, 8);
    if (view->screen.shows_more_events)
        frame.events_rows = cells_limit(rows / 2, 3, PICTURE_EVENTS_MOST);
    if (view->screen.shows_place || view->screen.is_open)
        frame.events_rows = 1;
    int most = frame.time_row - body - 4;
    frame.events_rows = cells_limit(frame.events_rows, 1, most > 1 ? most : 1);
    frame.events_row = frame.time_row - frame.events_rows;
    divide_body(&frame, view, header, frame.events_row - 1 - body);
    return frame;
}

static struct swiss_grid_plan grid_plan_of(const struct swiss_view *view, const struct swiss_frame *frame,
                                           uint64_t groups)
{
    enum { GAP = 2, GLYPHS = SWISS_SLOTS + 1, ENTRY_LEAST = 16, BESIDE_LEAST = 30 };
    struct swiss_grid_plan plan = {
        .index_columns = cells_of_number(groups ? groups - 1 : 0), .columns = 1, .lines = 1};
    plan.index_columns = cells_limit(plan.index_columns, 2, 20);
    plan.rows = frame->grid_rows;
    int cursor_and_index = 1 + plan.index_columns + 1, room = frame->grid_columns - cursor_and_index;
    switch (view->zoom) {
    case SWISS_ZOOM_ENTRIES:
        plan.columns = room / 8 >= ENTRY_LEAST ? 8 : room / 4 >= ENTRY_LEAST ? 4 : 2;
        plan.column_cells = room / plan.columns;
        plan.lines = SWISS_SLOTS / plan.columns;
        break;
    case SWISS_ZOOM_GLYPHS:
        plan.columns = cells_power_of_two(cells_limit(room / GLYPHS, 1, 64));
        plan.column_cells = GLYPHS;
        break;
    default:
        plan.column_cells = cursor_and_index + SLOTS_CELLS + GAP;
        plan.columns = cells_limit((frame->grid_columns + GAP) / plan.column_cells, 1, 8);
        // No wider than they are, and spread over the screen.
        if (groups <= (uint64_t)plan.rows)
            plan.columns = 1;
        plan.column_cells = plan.columns > 1 ? frame->grid_columns / plan.columns : plan.column_cells;
        if (plan.columns == 1 && frame->grid_columns - plan.column_cells >= BESIDE_LEAST)
            plan.beside = plan.column_cells + 1;
    }
    return plan;
}

// --- What a frame needs ---

uint64_t swiss_view_choose(struct swiss_view *view, const struct swiss_header *header,
                           const struct swiss_touch *touch)
{
    if (view->screen.follows) {
        view->place = touch->has_latest ? touch->latest_place : 0;
        view->group = touch->has_latest ? touch->latest_group : 0;
        view->slot = touch->has_latest && touch->has_slot ? touch->slot : 0;
    }
    if (view->place >= header->dir_length)
        view->place = header->dir_length ? header->dir_length - 1 : 0;
    return view->place;
}

// How many groups a page and a row of them show, and the top so that the cursor is in sight.
static void scroll(struct swiss_view *view, const struct swiss_frame *frame,
                   const struct swiss_grid_plan *plan)
{
    uint64_t rows = (uint64_t)(plan->rows > 1 ? plan->rows : 1);
    bool is_list = view->zoom == SWISS_ZOOM_TABLES || view->zoom == SWISS_ZOOM_DIRECTORY;
    view->screen.row = view->zoom == SWISS_ZOOM_GLYPHS ? (uint64_t)plan->columns : 1;
    view->screen.page =
        view->zoom == SWISS_ZOOM_ENTRIES ? rows / (uint64_t)plan->lines : rows * (uint64_t)plan->columns;
    if (is_list)
        view->screen.page = (uint64_t)cells_limit(frame->grid_rows, 1, 9999);
    view->screen.page = view->screen.page ? view->screen.page : 1;
    if (is_list)
        return;
    if (view->screen
            .follows) // by whole pages: what is shown depends on where it stands, not on how it came there
        view->screen.first = view->group / view->screen.page * view->screen.page;
    uint64_t last = view->groups > view->screen.page ? view->groups - view->screen.page : 0;
    if (view->screen.first > last)
        view->screen.first = (last + view->screen.row - 1) / view->screen.row * view->screen.row;
}

struct swiss_grid_plan swiss_page_plan(struct swiss_view *view, struct swiss_frame *frame)
{
    enum { STRIP_LEAST = 6 };
    struct swiss_grid_plan plan = grid_plan_of(view, frame, view->groups);
    scroll(view, frame, &plan);
    bool has_all = view->zoom == SWISS_ZOOM_SLOTS || view->zoom == SWISS_ZOOM_GLYPHS;
    if (!has_all || view->groups <= view->screen.page || frame->grid_rows < STRIP_LEAST)
        return plan;
    frame->strip_rows = 1;
    plan.rows--;
    scroll(view, frame, &plan);
    return plan;
}

static void need_tables(const struct swiss_view *view, const struct swiss_header *header,
                        const struct swiss_frame *frame, struct swiss_needs *needs)
{
    bool is_all = view->zoom == SWISS_ZOOM_DIRECTORY;
    int rows = is_all ? frame->grid_rows : frame->dir_rows - frame->dir_has_labels;
    int listed = view->zoom == SWISS_ZOOM_TABLES ? frame->grid_rows : frame->list_rows;
    struct swiss_dir_plan plan = swiss_dir_plan_of(header->dir_length, rows, frame->grid_columns);
    if (!header->dir_length)
        return;
    if (rows > 0 && !plan.is_density) {
        needs->tables = (size_t)header->dir_length;
        return;
    }
    if (rows > 0)
        needs->dir_cells = (size_t)plan.lines * (size_t)plan.places_a_line;
    if (header->dir_length > 1 && listed > 0) {
        uint64_t above = (uint64_t)listed / 2;
        needs->tables_place = view->place > above ? view->place - above : 0;
        needs->tables = (size_t)listed + (size_t)above; // more than fit, where tables have many places
    }
}

void swiss_view_needs(struct swiss_view *view, const struct swiss_picture *picture, int rows, int columns,
                      struct swiss_needs *needs)
{
    const struct swiss_header *header = &picture->header;
    const struct swiss_placed_table *chosen = &picture->chosen;
    *needs = (struct swiss_needs){0};
    map_screen_measure(&view->screen, &header->raw, rows, columns);
    view->dir_length = header->dir_length;
    view->table = chosen->first_place;
    view->places = chosen->places ? chosen->places : 1;
    view->groups = chosen->groups;
    if (view->group >= view->groups)
        view->group = view->groups ? view->groups - 1 : 0;
    if (rows < SWISS_ROWS_MIN || columns < SWISS_COLUMNS_MIN)
        return; // nothing but a word about it will be shown
    struct swiss_frame frame = swiss_frame_of(view, header, rows, columns);
    struct swiss_grid_plan plan = swiss_page_plan(view, &frame);
    need_tables(view, header, &frame, needs);
    if (view->zoom <= SWISS_ZOOM_GLYPHS && !view->screen.shows_place && !view->screen.is_open) {
        // Control bytes of all groups cost little; texts are wanted of those that are in sight.
        needs->texts = view->zoom == SWISS_ZOOM_ENTRIES || plan.beside;
        bool is_all = !needs->texts && view->groups <= GROUPS_A_FRAME;
        needs->groups_first = is_all ? 0 : view->screen.first;
        needs->groups = is_all ? (size_t)view->groups : (size_t)view->screen.page;
    }
    needs->has_cursor = frame.slots_rows > 0 || view->screen.shows_place || view->screen.is_open;
    needs->cursor = view->group;
    needs->has_bytes = view->screen.shows_place;
    needs->has_detail = view->screen.is_open;
    needs->slot = (uint8_t)(view->slot % SWISS_SLOTS);
    needs->events = (size_t)frame.events_rows;
    needs->loads = columns > 24 ? (size_t)columns - 24 : 0;
}

// --- Keys ---

static void move_group(struct swiss_view *view, int64_t by)
{
    view->group = map_screen_moved(view->group, by, view->groups);
    view->screen.follows = false;
    map_screen_bring(&view->screen, view->group);
}

// To the table `by` tables on or back: as many places as the chosen one has, so that none is passed over.
static void move_table(struct swiss_view *view, int64_t by)
{
    uint64_t last = view->dir_length ? view->dir_length - 1 : 0, steps = (uint64_t)llabs(by);
    uint64_t room = by < 0 ? view->table : last - (view->table < last ? view->table : last);
    view->place = by < 0  ? view->table - (steps < room ? steps : room)
                  : steps ? view->table + (steps - 1 + view->places < room ? steps - 1 + view->places : room)
                          : view->table;
    view->group = view->screen.first = 0;
    view->screen.follows = false;
}

static void move(struct swiss_view *view, enum map_action action, uint64_t count)
{
    bool is_tables = view->zoom >= SWISS_ZOOM_TABLES;
    int64_t by = steps_of(action, count, view->screen.row, view->screen.page);
    if (is_tables)
        move_table(view, by);
    else
        move_group(view, by);
}

// Each action does one of three things: asks for something, moves the cursor, or changes what is shown.
static void do_action(struct swiss_view *view, const struct key_binding *binding, uint64_t count,
                      struct intents *intents)
{
    enum map_action action = (enum map_action)binding->action;
    int64_t times = (int64_t)(count ? count : 1);
    struct intent intent;
    switch (action) {
    case ACTION_INTENT:
    case ACTION_ASK:
    case ACTION_TIME_BACK:
    case ACTION_TIME_ON:
    case ACTION_TIME_START:
    case ACTION_TIME_END:
        intent = map_screen_intent(&view->screen, binding, count);
        intent.bucket = view->group;
        intent.place = view->table;
        map_screen_ask(&view->screen, intent, intents);
        break;
    case ACTION_UP:
    case ACTION_DOWN:
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
    case ACTION_FIRST:
    case ACTION_LAST:
        move(view, action, count);
        break;
    case ACTION_TABLE:
        move_table(view, times);
        break;
    case ACTION_TABLE_BACK:
        move_table(view, -times);
        break;
    case ACTION_SLOT:
    case ACTION_SLOT_BACK:
        view->slot = (view->slot + (action == ACTION_SLOT ? 1u : SWISS_SLOTS - 1u)) % SWISS_SLOTS;
        view->screen.follows = false;
        break;
    case ACTION_ZOOM_OUT:
        view->zoom += view->zoom < SWISS_ZOOM_DIRECTORY;
        break;
    case ACTION_ZOOM_IN:
        view->zoom -= view->zoom > SWISS_ZOOM_ENTRIES;
        break;
    default:
        map_screen_do(&view->screen, action, count, SWISS_FIELDS);
    }
}

void swiss_view_press(struct swiss_view *view, struct key_press press, struct intents *intents)
{
    uint64_t count;
    const struct key_binding *binding = map_screen_press(&view->screen, press, &count, intents);
    if (binding)
        do_action(view, binding, count, intents);
}

// --- Mouse ---

void swiss_view_click(struct swiss_view *view, const struct hit *hit, uint64_t value, struct intents *intents)
{
    if (!hit)
        return;
    switch (hit->kind) {
    case SWISS_HIT_TIME:
        map_screen_click_time(&view->screen, value, intents);
        return;
    case SWISS_HIT_TABLE:
        view->place = value;
        view->group = view->screen.first = 0;
        break;
    case SWISS_HIT_GROUP:
        view->group = value;
        break;
    case SWISS_HIT_SLOT:
        view->slot = (unsigned)(value % SWISS_SLOTS);
        break;
    default:
        break;
    }
    view->screen.follows = false;
}

void swiss_view_wheel(struct swiss_view *view, int rows)
{
    if (view->zoom >= SWISS_ZOOM_TABLES) {
        move_table(view, rows);
        return;
    }
    map_screen_scroll(&view->screen, rows, view->groups);
}
