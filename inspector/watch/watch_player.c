// SPDX-License-Identifier: MIT
#include "watch/watch_player.h"
#include "base/clock.h"

#include <string.h>

enum {
    BULK_SPEED = 10, // from 2^10 beats a second on, whole operations are played
    FLUSH_MS = 1000,
};

// --- Opening ---

static void on_log(void *state, struct watch_op op)
{
    struct watch_player *player = state;
    if (player->recorder)
        recorder_op(player->recorder, op);
    struct error *error = compare_log(player, op);
    if (error) // the session goes on without
        compare_close(player);
    error_free(error);
}

static void on_drop(void *state, uint64_t ops_left)
{
    struct watch_player *player = state;
    if (player->recorder)
        recorder_drop(player->recorder, ops_left);
    compare_drop(player);
    view_say(&player->views, false, "the later history is dropped: another one begins here");
}

static struct error *open_session(struct watch_player *player, const struct watch_setup *setup)
{
    struct error *error = session_open(&player->session, setup);
    player->session.on_log = on_log;
    player->session.on_drop = on_drop;
    player->session.log_state = player;
    return error;
}

struct error *player_start(struct watch_player *player, const struct watch_setup *setup,
                           enum workload workload)
{
    *player = (struct watch_player){.speed = SPEED_START, .shown_setup = *setup};
    scenario_start(&player->scenario, workload, setup->seed);
    RETURN_IF_ERROR(open_session(player, setup));
    swiss_picture_open(player);
    return classic_picture_open(player);
}

void player_close(struct watch_player *player)
{
    compare_close(player);
    session_close(&player->session);
    classic_picture_close(player);
    swiss_picture_close(player);
    view_stack_free(&player->views);
}

void player_record(struct watch_player *player, struct watch_recorder *recorder)
{
    player->recorder = recorder;
}

struct error *player_replay(struct watch_player *player, const struct recording *recording, const char *path)
{
    for (size_t i = 0; i < recording->ops.length; i++)
        RETURN_IF_ERROR(session_append(&player->session, recording->ops.data[i]));
    session_limit(&player->session, recording->steps_most);
    RETURN_IF_ERROR(error_prefix(session_run(&player->session), "%s", path));
    session_limit(&player->session, 0);
    if (recording->is_whole && session_end(&player->session) != recording->end_events)
        return error_create(
            ERROR_BAD_FORMAT, "%s: replays to %llu events, but %llu were recorded: by another version", path,
            (unsigned long long)session_end(&player->session), (unsigned long long)recording->end_events);
    player->is_replay = true;
    return session_seek(&player->session, 0);
}

// --- Playing ---

static struct error *play_bulk(struct watch_player *player, uint64_t until_ns, bool *moved)
{
    enum { AT_ONCE = 256 };
    do {
        for (int i = 0; i < AT_ONCE && player->due >= 1; i++) {
            RETURN_IF_ERROR(player_want_future(player, moved));
            if (!*moved)
                return NULL;
            RETURN_IF_ERROR(session_step_op(&player->session));
            if (player->session.is_paused)
                return NULL;
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
        view_say(&player->views, false, "the end of the recording");
    }
}

static double beats_a_second(const struct watch_player *player)
{
    double pace = scenario_pace(&player->scenario, &player->session) / 1000.0;
    return (double)(1ull << player->speed) * (player->is_replay ? 1 : pace);
}

// What is recorded reaches the file at least every second.
static struct error *flush(struct watch_player *player, uint64_t elapsed_ns)
{
    player->unflushed_ns += elapsed_ns;
    if (!player->recorder || player->unflushed_ns < FLUSH_MS * 1000000ull)
        return NULL;
    player->unflushed_ns = 0;
    return recorder_flush(player->recorder);
}

static struct error *play(struct watch_player *player, uint64_t elapsed_ns, uint64_t until, bool *changed)
{
    double rate = beats_a_second(player);
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
            RETURN_IF_ERROR(player_play_beat(player, &moved));
            player->due -= 1;
        }
        if (clock_ns() >= until)
            break;
    }
    if (!moved)
        stop_playing(player);
    return NULL;
}

struct error *player_advance(struct watch_player *player, uint64_t elapsed_ns, uint64_t budget_ns,
                             bool *changed)
{
    *changed = compare_is_behind(player);
    RETURN_IF_ERROR(flush(player, elapsed_ns));
    uint64_t until = clock_ns() + budget_ns;
    if (player->work.is_under_way) {
        *changed = true;
        return work_go(player, until);
    }
    if (!player->is_playing)
        return NULL;
    player->session.slice_end_ns = player->views.slice_ns ? until : 0;
    struct error *error = play(player, elapsed_ns, until, changed);
    player->session.slice_end_ns = 0;
    return error;
}

int player_wait_ms(const struct watch_player *player)
{
    if (player->work.is_under_way || compare_is_behind(player))
        return 0;
    if (!player->is_playing)
        return player->recorder ? FLUSH_MS : VIEW_WAIT_FOREVER;
    double ms = (1 - player->due) / beats_a_second(player) * 1000;
    return ms < 1 ? 1 : ms > 100 ? 100 : (int)ms;
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
    bool is_nan = intent->number == INTENT_NUMBER_NAN, is_slice = intent->number == INTENT_NUMBER_SLICE;
    bool is_name = is_nan || is_slice;
    *number = is_nan ? KEY_NUMBER_NAN : is_slice ? KEY_NUMBER_SLICE : intent->number;
    if ((*number <= KEY_NUMBER_MAX || is_name) && watch_key_exists(&player->session.keys, *number))
        return true;
    view_say(&player->views, true, is_name ? "keys of this type have no such value" : "keys go from 0 to %d",
             KEY_NUMBER_MAX);
    return false;
}

static void stop(struct watch_player *player)
{
    player->is_playing = false;
    player->due = 0;
}

struct error *player_new_map(struct watch_player *player, const uint8_t chosen[CHOICES_MAX])
{
    stop(player);
    work_stop(player);
    if (player->recorder) {
        view_say(&player->views, true, "a recording holds one map: quit first, or record another");
        return NULL;
    }
    struct watch_setup setup = scene_setup(player, chosen);
    compare_close(player);
    session_close(&player->session);
    memset(player->worded, 0, sizeof(player->worded)); // its keys have other texts
    struct error *error = open_session(player, &setup);
    if (error && error->code == ERROR_UNSUPPORTED) {
        view_say(&player->views, true, "%s", error->message);
        error_free(error);
        session_close(&player->session);
        setup.entries = 0;
        error = open_session(player, &setup);
    }
    RETURN_IF_ERROR(error);
    enum workload workload = player->scenario.workload;
    bool fits_story = !setup.entries && (setup.map_kind == WATCH_SWISS ? !setup.hint : setup.hint != 0);
    scenario_start(&player->scenario,
                   fits_story ? WORKLOAD_STORY
                   : workload ? workload
                              : WORKLOAD_INSERT,
                   setup.seed);
    player->is_replay = false;
    player->is_own = false;
    player->classic_view.screen.first = player->classic_view.selected = 0;
    player->swiss_view.screen.first = player->swiss_view.group = player->swiss_view.place = 0;
    player->classic_view.screen.follows = player->swiss_view.screen.follows = true;
    return NULL;
}

// A key that is chosen by the map's state is chosen when the operation under way has ended.
static struct error *settle(struct watch_player *player)
{
    return player->session.model->is_inside ? session_step_op(&player->session) : NULL;
}

static struct error *play_or_pause(struct watch_player *player)
{
    player->is_playing = !player->is_playing;
    player->due = player->is_playing; // the first beat at once
    player->is_own &= !player->is_playing;
    if (!player->is_playing) // at the end of an operation: what a person does next begins there
        return settle(player);
    struct watch_op ignored;
    struct scenario story = player->scenario;
    bool is_over = player->is_playing && story.workload == WORKLOAD_STORY && !player->is_replay &&
                   !session_has_future(&player->session) &&
                   !scenario_next(&story, &player->session, &ignored);
    if (is_over)
        player->scenario.workload = WORKLOAD_CHURN;
    return NULL;
}

static struct error *work(struct watch_player *player, const struct intent *intent)
{
    uint64_t slice_ns = player->views.slice_ns;
    RETURN_IF_ERROR(work_start(player, intent));
    return work_go(player, slice_ns ? clock_ns() + slice_ns : 0);
}

static void say_unknown(struct watch_player *player, uint32_t code)
{
    char text[5] = "";
    if (code > ' ' && code < PRESS_UP && code != 0x7f && (code < 0x80 || code >= 0xa0))
        text[canvas_encode(code, text)] = '\0';
    view_say(&player->views, true,
             *text ? "%s does nothing here: ? tells all keys"
                   : "%sthis key does nothing here: ? tells all keys",
             text);
}

static struct error *apply(struct watch_player *player, const struct intent *intent)
{
    uint64_t number;
    switch (intent->kind) {
    case INTENT_QUIT:
        player->views.wants_quit = true;
        return NULL;
    case INTENT_REDRAW:
        player->views.wants_redraw = true;
        return NULL;
    case INTENT_UNKNOWN:
        say_unknown(player, (uint32_t)intent->number);
        return NULL;
    case INTENT_SHARE:
        share_open(&player->share, &player->views, player->theme);
        return NULL;
    case INTENT_HELP:
    case INTENT_ASK:
    case INTENT_CHOOSE: // the view's own: watch_view.c
        return NULL;
    case INTENT_PLAY:
        return play_or_pause(player);
    case INTENT_FASTER:
        player->speed += player->speed < SPEED_MOST;
        return NULL;
    case INTENT_SLOWER:
        player->speed -= player->speed > 0;
        return NULL;
    case INTENT_WORKLOAD:
        player->scenario.workload = (enum workload)((player->scenario.workload + 1) % WORKLOADS);
        view_say(&player->views, false, "playing does: %s", workload_name(player->scenario.workload));
        return NULL;
    case INTENT_STOP:
        work_stop(player);
        return NULL;
    case INTENT_COMPARE:
        if (!player->compare.is_open)
            return compare_open(player);
        compare_close(player);
        return NULL;
    case INTENT_STEP:
    case INTENT_STEP_BEAT:
    case INTENT_STEP_OP:
    case INTENT_BACK:
    case INTENT_BACK_OP:
    case INTENT_SEEK:
    case INTENT_INSERT:
    case INTENT_FORCE:
    case INTENT_GROW:
    case INTENT_DELETE:
    case INTENT_DELETE_ANY:
    case INTENT_FIND_HIT:
    case INTENT_RANGE:
        return work(player, intent);
    case INTENT_CLEAR:
        return do_op(player, OP_CLEAR, 0);
    case INTENT_FIND_MISS:
        RETURN_IF_ERROR(settle(player));
        number = player->session.model->next_number + scenario_random(&player->scenario) % 1000;
        return do_op(player, OP_FIND, number < KEY_NUMBER_MAX ? number : 0);
    case INTENT_FIND:
    case INTENT_PUT:
        return number_of(player, intent, &number)
                   ? do_op(player, intent->kind == INTENT_PUT ? OP_INSERT : OP_FIND, number)
                   : NULL;
    case INTENT_RANGE_STOP:
        if (!player->session.model->is_ranging)
            view_say(&player->views, true, "no range is under way: r starts one");
        return player->session.model->is_ranging ? do_op(player, OP_RANGE_STOP, 0) : NULL;
    }
    return NULL;
}

struct error *player_apply(struct watch_player *player, const struct intent *intent)
{
    // A held key gives more presses than can be carried out: they are not kept for later.
    if (player->work.is_under_way && (intent_moves_map(intent->kind) || intent->kind == INTENT_PLAY))
        return NULL;
    if (intent_moves_map(intent->kind))
        stop(player);
    player->is_own |= intent_logs(intent->kind);
    return apply(player, intent);
}
