#include "view/hmap_frame.h"

#include <stdlib.h>
#include <string.h>

void hmap_view_init(struct hmap_view *view)
{
    *view = (struct hmap_view){.zoom = ZOOM_SLOTS, .follows = true, .row = 1, .page = 1};
}

// --- Dividing the screen ---

static int limit(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

struct frame frame_of(const struct hmap_view *view, int rows, int columns)
{
    struct frame frame = {.rows = rows, .columns = columns};
    bool is_tiny = rows < 22;
    frame.panel_row = 2;
    frame.panel_rows = view->shows_bytes ? limit(rows - 12, 4, 6) : 4;
    frame.left_columns = view->shows_bytes ? limit(columns / 2, 56, 72) : limit(columns / 2, 50, 64);
    frame.hash_row = frame.panel_row + frame.panel_rows + 1;
    frame.grid_row = frame.hash_row + 2 + 1;
    frame.help_row = rows - 1;
    frame.time_row = rows - 2;
    frame.events_rows = is_tiny ? 1 : limit((rows - 12) / 4, 3, 10);
    if (view->shows_more_events)
        frame.events_rows = limit(rows / 2, 3, SCENE_EVENTS);
    int most = frame.time_row - frame.grid_row - 3;
    frame.events_rows = limit(frame.events_rows, 1, most > 1 ? most : 1);
    frame.events_row = frame.time_row - frame.events_rows;
    frame.grid_rows = frame.events_row - 1 - frame.grid_row;
    return frame;
}

static int digits(uint64_t number)
{
    int count = 1;
    for (; number > 9; number /= 10)
        count++;
    return count;
}

static int power_of_two_below(int number)
{
    int power = 1;
    while (power * 2 <= number)
        power *= 2;
    return power;
}

static uint64_t rows_for(uint64_t buckets, int a_row)
{
    return (buckets + (uint64_t)a_row - 1) / (uint64_t)a_row;
}

// Zooms that show two arrays one above the other: rows and starts of both.
static void plan_stacked(struct grid_plan *plan, const struct hmap_view *view,
                         const struct hmap_header_view *header, int rows)
{
    uint64_t a_row = (uint64_t)plan->columns;
    plan->new_rows = rows;
    if (header->growing) {
        uint64_t wanted = rows_for(header->old_buckets, plan->columns);
        plan->old_rows = (uint64_t)(rows - 1) / 3 < wanted ? (rows - 1) / 3 : (int)wanted;
        plan->new_rows = rows - plan->old_rows - 1; // a rule between them
    }
    uint64_t visible = (uint64_t)plan->new_rows * a_row;
    uint64_t last = header->buckets > visible ? header->buckets - visible : 0;
    plan->first = (view->first < last ? view->first : last) / a_row * a_row;
    if (plan->first < last && view->first >= last)
        plan->first += a_row;
    if (header->old_buckets) {
        uint64_t old_visible = (uint64_t)plan->old_rows * a_row;
        uint64_t old_last = header->old_buckets > old_visible ? header->old_buckets - old_visible : 0;
        plan->old_first = plan->first % header->old_buckets;
        if (plan->old_first > old_last)
            plan->old_first = old_last;
    }
}

struct grid_plan grid_plan_of(const struct hmap_view *view, const struct hmap_header_view *header,
                              const struct frame *frame)
{
    struct grid_plan plan = {.zoom = view->zoom, .first = view->first, .new_rows = frame->grid_rows};
    int digits_needed = digits(header->buckets ? header->buckets - 1 : 0);
    plan.index_columns = digits_needed < 2 ? 2 : digits_needed;
    int cursor_and_index = 1 + plan.index_columns + 1;
    int room = frame->columns - cursor_and_index;
    switch (plan.zoom) {
    case ZOOM_ENTRIES:
        plan.columns = room / 8 >= 16 ? 8 : room / 4 >= 16 ? 4 : 2;
        plan.column_cells = room / plan.columns;
        break;
    case ZOOM_SLOTS:
        plan.is_split = header->growing;
        if (plan.is_split) {
            int wide = 3 * (cursor_and_index + BUCKET_CELLS) + 4;
            plan.is_narrow = frame->columns < wide;
            plan.columns = 1;
            break;
        }
        plan.column_cells = cursor_and_index + BUCKET_CELLS + LINK_CELLS + BUCKET_CELLS + 2;
        plan.columns = 1;
        if (header->buckets > (uint64_t)frame->grid_rows)
            plan.columns = limit(frame->columns / plan.column_cells, 1, 8);
        if (plan.columns == 1 && header->buckets > (uint64_t)frame->grid_rows &&
            frame->columns / 2 >= cursor_and_index + BUCKET_CELLS + 3)
            plan.columns = 2; // chains are counted, not drawn
        plan.column_cells = frame->columns / plan.columns;
        plan.links = (plan.column_cells - cursor_and_index - BUCKET_CELLS) / (LINK_CELLS + BUCKET_CELLS);
        break;
    case ZOOM_BUCKETS:
        plan.columns = power_of_two_below(room / GLYPH_CELLS);
        plan_stacked(&plan, view, header, frame->grid_rows);
        break;
    case ZOOM_MAP:
        plan.columns = power_of_two_below(room);
        plan_stacked(&plan, view, header, frame->grid_rows);
        break;
    case ZOOM_DENSITY:
    case ZOOMS:
        plan.columns = power_of_two_below(room);
        plan.first = 0;
        if (header->growing)
            plan.old_rows = (frame->grid_rows - 1) / 3;
        plan.new_rows = frame->grid_rows - plan.old_rows - (header->growing ? 1 : 0);
        break;
    }
    return plan;
}

// --- What a frame needs ---

// How many buckets there are to scroll through, and a page and a row of them.
static void measure(struct hmap_view *view, const struct hmap_header_view *header,
                    const struct grid_plan *plan, const struct frame *frame)
{
    uint64_t rows = (uint64_t)(frame->grid_rows > 1 ? frame->grid_rows : 1);
    view->array_buckets = header->buckets;
    view->buckets = plan->is_split ? header->old_buckets : header->buckets;
    switch (plan->zoom) {
    case ZOOM_ENTRIES:
        view->row = 1;
        view->page = rows / (HMAP_BUCKET_SLOTS / (uint64_t)plan->columns);
        break;
    case ZOOM_SLOTS:
        view->row = 1;
        view->page = rows * (uint64_t)plan->columns;
        break;
    case ZOOM_BUCKETS:
    case ZOOM_MAP:
        view->row = (uint64_t)plan->columns;
        view->page = (uint64_t)plan->new_rows * view->row;
        break;
    case ZOOM_DENSITY:
    case ZOOMS:
        view->row = rows_for(header->buckets, plan->new_rows);
        view->page = header->buckets;
        break;
    }
    if (!view->page)
        view->page = 1;
}

static uint64_t group_of(const struct hmap_view *view, uint64_t bucket)
{
    return view->buckets ? bucket & (view->buckets - 1) : 0;
}

// Moves the top so that `bucket` is in sight.
static void bring_into_sight(struct hmap_view *view, uint64_t bucket)
{
    uint64_t group = group_of(view, bucket);
    if (group < view->first)
        view->first = group / view->row * view->row;
    else if (group - view->first >= view->page)
        view->first = (group - view->page + view->row) / view->row * view->row;
}

static bool has_bucket(const struct hmap_event *event)
{
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_NONE:
    case HMAP_EVENT_OVERFLOW:
        return false;
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_DELETE_MISS: // of an empty map: no bucket was looked at
        return event->address != 0;
    default:
        return true;
    }
}

static void need_windows(const struct hmap_view *view, const struct hmap_header_view *header,
                         const struct grid_plan *plan, struct hmap_needs *needs)
{
    struct hmap_window_request whole = {.chain_limit = CHAIN_MOST, .texts = plan->zoom <= ZOOM_SLOTS};
    struct hmap_window_request *old = &needs->windows[WINDOW_OLD], *lower = &needs->windows[WINDOW_NEW];
    *lower = *old = needs->windows[WINDOW_UPPER] = whole;
    lower->array = HMAP_ARRAY_NEW;
    lower->first = plan->first;
    lower->count = view->page;
    old->array = HMAP_ARRAY_OLD;
    if (plan->zoom == ZOOM_BUCKETS || plan->zoom == ZOOM_MAP) {
        old->first = plan->old_first;
        old->count = (uint64_t)plan->old_rows * (uint64_t)plan->columns;
        lower->chain_limit = old->chain_limit = plan->zoom == ZOOM_MAP ? 4 : 10;
    } else if (header->growing && (plan->is_split || plan->zoom == ZOOM_ENTRIES)) {
        old->first = plan->first & (header->old_buckets - 1);
        old->count = view->page;
    }
    if (plan->is_split && !header->same_size) {
        needs->windows[WINDOW_UPPER].array = HMAP_ARRAY_NEW;
        needs->windows[WINDOW_UPPER].first = plan->first + header->old_buckets;
        needs->windows[WINDOW_UPPER].count = view->page;
    }
}

void hmap_view_needs(struct hmap_view *view, const struct hmap_header_view *header,
                     const struct hmap_event *touched, int rows, int columns, struct hmap_needs *needs)
{
    *needs = (struct hmap_needs){0};
    view->rows = rows;
    view->columns = columns;
    if (view->follows && has_bucket(touched))
        view->selected = touched->bucket;
    if (view->selected >= header->buckets)
        view->selected = header->buckets ? header->buckets - 1 : 0;
    if (rows < VIEW_ROWS_MIN || columns < VIEW_COLUMNS_MIN)
        return; // nothing but a word about it will be shown
    struct frame frame = frame_of(view, rows, columns);
    struct grid_plan plan = grid_plan_of(view, header, &frame);
    measure(view, header, &plan, &frame);
    if (view->follows)
        bring_into_sight(view, view->selected);
    uint64_t last = view->buckets > view->page ? view->buckets - view->page : 0;
    if (view->first > last)
        view->first = rows_for(last, (int)view->row) * view->row;
    plan = grid_plan_of(view, header, &frame);
    if (plan.zoom == ZOOM_DENSITY) {
        // Each sample is a place in memory that nobody has been at lately.
        enum { SAMPLES_A_CELL = 4, SAMPLES_A_FRAME = 8192 };
        needs->new_cells = (size_t)plan.new_rows * (size_t)plan.columns;
        needs->old_cells = (size_t)plan.old_rows * (size_t)plan.columns;
        needs->samples = (uint32_t)(SAMPLES_A_FRAME / (needs->new_cells + needs->old_cells + 1) + 1);
        if (needs->samples > SAMPLES_A_CELL)
            needs->samples = SAMPLES_A_CELL;
    } else {
        need_windows(view, header, &plan, needs);
    }
    needs->events = (size_t)frame.events_rows;
    needs->loads = columns > 24 ? (size_t)columns - 24 : 0;
}

// --- Keys ---

static void add(struct intents *intents, struct intent intent)
{
    if (intents->length < INTENTS_MAX)
        intents->list[intents->length++] = intent;
}

static void move_selection(struct hmap_view *view, int64_t by)
{
    // Of the current array: while doubling side by side, the upper half comes after the lower one.
    uint64_t selected = view->selected;
    if (by < 0)
        selected = selected < (uint64_t)-by ? 0 : selected - (uint64_t)-by;
    else
        selected += (uint64_t)by;
    if (selected >= view->array_buckets)
        selected = view->array_buckets ? view->array_buckets - 1 : 0;
    view->selected = selected;
    view->follows = false;
    bring_into_sight(view, selected);
}

static void open_prompt(struct hmap_view *view, enum action asks)
{
    view->prompt = (struct view_prompt){.asks = asks};
}

static void answer(struct hmap_view *view, enum action asks, uint64_t number, struct intents *intents)
{
    enum intent_kind kind = asks == ACTION_ASK_TIME  ? INTENT_SEEK
                            : asks == ACTION_ASK_PUT ? INTENT_PUT
                                                     : INTENT_FIND;
    view->follows = true;
    add(intents, (struct intent){.kind = kind, .number = number});
}

static void press_in_prompt(struct hmap_view *view, struct key_press press, struct intents *intents)
{
    struct view_prompt *prompt = &view->prompt;
    bool is_character = press.code > ' ' && press.code < 0x7f;
    if (press.code == PRESS_ESCAPE || (press.code == PRESS_BACKSPACE && !prompt->length)) {
        prompt->asks = ACTION_NONE;
    } else if (press.code == PRESS_BACKSPACE) {
        prompt->text[--prompt->length] = '\0';
    } else if (is_character && prompt->length + 1 < PROMPT_BYTES) {
        prompt->text[prompt->length++] = (char)press.code;
        prompt->text[prompt->length] = '\0';
    } else if (press.code == PRESS_ENTER) {
        // Keys that are no numbers have names; "k17" is 17 too.
        enum action asks = prompt->asks;
        const char *at = prompt->text + strcspn(prompt->text, "0123456789");
        bool is_nan = !strcasecmp(prompt->text, "nan"), is_slice = !strcasecmp(prompt->text, "slice");
        prompt->asks = ACTION_NONE;
        if (*at || is_nan || is_slice)
            answer(view, asks, *at ? strtoull(at, NULL, 10) : is_nan ? UINT64_MAX : UINT64_MAX - 1, intents);
    }
}

static void press_in_dialog(struct hmap_view *view, struct key_press press, struct intents *intents)
{
    struct view_dialog *dialog = &view->dialog;
    size_t rows = view->choices_count;
    uint8_t *choice = &dialog->choices[dialog->row], count = view->choice_counts[dialog->row];
    switch (press.code) {
    case PRESS_UP:
    case 'k':
        dialog->row = (dialog->row + rows - 1) % rows;
        break;
    case PRESS_DOWN:
    case 'j':
        dialog->row = (dialog->row + 1) % rows;
        break;
    case PRESS_LEFT:
    case 'h':
        *choice = (uint8_t)((*choice + count - 1) % count);
        break;
    case PRESS_RIGHT:
    case 'l':
    case ' ':
        *choice = (uint8_t)((*choice + 1) % count);
        break;
    case PRESS_ENTER: {
        struct intent intent = {.kind = INTENT_SETUP};
        memcpy(intent.choices, dialog->choices, sizeof(intent.choices));
        add(intents, intent);
        dialog->is_open = false;
        break;
    }
    case PRESS_ESCAPE:
    case 'n':
    case 'q':
        dialog->is_open = false;
        break;
    default:
        break;
    }
}

static void press_in_help(struct hmap_view *view, struct key_press press)
{
    if (press.code == PRESS_DOWN || press.code == 'j')
        view->help_scroll++;
    else if (press.code == PRESS_UP || press.code == 'k')
        view->help_scroll -= view->help_scroll > 0;
    else if (press.code == PRESS_PAGE_DOWN || press.code == ' ')
        view->help_scroll += view->rows - 4;
    else if (press.code == PRESS_PAGE_UP)
        view->help_scroll = limit(view->help_scroll - view->rows + 4, 0, view->help_scroll);
    else
        view->shows_help = false;
}

static void do_action(struct hmap_view *view, const struct binding *binding, uint64_t count,
                      struct intents *intents)
{
    uint64_t number = count ? count : binding->default_count;
    int64_t page = (int64_t)(view->page > view->row ? view->page : view->row);
    int64_t steps = (int64_t)(count ? count : 1);
    switch (binding->action) {
    case ACTION_INTENT:
        if (binding->intent <= INTENT_SEEK || binding->intent >= INTENT_INSERT)
            view->follows |= binding->intent != INTENT_QUIT && binding->intent != INTENT_REDRAW &&
                             binding->intent != INTENT_WORKLOAD;
        add(intents, (struct intent){.kind = binding->intent, .number = number, .bucket = view->selected});
        break;
    case ACTION_UP:
        move_selection(view, -steps * (int64_t)view->row);
        break;
    case ACTION_DOWN:
        move_selection(view, steps * (int64_t)view->row);
        break;
    case ACTION_PAGE_UP:
        move_selection(view, -steps * page);
        break;
    case ACTION_PAGE_DOWN:
        move_selection(view, steps * page);
        break;
    case ACTION_FIRST:
        move_selection(view, INT64_MIN / 2);
        break;
    case ACTION_LAST:
        move_selection(view, INT64_MAX / 2 - (int64_t)view->selected);
        break;
    case ACTION_ZOOM_OUT:
        view->zoom += view->zoom < ZOOM_DENSITY;
        break;
    case ACTION_ZOOM_IN:
        view->zoom -= view->zoom > ZOOM_ENTRIES;
        break;
    case ACTION_BYTES:
        view->shows_bytes = !view->shows_bytes;
        break;
    case ACTION_EVENTS:
        view->shows_more_events = !view->shows_more_events;
        break;
    case ACTION_FOLLOW:
        view->follows = !view->follows;
        break;
    case ACTION_HELP:
        view->shows_help = true;
        view->help_scroll = 0;
        break;
    case ACTION_TIME_BACK:
    case ACTION_TIME_ON: {
        uint64_t by = view->end / 20 + 1;
        uint64_t back = view->position > by ? view->position - by : 0;
        bool is_back = binding->action == ACTION_TIME_BACK;
        add(intents, (struct intent){INTENT_SEEK, is_back ? back : view->position + by, 0, {0}});
        view->follows = true;
        break;
    }
    case ACTION_TIME_START:
    case ACTION_TIME_END:
        add(intents,
            (struct intent){INTENT_SEEK, binding->action == ACTION_TIME_END ? view->end : 0, 0, {0}});
        view->follows = true;
        break;
    case ACTION_ASK_FIND:
    case ACTION_ASK_PUT:
    case ACTION_ASK_TIME:
        if (count)
            answer(view, binding->action, count, intents);
        else
            open_prompt(view, binding->action);
        break;
    case ACTION_SETUP:
        view->dialog = (struct view_dialog){.is_open = view->choices_count > 0};
        memcpy(view->dialog.choices, view->choice_currents, sizeof(view->dialog.choices));
        break;
    case ACTION_LEAVE:
    case ACTION_NONE:
        break;
    }
}

void hmap_view_press(struct hmap_view *view, struct key_press press, struct intents *intents)
{
    if (view->prompt.asks != ACTION_NONE) {
        press_in_prompt(view, press, intents);
    } else if (view->dialog.is_open) {
        press_in_dialog(view, press, intents);
    } else if (view->shows_help && press.code != 'q') {
        press_in_help(view, press);
    } else if (press.code >= '0' && press.code <= '9') {
        view->count = key_count_add(view->count, press.code - '0');
    } else {
        const struct binding *binding = keymap_find(press.code);
        uint64_t count = press.count ? press.count : view->count;
        view->count = 0;
        if (binding)
            do_action(view, binding, count, intents);
    }
}

// --- Mouse ---

void hits_add(struct hits *hits, struct hit hit)
{
    if (hits->length < HITS_MAX)
        hits->list[hits->length++] = hit;
}

void hmap_view_click(struct hmap_view *view, const struct hits *hits, int row, int column,
                     struct intents *intents)
{
    if (view->shows_help || view->dialog.is_open) {
        view->shows_help = view->dialog.is_open = false;
        return;
    }
    for (size_t i = hits->length; i-- > 0;) {
        const struct hit *hit = &hits->list[i];
        if (row != hit->row || column < hit->column || column >= hit->column + hit->columns)
            continue;
        uint64_t value = hit->value + (uint64_t)(column - hit->column) * hit->step;
        if (hit->kind == HIT_TIME) {
            view->follows = true;
            add(intents, (struct intent){.kind = INTENT_SEEK, .number = value});
        } else if (hit->kind == HIT_KEY) {
            hmap_view_press(view, (struct key_press){.code = (uint32_t)value}, intents);
        } else {
            view->selected = value;
            view->follows = false;
        }
        return;
    }
}

void hmap_view_wheel(struct hmap_view *view, int rows)
{
    if (view->shows_help) {
        view->help_scroll = limit(view->help_scroll + rows, 0, 1000);
        return;
    }
    uint64_t by = (uint64_t)abs(rows) * view->row;
    view->follows = false;
    if (rows < 0)
        view->first = view->first > by ? view->first - by : 0;
    else if (view->buckets > view->page && view->first + by <= view->buckets - view->page)
        view->first += by;
    else if (view->buckets > view->page)
        view->first = view->buckets - view->page;
}
