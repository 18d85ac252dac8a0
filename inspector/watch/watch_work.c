// SPDX-License-Identifier: MIT
#include "watch/watch_work.h"
#include "base/clock.h"
#include "watch/watch_player.h"

#include <stdio.h>

enum { BATCH = 256, CLOSE = 32 };

// --- What comes next ---

static struct error *append_next(struct watch_player *player, bool *has_next)
{
    struct watch_op op;
    *has_next = scenario_next(&player->scenario, &player->session, &op);
    return *has_next ? session_append(&player->session, op) : NULL;
}

struct error *player_want_future(struct watch_player *player, bool *has_future)
{
    *has_future = session_has_future(&player->session);
    if (*has_future || (player->is_replay && player->is_playing))
        return NULL;
    return append_next(player, has_future);
}

// One beat of playing; *moved is false when there is nothing left to play.
struct error *player_play_beat(struct watch_player *player, bool *moved)
{
    enum { RETURNS_MOST = 4 };
    // The return of an operation is worth no beat of its own.
    for (int i = 0; i < RETURNS_MOST; i++) {
        RETURN_IF_ERROR(player_want_future(player, moved));
        if (!*moved)
            return NULL;
        player->session.has_small_beats = scenario_is_slow(&player->scenario, &player->session);
        struct error *error = session_step_beat(&player->session);
        player->session.has_small_beats = false;
        RETURN_IF_ERROR(error);
        if (player->session.model->is_inside || player->session.is_paused)
            return NULL;
    }
    return NULL;
}

// --- Steps of work ---

// Whether a step of work is all done, has more to do, or waits for the next slice.
enum progress { DONE, MORE, NEXT_SLICE };

static struct error *do_op(struct watch_player *player, enum watch_op_kind kind, uint64_t number)
{
    player->work.runs_whole = true;
    return session_do(&player->session,
                      (struct watch_op){.kind = kind & 0xff, .number = number & KEY_NUMBER_MASK});
}

static bool is_number_left(struct watch_player *player, uint64_t number)
{
    if (number == KEY_NUMBER_NAN || number < KEY_NUMBER_MAX)
        return true;
    view_say(&player->views, true, "there are no more new keys: n makes a new map");
    return false;
}

// Logs new keys, at most `most`, and runs them. Returns how many were logged in *logged.
static struct error *insert_batch(struct watch_player *player, uint64_t most, uint64_t *logged)
{
    struct watch_session *session = &player->session;
    uint64_t next = 0;
    *logged = 0;
    for (uint64_t i = 0; i < most && i < BATCH; i++) {
        uint64_t number = scenario_new_number(&player->scenario, session);
        if (number != KEY_NUMBER_NAN)
            number += next++;
        if (!is_number_left(player, number))
            break;
        struct watch_op op = {.kind = OP_INSERT, .number = number & KEY_NUMBER_MASK};
        RETURN_IF_ERROR(i ? session_append(session, op) : session_log(session, op));
        ++*logged;
        player->work.runs_whole = true;
    }
    return *logged ? session_run(session) : NULL;
}

static struct error *insert_some(struct watch_player *player, enum progress *progress)
{
    struct watch_work *work = &player->work;
    uint64_t logged;
    RETURN_IF_ERROR(insert_batch(player, work->intent.number - work->done, &logged));
    work->done += logged;
    *progress = logged && work->done < work->intent.number ? MORE : DONE;
    return NULL;
}

static struct error *force_one(struct watch_player *player, enum progress *progress)
{
    struct watch_work *work = &player->work;
    uint64_t number;
    const struct watch_spot spot = {.bucket = work->intent.bucket, .place = work->intent.place};
    switch (session_number_for(&player->session, &spot, &work->tried, &number)) {
    case FOUND_NOT_YET:
        *progress = NEXT_SLICE;
        return NULL;
    case FOUND_NONE:
        view_say(&player->views, true, "no key falls into %s %llu with this hash",
                 player->session.ops->place_name, (unsigned long long)work->intent.bucket);
        *progress = DONE;
        return NULL;
    case FOUND:
        break;
    }
    work->tried = 0;
    *progress = ++work->done < work->intent.number ? MORE : DONE;
    return do_op(player, OP_INSERT, number);
}

// Inserts until a growth starts, and stays there, inside the insertion: nothing is moved yet. Far away, whole
// operations do.
static struct error *grow_some(struct watch_player *player, enum progress *progress)
{
    struct watch_session *session = &player->session;
    struct watch_work *work = &player->work;
    const struct watch_model *model = session->model;
    uint64_t logged;
    *progress = MORE;
    if (!work->left) {
        uint64_t above = session->ops->grows_above(session), count = session_count(session);
        work->far_left = above > count + CLOSE ? above - count - CLOSE : 0;
        work->left = 4 * above + 4 * CLOSE;
    }
    if (work->far_left) {
        RETURN_IF_ERROR(insert_batch(player, work->far_left, &logged));
        work->far_left -= logged;
        *progress = logged ? MORE : DONE;
        return NULL;
    }
    work->runs_whole = false;
    for (int i = 0; i < BATCH; i++) {
        if (!work->has_logged) {
            uint64_t number = scenario_new_number(&player->scenario, session);
            if (!--work->left || !is_number_left(player, number)) {
                *progress = DONE;
                return NULL;
            }
            struct watch_op op = {.kind = OP_INSERT, .number = number & KEY_NUMBER_MASK};
            RETURN_IF_ERROR(session_log(session, op));
        }
        work->has_logged = false;
        while (session_has_future(session)) {
            RETURN_IF_ERROR(session_step_beat(session));
            if (session->is_paused && session_has_future(session)) {
                work->has_logged = true;
                *progress = NEXT_SLICE;
                return NULL;
            }
            const struct watch_event *latest = &model->ring[model->events % SESSION_RING];
            if (latest->event.kind == EVENT_RETURN || !(session->ops->traits(&latest->any) & TRAIT_GROWTH))
                continue;
            work->left = 0;
            *progress = ++work->done < work->intent.number ? MORE : DONE;
            return *progress == MORE ? session_step_op(session) : NULL;
        }
    }
    return NULL;
}

static struct error *on_live(struct watch_player *player, enum watch_op_kind kind, bool is_any,
                             enum progress *progress)
{
    struct watch_work *work = &player->work;
    const struct watch_spot spot = {
        .bucket = work->intent.bucket, .place = work->intent.place, .is_any = is_any};
    uint64_t number;
    *progress = DONE;
    if (!session_live_number(&player->session, &spot, scenario_random(&player->scenario), &number)) {
        view_say(&player->views, true, is_any ? "the map is empty" : "this %s is empty",
                 player->session.ops->place_name);
        return NULL;
    }
    *progress = ++work->done < work->intent.number ? MORE : DONE;
    return do_op(player, kind, number);
}

static struct error *range_some(struct watch_player *player, enum progress *progress)
{
    struct watch_work *work = &player->work;
    const struct watch_model *model = player->session.model;
    bool begins = !model->is_ranging;
    RETURN_IF_ERROR(do_op(player, begins ? OP_RANGE_START : OP_RANGE_NEXT, 0));
    bool goes_on = !begins && model->is_ranging && ++work->done < work->intent.number;
    *progress = goes_on ? MORE : DONE;
    return NULL;
}

static struct error *step_some(struct watch_player *player, enum progress *progress)
{
    struct watch_work *work = &player->work;
    bool has_future = true;
    for (int i = 0; i < BATCH && has_future && work->done < work->intent.number; i++, work->done++) {
        uint64_t before = player->session.model->events;
        RETURN_IF_ERROR(player_want_future(player, &has_future));
        if (!has_future)
            view_say(&player->views, false,
                     "the story is over: i inserts, g grows, w picks another workload, ? tells all keys");
        else if (work->intent.kind == INTENT_STEP)
            RETURN_IF_ERROR(session_step(&player->session));
        else if (work->intent.kind == INTENT_STEP_BEAT)
            RETURN_IF_ERROR(player_play_beat(player, &has_future));
        else
            RETURN_IF_ERROR(session_step_op(&player->session));
        bool has_moved = player->session.model->events != before;
        if (work->intent.kind == INTENT_STEP_BEAT) // a return on the way to the beat is not it
            has_moved = !player->session.is_paused;
        if (has_future && !has_moved) { // the slice is over
            *progress = NEXT_SLICE;
            return NULL;
        }
    }
    *progress = has_future && work->done < work->intent.number ? MORE : DONE;
    return NULL;
}

static struct error *seek_some(struct watch_player *player, enum progress *progress)
{
    struct watch_work *work = &player->work;
    struct watch_session *session = &player->session;
    RETURN_IF_ERROR(session_seek(session, work->target));
    *progress = session->model->events != work->target ? NEXT_SLICE : DONE;
    return NULL;
}

static struct error *go(struct watch_player *player, enum progress *progress)
{
    const struct intent *intent = &player->work.intent;
    switch (intent->kind) {
    case INTENT_STEP:
    case INTENT_STEP_BEAT:
    case INTENT_STEP_OP:
        return step_some(player, progress);
    case INTENT_BACK:
    case INTENT_BACK_OP:
    case INTENT_SEEK:
        return seek_some(player, progress);
    case INTENT_INSERT:
        return insert_some(player, progress);
    case INTENT_FORCE:
        return force_one(player, progress);
    case INTENT_GROW:
        return grow_some(player, progress);
    case INTENT_DELETE:
        return on_live(player, OP_DELETE, false, progress);
    case INTENT_DELETE_ANY:
        return on_live(player, OP_DELETE, true, progress);
    case INTENT_FIND_HIT:
        return on_live(player, OP_FIND, true, progress);
    case INTENT_RANGE:
        return range_some(player, progress);
    default:
        *progress = DONE;
        return NULL;
    }
}

// --- Beginning, going on, ending ---

static bool is_seek(enum intent_kind kind)
{
    return kind == INTENT_SEEK || kind == INTENT_BACK || kind == INTENT_BACK_OP;
}

static bool is_step(enum intent_kind kind)
{
    return kind == INTENT_STEP || kind == INTENT_STEP_BEAT || kind == INTENT_STEP_OP;
}

static uint64_t target_of(struct watch_player *player, const struct intent *intent)
{
    const struct watch_session *session = &player->session;
    uint64_t position = session->model->events, end = session_end(session);
    if (intent->kind == INTENT_SEEK)
        return intent->number < end ? intent->number : end;
    if (!position)
        view_say(&player->views, false, "this is the beginning");
    if (intent->kind == INTENT_BACK)
        return position - (intent->number < position ? intent->number : position);
    return session_ops_back(session, position, intent->number);
}

struct error *work_start(struct watch_player *player, const struct intent *intent)
{
    work_stop(player);
    player->work = (struct watch_work){.is_under_way = intent->number > 0, .intent = *intent};
    if (is_seek(intent->kind)) {
        player->work.target = target_of(player, intent);
        player->work.is_under_way = true;
        return NULL;
    }
    // What comes next is chosen by the map as it is then: a key that is on its way in is no new key.
    if (!is_step(intent->kind) && player->session.model->is_inside)
        return session_step_op(&player->session);
    return NULL;
}

// What was logged and has not run, because the slice was over.
static struct error *catch_up(struct watch_player *player, enum progress *progress)
{
    struct watch_session *session = &player->session;
    RETURN_IF_ERROR(session_run(session));
    *progress = session_has_future(session) ? NEXT_SLICE : MORE;
    return NULL;
}

static bool has_unrun(const struct watch_player *player)
{
    return player->work.runs_whole && session_has_future(&player->session);
}

struct error *work_go(struct watch_player *player, uint64_t until_ns)
{
    struct watch_work *work = &player->work;
    struct watch_session *session = &player->session;
    struct error *error = NULL;
    enum progress progress = MORE;
    session->slice_end_ns = until_ns;
    session->ops_in_slice = 0;
    while (work->is_under_way && !error) {
        if (has_unrun(player))
            error = catch_up(player, &progress);
        else if (work->is_all)
            progress = DONE;
        else
            error = go(player, &progress);
        work->is_all |= progress == DONE;
        if (work->is_all && !has_unrun(player))
            work->is_under_way = false;
        else if (until_ns && clock_ns() >= until_ns)
            break;
    }
    work->is_slow |= work->is_under_way;
    session->slice_end_ns = 0;
    return error;
}

bool work_stop(struct watch_player *player)
{
    bool was = player->work.is_under_way, drops = was && has_unrun(player);
    player->work.is_under_way = false;
    if (drops) // at most a batch, which nobody has seen
        session_drop_future(&player->session);
    if (was)
        view_say(&player->views, false, "stopped after %llu of %llu", (unsigned long long)player->work.done,
                 (unsigned long long)player->work.intent.number);
    return was;
}

void work_text(const struct watch_player *player, char *text, size_t size_bytes)
{
    static const char *const names[] = {
        [INTENT_STEP] = "stepping",      [INTENT_STEP_BEAT] = "stepping",  [INTENT_STEP_OP] = "stepping",
        [INTENT_INSERT] = "inserting",   [INTENT_FORCE] = "inserting",     [INTENT_GROW] = "growing",
        [INTENT_DELETE] = "deleting",    [INTENT_DELETE_ANY] = "deleting", [INTENT_FIND_HIT] = "finding",
        [INTENT_RANGE] = "ranging",      [INTENT_SEEK] = "going",          [INTENT_BACK] = "going back",
        [INTENT_BACK_OP] = "going back",
    };
    const struct watch_work *work = &player->work;
    const char *name = work->intent.kind < ARRAY_LENGTH(names) ? names[work->intent.kind] : NULL;
    *text = '\0';
    if (!work->is_under_way || !work->is_slow || !name)
        return;
    if (is_seek(work->intent.kind))
        snprintf(text, size_bytes, "%s to event %llu: at %llu   Esc stops", name,
                 (unsigned long long)work->target, (unsigned long long)player->session.model->events);
    else if (work->intent.kind == INTENT_GROW)
        snprintf(text, size_bytes, "growing: %llu of %llu, %llu entries   Esc stops",
                 (unsigned long long)work->done, (unsigned long long)work->intent.number,
                 (unsigned long long)session_count(&player->session));
    else
        snprintf(text, size_bytes, "%s: %llu of %llu   Esc stops", name, (unsigned long long)work->done,
                 (unsigned long long)work->intent.number);
}
