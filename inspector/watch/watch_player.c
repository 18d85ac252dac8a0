#include "watch/watch_player.h"
#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BULK_SPEED = 10 }; // from 2^10 beats a second on, whole operations are played

static void say(struct watch_player *player, bool is_bad, const char *format, ...) PRINTF_LIKE(3, 4);
static void say(struct watch_player *player, bool is_bad, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(player->message, sizeof(player->message), format, arguments);
    va_end(arguments);
    player->message_is_bad = is_bad;
}

// --- Opening ---

static void on_log(void *state, struct watch_op op)
{
    struct watch_player *player = state;
    if (player->recorder)
        recorder_op(player->recorder, op);
}

static void on_drop(void *state, uint64_t ops_left)
{
    struct watch_player *player = state;
    if (player->recorder)
        recorder_drop(player->recorder, ops_left);
    say(player, false, "the later history is dropped: another one begins here");
}

static struct error *open_session(struct watch_player *player, const struct watch_setup *setup)
{
    struct error *error = session_open(&player->session, setup);
    player->session.on_log = on_log;
    player->session.on_drop = on_drop;
    player->session.log_state = player;
    return error;
}

struct error *player_open(struct watch_player *player, const struct watch_setup *setup,
                          enum workload workload)
{
    *player = (struct watch_player){.speed = SPEED_START};
    hmap_view_init(&player->view);
    scenario_start(&player->scenario, workload, setup->seed);
    RETURN_IF_ERROR(open_session(player, setup));
    return scene_open(player);
}

void player_close(struct watch_player *player)
{
    session_close(&player->session);
    scene_close(player);
    canvas_free(&player->canvas);
}

void player_record(struct watch_player *player, struct recorder *recorder)
{
    player->recorder = recorder;
}

// --- Playing ---

static struct error *append_next(struct watch_player *player, bool *has_next)
{
    struct watch_op op;
    *has_next = scenario_next(&player->scenario, &player->session, &op);
    return *has_next ? session_append(&player->session, op) : NULL;
}

static struct error *want_future(struct watch_player *player, bool *has_future)
{
    *has_future = session_has_future(&player->session);
    if (*has_future || (player->is_replay && player->is_playing))
        return NULL;
    return append_next(player, has_future);
}

struct error *player_beat(struct watch_player *player, bool *moved)
{
    enum { RETURNS_MOST = 4 };
    // The return of an operation is worth no beat of its own.
    for (int i = 0; i < RETURNS_MOST; i++) {
        RETURN_IF_ERROR(want_future(player, moved));
        if (!*moved)
            return NULL;
        RETURN_IF_ERROR(session_step_beat(&player->session));
        if (player->session.model->is_inside)
            return NULL;
    }
    return NULL;
}

static struct error *play_bulk(struct watch_player *player, uint64_t until_ns, bool *moved)
{
    enum { AT_ONCE = 256 };
    do {
        for (int i = 0; i < AT_ONCE && player->due >= 1; i++) {
            RETURN_IF_ERROR(want_future(player, moved));
            if (!*moved)
                return NULL;
            RETURN_IF_ERROR(session_step_op(&player->session));
            player->due -= 1;
        }
    } while (player->due >= 1 && clock_ns() < until_ns);
    return NULL;
}

static void stop_playing(struct watch_player *player)
{
    player->is_playing = false;
    player->due = 0;
    if (player->is_replay && !session_has_future(&player->session)) {
        player->is_replay = false;
        say(player, false, "the end of the recording");
    }
}

struct error *player_advance(struct watch_player *player, uint64_t elapsed_ns, uint64_t budget_ns,
                             bool *changed)
{
    *changed = false;
    if (!player->is_playing)
        return NULL;
    uint64_t until = clock_ns() + budget_ns;
    double pace = scenario_pace(&player->scenario, &player->session) / 1000.0;
    double rate = (double)(1ull << player->speed) * (player->is_replay ? 1 : pace);
    double most = rate / 4 + 1; // what a slow screen cannot keep up with is not made up for
    player->due += (double)elapsed_ns / 1e9 * rate;
    if (player->due > most)
        player->due = most;
    bool moved = true;
    while (player->due >= 1 && moved) {
        *changed = true;
        if (player->speed >= BULK_SPEED) {
            RETURN_IF_ERROR(play_bulk(player, until, &moved));
        } else {
            RETURN_IF_ERROR(player_beat(player, &moved));
            player->due -= 1;
        }
        if (clock_ns() >= until)
            break;
    }
    if (!moved)
        stop_playing(player);
    return NULL;
}

// --- Intents ---

static struct error *do_op(struct watch_player *player, enum watch_op_kind kind, uint64_t number)
{
    return session_do(&player->session,
                      (struct watch_op){.kind = kind & 0xff, .number = number & KEY_NUMBER_MASK});
}

// The numbers of a prompt's names.
static bool number_of(struct watch_player *player, const struct intent *intent, uint64_t *number)
{
    *number = intent->number == UINT64_MAX       ? KEY_NUMBER_NAN
              : intent->number == UINT64_MAX - 1 ? KEY_NUMBER_SLICE
                                                 : intent->number;
    bool is_name = intent->number >= UINT64_MAX - 1;
    if ((*number <= KEY_NUMBER_MAX || is_name) && watch_key_exists(&player->session.keys, *number))
        return true;
    say(player, true, is_name ? "keys of this type have no such value" : "keys go from 0 to %d",
        KEY_NUMBER_MAX);
    return false;
}

// All are logged, then run at one go.
static struct error *insert_many(struct watch_player *player, uint64_t count)
{
    uint64_t next = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = scenario_new_number(&player->scenario, &player->session);
        if (number != KEY_NUMBER_NAN)
            number += next++;
        if (number != KEY_NUMBER_NAN && number >= KEY_NUMBER_MAX) {
            say(player, true, "there are no more new keys");
            break;
        }
        struct watch_op op = {.kind = OP_INSERT, .number = number & KEY_NUMBER_MASK};
        RETURN_IF_ERROR(i ? session_append(&player->session, op) : session_log(&player->session, op));
    }
    return session_run(&player->session);
}

static struct error *force_many(struct watch_player *player, uint64_t bucket, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;
        if (!session_number_for_bucket(&player->session, bucket, &number)) {
            say(player, true, "no key falls into bucket %llu with this hash", (unsigned long long)bucket);
            return NULL;
        }
        RETURN_IF_ERROR(do_op(player, OP_INSERT, number));
    }
    return NULL;
}

// Inserts until a growth starts, and stays there, inside the insertion: nothing is moved yet.
static struct error *grow(struct watch_player *player)
{
    enum { CLOSE = 32 };
    struct watch_session *session = &player->session;
    const struct watch_model *model = session->model;
    struct hmap_header_view header;
    hmap_snapshot_header(&model->context, model->map, &header);
    // Far away, whole operations do.
    uint64_t far = header.grows_above > (uint64_t)header.count + CLOSE
                       ? header.grows_above - (uint64_t)header.count - CLOSE
                       : 0;
    RETURN_IF_ERROR(insert_many(player, far));
    uint64_t most = 4 * header.grows_above + 4 * CLOSE;
    for (uint64_t i = 0; i < most; i++) {
        struct watch_op op = {.kind = OP_INSERT,
                              .number = scenario_new_number(&player->scenario, session) & KEY_NUMBER_MASK};
        RETURN_IF_ERROR(session_log(session, op));
        while (session_has_future(session)) {
            RETURN_IF_ERROR(session_step_beat(session));
            if (model->ring[model->events % SESSION_RING].event.kind == HMAP_EVENT_GROW_START)
                return NULL;
        }
    }
    return NULL;
}

static struct error *on_live(struct watch_player *player, enum watch_op_kind kind, uint64_t bucket,
                             uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number;
        if (!session_live_number(&player->session, bucket, scenario_random(&player->scenario), &number)) {
            say(player, true, bucket == UINT64_MAX ? "the map is empty" : "this bucket is empty");
            return NULL;
        }
        RETURN_IF_ERROR(do_op(player, kind, number));
    }
    return NULL;
}

static struct error *step(struct watch_player *player, enum intent_kind kind, uint64_t count)
{
    bool has_future = true;
    for (uint64_t i = 0; i < count && has_future; i++) {
        RETURN_IF_ERROR(want_future(player, &has_future));
        if (!has_future)
            say(player, false,
                "the story is over: i inserts, g grows, w picks another workload, ? tells all keys");
        else if (kind == INTENT_STEP)
            RETURN_IF_ERROR(session_step(&player->session));
        else if (kind == INTENT_STEP_BEAT)
            RETURN_IF_ERROR(player_beat(player, &has_future));
        else
            RETURN_IF_ERROR(session_step_op(&player->session));
    }
    return NULL;
}

static struct error *back(struct watch_player *player, enum intent_kind kind, uint64_t count)
{
    uint64_t position = player->session.model->events;
    if (!position)
        say(player, false, "this is the beginning");
    if (kind == INTENT_BACK)
        position -= count < position ? count : position;
    else
        for (uint64_t i = 0; i < count && position; i++)
            position = session_op_start(&player->session, position);
    return session_seek(&player->session, position);
}

static struct error *range(struct watch_player *player, uint64_t steps)
{
    if (!player->session.model->is_ranging)
        return do_op(player, OP_RANGE_START, 0);
    for (uint64_t i = 0; i < steps && player->session.model->is_ranging; i++)
        RETURN_IF_ERROR(do_op(player, OP_RANGE_NEXT, 0));
    return NULL;
}

static struct error *new_map(struct watch_player *player, const struct intent *intent)
{
    if (player->recorder) {
        say(player, true, "a recording holds one map: quit first, or record another");
        return NULL;
    }
    struct watch_setup setup = scene_setup(player, intent->choices);
    session_close(&player->session);
    RETURN_IF_ERROR(open_session(player, &setup));
    enum workload workload = player->scenario.workload;
    bool fits_story = !setup.entries && setup.hint;
    scenario_start(&player->scenario,
                   fits_story ? WORKLOAD_STORY
                   : workload ? workload
                              : WORKLOAD_INSERT,
                   setup.seed);
    player->is_replay = false;
    player->view.first = player->view.selected = 0;
    player->view.follows = true;
    return NULL;
}

static void play_or_pause(struct watch_player *player)
{
    player->is_playing = !player->is_playing;
    player->due = player->is_playing; // the first beat at once
    struct watch_op ignored;
    struct scenario story = player->scenario;
    bool is_over = player->is_playing && story.workload == WORKLOAD_STORY && !player->is_replay &&
                   !session_has_future(&player->session) &&
                   !scenario_next(&story, &player->session, &ignored);
    if (is_over)
        player->scenario.workload = WORKLOAD_CHURN;
}

static bool is_taking_over(enum intent_kind kind)
{
    return kind != INTENT_QUIT && kind != INTENT_PLAY && kind != INTENT_FASTER && kind != INTENT_SLOWER &&
           kind != INTENT_WORKLOAD && kind != INTENT_REDRAW;
}

static struct error *apply(struct watch_player *player, const struct intent *intent)
{
    uint64_t number;
    switch (intent->kind) {
    case INTENT_QUIT:
        player->wants_quit = true;
        return NULL;
    case INTENT_REDRAW:
        player->wants_redraw = true;
        return NULL;
    case INTENT_PLAY:
        play_or_pause(player);
        return NULL;
    case INTENT_FASTER:
        player->speed += player->speed < SPEED_MOST;
        return NULL;
    case INTENT_SLOWER:
        player->speed -= player->speed > 0;
        return NULL;
    case INTENT_WORKLOAD:
        player->scenario.workload = (enum workload)((player->scenario.workload + 1) % WORKLOADS);
        say(player, false, "playing does: %s", workload_name(player->scenario.workload));
        return NULL;
    case INTENT_STEP:
    case INTENT_STEP_BEAT:
    case INTENT_STEP_OP:
        return step(player, intent->kind, intent->number);
    case INTENT_BACK:
    case INTENT_BACK_OP:
        return back(player, intent->kind, intent->number);
    case INTENT_SEEK:
        return session_seek(&player->session, intent->number);
    case INTENT_INSERT:
        return insert_many(player, intent->number);
    case INTENT_FORCE:
        return force_many(player, intent->bucket, intent->number);
    case INTENT_GROW:
        return grow(player);
    case INTENT_DELETE:
        return on_live(player, OP_DELETE, intent->bucket, intent->number);
    case INTENT_DELETE_ANY:
        return on_live(player, OP_DELETE, UINT64_MAX, intent->number);
    case INTENT_CLEAR:
        return do_op(player, OP_CLEAR, 0);
    case INTENT_FIND_HIT:
        return on_live(player, OP_FIND, UINT64_MAX, intent->number);
    case INTENT_FIND_MISS:
        number = player->session.model->next_number + scenario_random(&player->scenario) % 1000;
        return do_op(player, OP_FIND, number < KEY_NUMBER_MAX ? number : 0);
    case INTENT_FIND:
    case INTENT_PUT:
        return number_of(player, intent, &number)
                   ? do_op(player, intent->kind == INTENT_PUT ? OP_INSERT : OP_FIND, number)
                   : NULL;
    case INTENT_RANGE:
        return range(player, intent->number);
    case INTENT_RANGE_STOP:
        if (!player->session.model->is_ranging)
            say(player, true, "no range is under way: r starts one");
        return player->session.model->is_ranging ? do_op(player, OP_RANGE_STOP, 0) : NULL;
    case INTENT_SETUP:
        return new_map(player, intent);
    }
    return NULL;
}

struct error *player_apply(struct watch_player *player, const struct intent *intent)
{
    if (is_taking_over(intent->kind)) {
        player->is_playing = false;
        player->due = 0;
    }
    return apply(player, intent);
}

// The view follows what has happened before the key, whether or not a frame has shown it: what a key does
// must not depend on the screen's pace.
static void follow(struct watch_player *player)
{
    struct hmap_needs ignored;
    struct hmap_view *view = &player->view;
    scene_header(player);
    hmap_view_needs(view, &player->scene.header, &player->scene.touched, view->rows, view->columns, &ignored);
    view->position = player->session.model->events;
    view->end = session_end(&player->session);
}

struct error *player_press(struct watch_player *player, struct key_press press)
{
    struct intents intents = {.length = 0};
    *player->message = '\0';
    follow(player);
    hmap_view_press(&player->view, press, &intents);
    for (size_t i = 0; i < intents.length; i++)
        RETURN_IF_ERROR(player_apply(player, &intents.list[i]));
    return NULL;
}

struct error *player_click(struct watch_player *player, int row, int column)
{
    struct intents intents = {.length = 0};
    *player->message = '\0';
    hmap_view_click(&player->view, &player->hits, row, column, &intents);
    for (size_t i = 0; i < intents.length; i++)
        RETURN_IF_ERROR(player_apply(player, &intents.list[i]));
    return NULL;
}

struct error *player_frame(struct watch_player *player, int rows, int columns)
{
    struct hmap_needs needs;
    if (!canvas_reset(&player->canvas, rows, columns))
        return &error_out_of_memory;
    scene_header(player);
    hmap_view_needs(&player->view, &player->scene.header, &player->scene.touched, rows, columns, &needs);
    RETURN_IF_ERROR(scene_fill(player, &needs));
    hmap_view_draw(&player->view, &player->scene, &player->canvas, &player->hits);
    if (player->is_ascii)
        canvas_make_ascii(&player->canvas);
    return NULL;
}
