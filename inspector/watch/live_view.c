// SPDX-License-Identifier: MIT
// The session of another program's map as a view: its keys, time and frames, and the views that it opens on top.
#include "view/map_keys.h"
#include "watch/live_session.h"

#include <stdio.h>

// What the keys do beyond the view itself.
enum live_action {
    LIVE_HOLD = 100,
    LIVE_FREEZE,
    LIVE_FIND,
    LIVE_FIND_CURSOR,
    LIVE_LIST,
    LIVE_STEP_BACK,
    LIVE_STEP,
};

// clang-format off
#define LIVE_KEYS_PROGRAM \
    GROUP("the program"),                                                                            \
    {' ', DO(LIVE_HOLD), WHEN_ALWAYS, "space", "hold", "hold the picture, or go on", WHEN_PAUSED, "go on"}, \
    {'f', DO(LIVE_FREEZE), WHEN_ALWAYS, "f", "freeze",                                               \
     "stop the program for one exact picture, and say for how long", NO_OTHER}, \
    {'b', DO(LIVE_STEP_BACK), WHEN_ALWAYS, "b", "back", "back one frame (50b: five seconds)", NO_OTHER},  \
    {'s', DO(LIVE_STEP), WHEN_PAST, "s", "step", "on one frame", NO_OTHER},                          \
    {',', DO(ACTION_TIME_BACK), 0, ",", "", "back a twentieth of the time line; a click on it goes there", \
     NO_OTHER},                                                                                      \
    {';', DO(ACTION_TIME_ON), 0, ";", "", "on a twentieth", NO_OTHER},                               \
    {'<', DO(ACTION_TIME_START), 0, "<", "start", "to the first frame", NO_OTHER},                   \
    {'>', DO(ACTION_TIME_END), WHEN_PAST, ">", "now", "to the present", NO_OTHER}

#define LIVE_KEYS_MAPS(slot) \
    GROUP("keys and maps"),                                                                          \
    {'/', DO(LIVE_FIND), WHEN_ALWAYS, "/", "key",                                                    \
     "look a key up as the program would, step by step: 42, \"text\", {1, 2}", NO_OTHER},            \
    {'*', DO(LIVE_FIND_CURSOR), WHEN_ALWAYS, "*", "this key",                                        \
     "the same with the key under the cursor" slot, NO_OTHER},                                       \
    {'m', DO(LIVE_LIST), WHEN_ALWAYS, "m", "maps", "the program's maps, the largest first", NO_OTHER}, \
    {PRESS_BACKSPACE, DO(LIVE_LIST), 0, "Bksp", "maps", "as m", NO_OTHER}

#define CLASSIC_KEYS \
    LIVE_KEYS_MAPS(" (3*: the third of the bucket)"),                                                \
    MAP_KEYS_LOOKING("zoom out: entries, slots, buckets, map, density",                              \
                     "the header's bytes; then the selected bucket's; then neither", "bucket"),      \
    GROUP("slots"),                                                                                  \
    {PRESS_ENTER, DO(ACTION_OPEN), 0, "Enter", "open",                                              \
     "open a slot of the bucket and its chain: its key, and its value by type", NO_OTHER},          \
    {PRESS_RIGHT, DO(ACTION_SLOT), 0, "Right", "", "the next slot", NO_OTHER},                       \
    {PRESS_LEFT, DO(ACTION_SLOT_BACK), 0, "Left", "", "the slot before", NO_OTHER},                  \
    MAP_KEYS_END

#define SWISS_KEYS \
    LIVE_KEYS_MAPS(""),                                                                              \
    MAP_KEYS_LOOKING("zoom out: entries, slots, a glyph a slot, tables, directory",                  \
                     "the header's bytes; then the group's; then neither", "group"),                 \
    GROUP("tables and slots"),                                                                       \
    {'t', DO(ACTION_TABLE), WHEN_ALWAYS, "t", "table", "the next table", NO_OTHER},                  \
    {']', DO(ACTION_TABLE), 0, "]", "", "as t; a click on a table selects it", NO_OTHER},            \
    {'[', DO(ACTION_TABLE_BACK), 0, "[", "", "the table before", NO_OTHER},                          \
    {PRESS_RIGHT, DO(ACTION_SLOT), 0, "Right", "", "the next slot", NO_OTHER},                       \
    {PRESS_ENTER, DO(ACTION_OPEN), 0, "Enter", "open",                                              \
     "open the slot under the cursor: its key, and its value by type", NO_OTHER},                   \
    {PRESS_LEFT, DO(ACTION_SLOT_BACK), 0, "Left", "", "the slot before", NO_OTHER},                  \
    MAP_KEYS_END

static const struct key_binding classic_live[] = {LIVE_KEYS_PROGRAM, CLASSIC_KEYS};
static const struct key_binding swiss_live[] = {LIVE_KEYS_PROGRAM, SWISS_KEYS};
// A core stands still.
static const struct key_binding classic_core[] = {CLASSIC_KEYS};
static const struct key_binding swiss_core[] = {SWISS_KEYS};
// clang-format on

static const struct keymap keymaps[2][2] = {
    {{classic_live, ARRAY_LENGTH(classic_live)}, {classic_core, ARRAY_LENGTH(classic_core)}},
    {{swiss_live, ARRAY_LENGTH(swiss_live)}, {swiss_core, ARRAY_LENGTH(swiss_core)}},
};

static const struct keymap *keymap_of(const struct live_session *session)
{
    return &keymaps[session->is_swiss][session->program.is_core];
}

// ---- views on top ---------------------------------------------------------------------------------------

static void open_map_view(struct live_session *session);

static struct error *on_chosen(void *state, size_t row)
{
    struct live_session *session = state;
    const bool had_map = session->has_map;
    RETURN_IF_ERROR(live_open_map(session, row));
    if (had_map)
        view_close(&session->views, session);
    open_map_view(session);
    return NULL;
}

static struct error *open_list(struct live_session *session)
{
    if (session->has_map && !session->has_ended)
        RETURN_IF_ERROR(live_program_look(&session->program));
    session->list = (struct live_list){.stack = &session->views,
                                       .program = &session->program,
                                       .can_leave = session->has_map,
                                       .state = session,
                                       .chosen = on_chosen};
    if (session->has_map) {
        const size_t row = live_program_at(&session->program, session->reader.address);
        session->list.selected = row == SIZE_MAX ? 0 : row;
    }
    live_list_open(&session->list);
    return NULL;
}

static struct error *on_key(void *state, const char *text)
{
    struct live_session *session = state;
    if (*text)
        live_find(session, text);
    else
        session->search.is_on = false;
    return NULL;
}

static void open_prompt(struct live_session *session)
{
    const struct prompt_request request = {
        .label = "the key: ", .bytes_most = LIVE_KEY_BYTES - 1, .state = session, .answered = on_key};
    prompt_open(&session->prompt, &session->views, &request);
}

// ---- keys -----------------------------------------------------------------------------------------------

static void do_hold(struct live_session *session)
{
    if (session->program.is_replay) {
        session->is_held = !session->is_held;
        session->since_frame_ns = 0;
        if (!session->is_held && session->shown == session->frames)
            live_go(session, 1);
        return;
    }
    if (session->shown) {
        live_go(session, session->frames);
        return;
    }
    session->is_held = !session->is_held;
    session->is_exact = false;
    if (!session->has_ended)
        *session->note = '\0';
    session->wants_frame = !session->is_held;
}

static struct error *do_action(struct live_session *session, unsigned action, uint64_t count)
{
    switch (action) {
    case LIVE_HOLD:
        do_hold(session);
        return NULL;
    case LIVE_FREEZE:
        if (!session->program.is_replay)
            live_go(session, session->frames);
        if (!session->has_ended)
            return live_freeze(session);
        view_say(&session->views, false,
                 session->program.is_replay ? "a recording: there is no program to stop"
                                            : "the program ended");
        return NULL;
    case LIVE_STEP_BACK:
    case LIVE_STEP: {
        const uint64_t at = session->shown ? session->shown : session->frames, by = count ? count : 1;
        live_go(session, action == LIVE_STEP ? at + by : at > by ? at - by : 1);
        return NULL;
    }
    case LIVE_FIND:
        open_prompt(session);
        return NULL;
    case LIVE_FIND_CURSOR:
        live_find_cursor(session, count ? count : 1);
        return NULL;
    default:
        if (!live_is_one_map(session))
            return open_list(session);
        view_say(&session->views, false, "a recording is of one map");
        return NULL;
    }
}

static struct error *apply(struct live_session *session, const struct intent *intent)
{
    switch (intent->kind) {
    case INTENT_QUIT:
        session->views.wants_quit = true;
        break;
    case INTENT_REDRAW:
        session->views.wants_redraw = true;
        break;
    case INTENT_HELP:
        help_open(&session->help, &session->views, keymap_of(session),
                  session->is_swiss ? swiss_legend : hmap_legend);
        break;
    case INTENT_SHARE:
        share_open(&session->share, &session->views, session->theme);
        break;
    case INTENT_STOP:
        session->search.is_on = false;
        break;
    case INTENT_SEEK:
        live_go(session, intent->number);
        break;
    case INTENT_UNKNOWN:
        view_say(&session->views, false, "no such key here: ? shows them all");
        break;
    default:
        break;
    }
    return NULL;
}

// Where the views are in time, for going about in it.
static void set_time(struct live_session *session)
{
    const uint64_t at = session->shown ? session->shown : session->frames;
    live_screen(session)->position = at;
    live_screen(session)->end = session->frames;
}

// Going to another frame leaves the view where it is.
static struct error *apply_all(struct live_session *session, const struct intents *intents, bool follows)
{
    for (size_t i = 0; i < intents->length; i++) {
        if (intents->list[i].kind == INTENT_SEEK)
            live_screen(session)->follows = follows;
        RETURN_IF_ERROR(apply(session, &intents->list[i]));
    }
    return NULL;
}

static struct error *live_press(void *state, struct key_press press, bool *passes)
{
    struct live_session *session = state;
    struct intents intents = {.length = 0};
    (void)passes;
    const struct key_binding *binding = keymap_find(keymap_of(session), press.code);
    if (binding && binding->action >= LIVE_HOLD) {
        uint64_t *typed = &live_screen(session)->count;
        const uint64_t count = press.count ? press.count : *typed;
        *typed = 0;
        return do_action(session, binding->action, count);
    }
    const bool follows = live_screen(session)->follows;
    set_time(session);
    if (session->is_swiss)
        swiss_view_press(&session->swiss_view, press, &intents);
    else
        hmap_view_press(&session->classic_view, press, &intents);
    return apply_all(session, &intents, follows);
}

static struct error *live_click(void *state, const struct hit *hit, uint64_t value)
{
    struct live_session *session = state;
    struct intents intents = {.length = 0};
    const bool follows = live_screen(session)->follows;
    set_time(session);
    if (session->is_swiss)
        swiss_view_click(&session->swiss_view, hit, value, &intents);
    else
        hmap_view_click(&session->classic_view, hit, value, &intents);
    return apply_all(session, &intents, follows);
}

static struct error *live_wheel(void *state, int rows)
{
    struct live_session *session = state;
    if (session->is_swiss)
        swiss_view_wheel(&session->swiss_view, rows);
    else
        hmap_view_wheel(&session->classic_view, rows);
    return NULL;
}

// ---- frames and time ------------------------------------------------------------------------------------

static struct error *live_needs(void *state, int rows, int columns)
{
    return live_frame(state, rows, columns);
}

static void live_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    struct live_session *session = state;
    if (session->is_swiss)
        swiss_view_draw(&session->swiss_view, &session->swiss, canvas, hits);
    else
        hmap_view_draw(&session->classic_view, &session->classic, canvas, hits);
}

enum { FRAME_NS = 1000000000 / LIVE_FRAMES_A_SECOND };

static bool is_still(const struct live_session *session)
{
    return session->is_held || (session->has_ended && !session->program.is_replay) ||
           session->program.is_core;
}

static struct error *live_advance(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed)
{
    struct live_session *session = state;
    (void)budget_ns;
    if (is_still(session))
        return NULL;
    session->since_frame_ns += elapsed_ns;
    if (session->since_frame_ns < FRAME_NS)
        return NULL;
    if (session->program.is_replay)
        live_replay_step(session);
    *changed = session->wants_frame = true;
    return NULL;
}

static int live_wait(const void *state)
{
    const struct live_session *session = state;
    if (is_still(session))
        return VIEW_WAIT_FOREVER;
    const uint64_t since = session->since_frame_ns;
    return since >= FRAME_NS ? 0 : (int)((FRAME_NS - since) / 1000000) + 1;
}

static const struct view_ops live_ops = {.title = "strata watch",
                                         .rows_min = HMAP_ROWS_MIN,
                                         .columns_min = HMAP_COLUMNS_MIN,
                                         .needs = live_needs,
                                         .draw = live_draw,
                                         .press = live_press,
                                         .click = live_click,
                                         .wheel = live_wheel,
                                         .advance = live_advance,
                                         .wait = live_wait};

static void open_map_view(struct live_session *session)
{
    hmap_view_init(&session->classic_view, keymap_of(session));
    swiss_view_init(&session->swiss_view, keymap_of(session));
    // Nobody's key is touched: the view stays where the person puts it.
    session->swiss_view.screen.follows = false;
    view_open(&session->views, &live_ops, session);
}

void live_view_open(struct live_session *session)
{
    if (session->has_map)
        open_map_view(session);
    else
        error_free(open_list(session));
}
