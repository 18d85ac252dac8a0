// SPDX-License-Identifier: MIT
#include "watch/watch_session.h"

#include "base/clock.h"
#include <string.h>

#define POSITION_NONE UINT64_MAX // as the goal of a run: no position ends it

enum {
    STACK_BYTES = 256 * 1024,
    SAVED_MOST = 64,
    SAVE_SPACING_EVENTS = 1 << 15,
    SAVE_BYTES_AN_EVENT = 128, // saving a large map costs about as much as half of what runs in between
    LOADS_MOST = 4096,
    LOAD_SPACING_EVENTS = 1,
    NEAR_OPS = 1024,
    NEAR_WORTH_EVENTS = 1 << 15,
};

#define SAVED_BYTES_MOST ((uint64_t)1 << 30)

// --- Running operations on their own stack ---

static struct watch_op op_under_way(const struct watch_session *session)
{
    uint64_t op = session->model->ops;
    return op < session->log.length ? session->log.data[op].op : (struct watch_op){.kind = OP_KINDS};
}

// Takes an event into the model, and leaves the stack when the goal is reached.
static void take_event(struct watch_session *session, const union watch_any_event *event, struct watch_op op)
{
    struct watch_model *model = session->model;
    struct watch_event *kept = &model->ring[++model->events % SESSION_RING];
    bool is_return = event->classic.kind == EVENT_RETURN;
    unsigned traits = is_return ? 0 : session->ops->traits(event);
    kept->any = *event;
    kept->event.serial = model->events;
    kept->op = op;
    model->is_inside = !is_return;
    session->ops->count_steps(&session->steps, event);
    if (steps_are_over(&session->steps) && !session->failure)
        session->failure = error_create(
            ERROR_UNSUPPORTED,
            "it costs more than %llu steps, in %llu of %zu operations; --any-length takes them",
            (unsigned long long)session->steps.most, (unsigned long long)model->ops + 1, session->log.length);
    if (traits & TRAIT_KEY) {
        model->latest_any_key = *event;
        model->latest_key_op = op;
    }
    if (traits & TRAIT_PLACE)
        model->latest_any_place = *event;
    session->has_grown |= (traits & TRAIT_GROWTH) != 0;
    bool is_beat = traits & TRAIT_BEAT || (session->has_small_beats && traits & TRAIT_SMALL_BEAT);
    if (model->events == session->goal_position ||
        (session->goal == RUN_TO_BEAT && (is_beat || session->failure)))
        stack_leave(&session->stack);
}

static void take_map_event(struct watch_session *session, const union watch_any_event *event)
{
    take_event(session, event, op_under_way(session));
}

static union watch_any_event run_op(struct watch_session *session, struct watch_op op)
{
    struct watch_model *model = session->model;
    const struct watch_map_ops *ops = session->ops;
    struct hmap_result result = {0};
    union watch_key key = {{0}};
    if (op.kind <= OP_FIND)
        watch_key_make(&session->keys, op.number, &key);
    switch (op.kind) {
    case OP_INSERT:
        result = ops->assign(session, &key);
        if (result.status == HMAP_OK)
            watch_elem_store(&session->keys, result.elem, model->ops + 1);
        if (result.status == HMAP_OK && op.number < KEY_NUMBER_MAX && op.number >= model->next_number)
            model->next_number = op.number + 1;
        break;
    case OP_DELETE:
        result = ops->erase(session, &key);
        break;
    case OP_FIND:
        result = ops->find(session, &key);
        break;
    case OP_CLEAR:
        result.status = ops->clear(session);
        break;
    case OP_RANGE_START:
        result.status = ops->range_start(session, &model->is_ranging);
        result.found = model->is_ranging;
        break;
    case OP_RANGE_NEXT:
        result.status = ops->range_next(session, &model->is_ranging);
        result.found = model->is_ranging;
        break;
    case OP_RANGE_STOP:
        ops->range_stop(session);
        model->is_ranging = false;
        break;
    default:
        break;
    }
    return (union watch_any_event){.classic = {.kind = EVENT_RETURN,
                                               .detail = (uint8_t)result.status,
                                               .moved_x = result.found,
                                               .count = ops->count(session)}};
}

static void near_drop(struct watch_session *session)
{
    heap_image_close(&session->near.image);
}

// Closing a large image takes a while: one a run, not half of all at once.
static void close_later(struct watch_session *session, struct heap_image *image)
{
    if (!vec_push(&session->closing, *image))
        heap_image_close(image);
}

static void close_one(struct watch_session *session)
{
    if (session->closing.length)
        heap_image_close(&session->closing.data[--session->closing.length]);
}

static void saved_thin(struct watch_session *session)
{
    size_t kept = 1; // the beginning always stays
    session->saved_bytes = 0;
    for (size_t i = 1; i < session->saved.length; i++) {
        if (i % 2)
            close_later(session, &session->saved.data[i].image);
        else
            session->saved.data[kept++] = session->saved.data[i];
    }
    session->saved.length = kept;
    for (size_t i = 0; i < kept; i++)
        session->saved_bytes += session->saved.data[i].image.size_bytes;
    // As far apart as those that are left are now: evenly.
    session->save_spacing_events *= 2;
    uint64_t average = session->saved.data[kept - 1].events / (kept > 1 ? kept - 1 : 1);
    if (session->save_spacing_events < average)
        session->save_spacing_events = average;
}

// Whether a run that is done in slices has used up its time. The clock is read now and then only.
static bool is_slice_over(struct watch_session *session)
{
    enum { OPS_A_LOOK = 64 };
    if (!session->slice_end_ns || ++session->ops_in_slice % OPS_A_LOOK)
        return false;
    return clock_ns() >= session->slice_end_ns;
}

static void pause_run(struct watch_session *session)
{
    session->is_paused = true;
    stack_leave(&session->stack);
}

// In pieces: a large map takes longer than a slice. A pause in the middle is fine, because nothing changes the
// map but what runs on this stack.
static struct error *save_in_pieces(struct watch_session *session)
{
    enum { PIECE_BYTES = 4 << 20 };
    struct heap_image *image = &session->saving;
    RETURN_IF_ERROR(heap_save_begin(&session->heap, image));
    while (image->saved_bytes < image->size_bytes) {
        struct error *error = heap_save_some(&session->heap, image, PIECE_BYTES);
        if (error) {
            heap_image_close(image);
            return error;
        }
        if (session->slice_end_ns && clock_ns() >= session->slice_end_ns)
            pause_run(session);
    }
    return NULL;
}

static struct error *save_state(struct watch_session *session)
{
    struct saved_state state = {.events = session->model->events, .ops = session->model->ops};
    RETURN_IF_ERROR(save_in_pieces(session));
    state.image = session->saving;
    session->saving = (struct heap_image){0};
    if (!vec_push(&session->saved, state)) {
        heap_image_close(&state.image);
        return &error_out_of_memory;
    }
    session->saved_bytes += state.image.size_bytes;
    if (session->saved.length > SAVED_MOST || session->saved_bytes > SAVED_BYTES_MOST)
        saved_thin(session);
    return NULL;
}

// States are saved so closely that running from one to the next takes little time, and no more closely than
// that saving takes about as long as running.
static struct error *save_when_due(struct watch_session *session)
{
    const struct saved_state *last = &session->saved.data[session->saved.length - 1];
    uint64_t since = session->model->events - last->events;
    if (session->model->events <= last->events || since < session->save_spacing_events ||
        since < heap_used_bytes(&session->heap) / SAVE_BYTES_AN_EVENT)
        return NULL;
    return save_state(session);
}

static struct error *sample_load(struct watch_session *session, uint64_t position)
{
    size_t length = session->loads.length;
    if (length && position < session->loads.data[length - 1].position + session->load_spacing_events)
        return NULL;
    struct load_sample sample = {
        .position = position, .load = session->ops->load(session), .has_grown = session->has_grown};
    session->has_grown = false;
    if (!vec_push(&session->loads, sample))
        return &error_out_of_memory;
    if (session->loads.length < LOADS_MOST)
        return NULL;
    for (size_t i = 0; i < session->loads.length / 2; i++) {
        struct load_sample kept = session->loads.data[2 * i]; // the beginning stays
        kept.has_grown |= session->loads.data[2 * i + 1].has_grown;
        session->loads.data[i] = kept;
    }
    session->loads.length /= 2;
    session->load_spacing_events *= 2;
    return NULL;
}

// What an operation that has returned leaves in the history.
static struct error *op_returned(struct watch_session *session)
{
    struct watch_model *model = session->model;
    uint64_t end = model->events + 1; // its return is about to be counted
    struct logged_op *logged = &session->log.data[model->ops];
    bool is_new = model->ops++ == session->known;
    if (!is_new) {
        session->has_diverged |= logged->end != end;
        return NULL;
    }
    logged->end = end;
    session->known++;
    return sample_load(session, end);
}

// Runs known operations without a sink: their events are not needed to reach the goal.
static void run_quietly(struct watch_session *session)
{
    struct watch_model *model = session->model;
    session->ops->listen(session, false);
    while (model->ops < session->quiet_ops) {
        const struct logged_op *logged = &session->log.data[model->ops];
        // A find changes nothing, but one of a NaN draws a random number.
        if (logged->op.kind != OP_FIND || logged->op.number > KEY_NUMBER_MAX)
            (void)run_op(session, logged->op);
        model->events = logged->end;
        model->ops++;
        if (is_slice_over(session)) {
            session->ops->listen(session, true);
            pause_run(session);
            session->ops->listen(session, false);
        }
    }
    session->ops->listen(session, true);
}

// The other stack's bottom: runs the history on from where the model stands. Returns never; when the history
// has come to its end it leaves, and goes on when there is more.
static void run_history(void *state)
{
    struct watch_session *session = state;
    for (;;) {
        while (session->model->ops < session->log.length && !session->failure) {
            if (session->model->ops < session->quiet_ops) {
                run_quietly(session);
                if (session->model->events == session->goal_position)
                    stack_leave(&session->stack);
                continue;
            }
            struct watch_op op = session->log.data[session->model->ops].op;
            bool is_new = session->model->ops == session->known;
            union watch_any_event returned = run_op(session, op);
            struct error *error = op_returned(session);
            if (!session->failure)
                session->failure = error;
            // A state is saved before the goal may stop the run, with the return counted in.
            uint64_t goal = session->goal_position;
            enum run_goal kind = session->goal;
            bool is_reached = goal == session->model->events + 1 || session->model->ops == session->goal_ops;
            session->goal_position = 0;
            session->goal = RUN_TO_POSITION;
            take_event(session, &returned, op);
            session->goal_position = goal;
            session->goal = kind;
            // Not when a known stretch runs again: part of it may have run quietly.
            uint64_t runs = session->runs;
            error = is_new ? save_when_due(session) : NULL;
            if (!session->failure)
                session->failure = error;
            if (runs != session->runs) // paused while saving: this is another run, with a goal of its own
                continue;
            if (is_reached)
                stack_leave(&session->stack);
            else if (is_slice_over(session))
                pause_run(session);
        }
        stack_leave(&session->stack);
    }
}

// What runs begins anew, from the state the model is in now.
static void restart(struct watch_session *session)
{
    heap_image_close(&session->saving);
    stack_reset(&session->stack);
}

// Runs on until a goal is reached, the history ends or a slice is over.
static struct error *run(struct watch_session *session, enum run_goal goal, uint64_t position)
{
    session->goal = goal;
    session->goal_position = position;
    close_one(session);
    session->is_paused = false;
    session->runs++;
    stack_enter(&session->stack);
    if (session->model->events > session->furthest_events)
        session->furthest_events = session->model->events;
    struct error *failure = session->failure;
    session->failure = NULL;
    return failure;
}

// --- Beginning and end ---

// While a map is made: nothing of it is history.
static void count_only(struct watch_session *session, const union watch_any_event *event)
{
    session->ops->count_steps(&session->steps, event);
}

static bool makes_chains(enum hmap_hash_algorithm hash)
{
    return hash == HMAP_HASH_FEW || hash == HMAP_HASH_IDENTITY;
}

static struct watch_steps steps_for(const struct watch_setup *setup, uint64_t most)
{
    const bool has_texts = setup->key_kind == KEYS_STRING || setup->key_kind == KEYS_INTERFACE;
    return (struct watch_steps){.most = most,
                                .entries = setup->hint > setup->entries ? setup->hint : setup->entries,
                                .a_bucket = has_texts ? 8 : 1};
}

void session_limit(struct watch_session *session, uint64_t steps_most)
{
    session->steps = steps_for(&session->setup, steps_most);
}

static struct error *make_map(struct watch_session *session)
{
    struct watch_model *model = session->model;
    const struct watch_setup *setup = &session->setup;
    model->next_number = 1;
    session_limit(session, STEPS_OF_MAKING);
    session->take_event = count_only;
    uint64_t hint = setup->hint > setup->entries ? setup->hint : setup->entries;
    enum hmap_status status = session->ops->make(session, (int64_t)hint);
    session->ops->listen(session, status == HMAP_OK && makes_chains(setup->hash));
    for (uint64_t i = 0; i < setup->entries && status == HMAP_OK; i++) {
        if (steps_are_over(&session->steps) || steps_will_be_over(&session->steps, i, setup->entries))
            return error_create(
                ERROR_UNSUPPORTED,
                "a map of %llu entries takes too long with this hash: after %llu a search goes "
                "through %llu %ss; fewer entries, or more values (--few)",
                (unsigned long long)setup->entries, (unsigned long long)i,
                (unsigned long long)session->steps.longest + 1, session->ops->place_name);
        union watch_key key;
        watch_key_make(&session->keys, model->next_number++, &key);
        struct hmap_result slot = session->ops->assign(session, &key);
        status = slot.status;
        if (status == HMAP_OK)
            watch_elem_store(&session->keys, slot.elem, 0);
    }
    if (status != HMAP_OK)
        return error_create(ERROR_OUT_OF_MEMORY, "a map of %llu entries: %s",
                            (unsigned long long)setup->entries, hmap_status_text(status));
    session->take_event = take_map_event;
    session->ops->listen(session, true);
    session_limit(session, 0);
    return NULL;
}

struct error *session_open(struct watch_session *session, const struct watch_setup *setup)
{
    bool is_swiss = setup->map_kind == WATCH_SWISS;
    *session = (struct watch_session){.setup = *setup,
                                      .ops = is_swiss ? &watch_swiss_ops : &watch_classic_ops,
                                      .save_spacing_events = SAVE_SPACING_EVENTS,
                                      .near_ops = NEAR_OPS,
                                      .near_worth_events = NEAR_WORTH_EVENTS,
                                      .load_spacing_events = LOAD_SPACING_EVENTS};
    RETURN_IF_ERROR(watch_keys_open(&session->keys, setup->key_kind, setup->elem_kind));
    RETURN_IF_ERROR(heap_open(&session->heap, sizeof(struct watch_model) + session->ops->model_bytes));
    session->model = heap_root(&session->heap);
    if (is_swiss)
        session->swiss = (struct swiss_model *)(void *)(session->model + 1);
    RETURN_IF_ERROR(stack_open(&session->stack, STACK_BYTES, run_history, session));
    RETURN_IF_ERROR(make_map(session));
    RETURN_IF_ERROR(save_state(session));
    RETURN_IF_ERROR(sample_load(session, 0));
    return NULL;
}

void session_close(struct watch_session *session)
{
    vec_foreach (struct saved_state *, state, &session->saved)
        heap_image_close(&state->image);
    near_drop(session);
    heap_image_close(&session->saving);
    while (session->closing.length)
        close_one(session);
    vec_free(&session->closing);
    vec_free(&session->saved);
    vec_free(&session->loads);
    vec_free(&session->log);
    stack_close(&session->stack);
    heap_close(&session->heap); // and with it the map
    watch_keys_close(&session->keys);
    error_free(session->failure);
    *session = (struct watch_session){0};
}

// --- The history ---

bool session_has_future(const struct watch_session *session)
{
    return session->model->ops < session->log.length;
}

uint64_t session_end(const struct watch_session *session)
{
    uint64_t end = session->known ? session->log.data[session->known - 1].end : 0;
    return end > session->furthest_events ? end : session->furthest_events;
}

struct error *session_append(struct watch_session *session, struct watch_op op)
{
    if (session->log.length >= SESSION_OPS_MAX)
        return error_create(ERROR_UNSUPPORTED, "a session holds at most %d operations", SESSION_OPS_MAX);
    if (!vec_push(&session->log, (struct logged_op){.op = op}))
        return &error_out_of_memory;
    if (session->on_log)
        session->on_log(session->log_state, op);
    return NULL;
}

void session_drop_future(struct watch_session *session)
{
    uint64_t ops = session->model->ops, events = session->model->events;
    if (session->model->is_inside || ops >= session->log.length)
        return;
    session->log.length = ops;
    session->furthest_events = events;
    session->known = session->known < ops ? session->known : ops;
    while (session->saved.data[session->saved.length - 1].ops > ops) {
        session->saved_bytes -= session->saved.data[--session->saved.length].image.size_bytes;
        heap_image_close(&session->saved.data[session->saved.length].image);
    }
    while (session->loads.length > 1 && session->loads.data[session->loads.length - 1].position > events)
        session->loads.length--;
    if (session->near.ops > ops)
        near_drop(session);
    if (session->on_drop)
        session->on_drop(session->log_state, ops);
}

struct error *session_log(struct watch_session *session, struct watch_op op)
{
    if (session->model->is_inside)
        RETURN_IF_ERROR(session_step_op(session));
    session_drop_future(session);
    return session_append(session, op);
}

struct error *session_do(struct watch_session *session, struct watch_op op)
{
    RETURN_IF_ERROR(session_log(session, op));
    return session_run(session);
}

struct error *session_step(struct watch_session *session)
{
    if (!session_has_future(session))
        return NULL;
    return run(session, RUN_TO_POSITION, session->model->events + 1);
}

struct error *session_step_beat(struct watch_session *session)
{
    if (!session_has_future(session))
        return NULL;
    return run(session, RUN_TO_BEAT, POSITION_NONE);
}

struct error *session_step_op(struct watch_session *session)
{
    uint64_t ops = session->model->ops;
    while (session_has_future(session) && session->model->ops == ops) {
        RETURN_IF_ERROR(session_step(session));
        if (session->is_paused)
            break;
    }
    return NULL;
}

struct error *session_run(struct watch_session *session)
{
    if (!session_has_future(session))
        return NULL;
    return run(session, RUN_TO_POSITION, POSITION_NONE);
}

// How many operations on the way to a position leave no trace in what the model keeps of events: not those
// that end within the ring, nor the latest one with a key.
static uint64_t quiet_ops_before(const struct watch_session *session, uint64_t position)
{
    uint64_t start = position > SESSION_RING ? session_ops_back(session, position - SESSION_RING, 1) : 0;
    size_t low = 0, high = session->known; // operations that end at `start` or before
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (session->log.data[middle].end <= start)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && (session->log.data[low].op.kind > OP_FIND ||
                       session->log.data[low].op.number == KEY_NUMBER_SLICE)) // is never hashed
        low--;
    return low;
}

static struct error *run_quietly_to(struct watch_session *session, uint64_t quiet_ops, uint64_t position)
{
    session->quiet_ops = quiet_ops;
    struct error *error = run(session, RUN_TO_POSITION, position);
    session->quiet_ops = 0;
    return error;
}

// A step back is often followed by another one: a state is saved a little before, on the way there.
static struct error *save_near(struct watch_session *session)
{
    uint64_t ops = session->near_wanted_ops;
    near_drop(session);
    if (session->model->ops < ops)
        RETURN_IF_ERROR(run_quietly_to(session, ops, session->log.data[ops - 1].end));
    if (session->model->ops < ops) // the slice is over
        return NULL;
    session->near_wanted_ops = 0;
    RETURN_IF_ERROR(heap_save(&session->heap, &session->near.image));
    session->near.events = session->model->events;
    session->near.ops = session->model->ops;
    return NULL;
}

struct error *session_seek(struct watch_session *session, uint64_t position)
{
    uint64_t end = session_end(session), now = session->model->events;
    if (position > end)
        position = end;
    uint64_t quiet_ops = quiet_ops_before(session, position);
    const struct saved_state *from = NULL, *near = &session->near;
    vec_foreach (const struct saved_state *, state, &session->saved)
        if (state->events <= position)
            from = state;
    // What came before the near one was run quietly: it lacks the events that a closer position shows.
    if (near->image.size_bytes && near->ops <= quiet_ops && near->events > from->events)
        from = near;
    bool is_back = position < now;
    if (is_back || from->events > now) {
        RETURN_IF_ERROR(heap_restore(&session->heap, &from->image));
        restart(session);
        session->near_wanted_ops = 0;
    }
    if (is_back && quiet_ops > session->model->ops + session->near_ops &&
        position - session->model->events > session->near_worth_events)
        session->near_wanted_ops = quiet_ops - session->near_ops;
    if (session->near_wanted_ops && session->near_wanted_ops <= quiet_ops && !session->model->is_inside)
        RETURN_IF_ERROR(save_near(session));
    if (session->model->events == position || session->near_wanted_ops)
        return NULL;
    return run_quietly_to(session, session->model->is_inside ? 0 : quiet_ops, position);
}

struct error *session_go_to_op(struct watch_session *session, uint64_t ops)
{
    ops = ops < session->log.length ? ops : session->log.length;
    if (ops == session->model->ops && !session->model->is_inside)
        return NULL;
    if (ops <= session->known)
        return session_seek(session, ops ? session->log.data[ops - 1].end : 0);
    session->goal_ops = ops;
    struct error *error = run(session, RUN_TO_POSITION, POSITION_NONE);
    session->goal_ops = 0;
    return error;
}

uint64_t session_ops_back(const struct watch_session *session, uint64_t position, uint64_t ops)
{
    size_t low = 0, high = session->known; // the first operation that ends at or after it
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (session->log.data[middle].end < position)
            low = middle + 1;
        else
            high = middle;
    }
    size_t first = ops && low >= ops - 1 ? low - (ops - 1) : 0;
    return first ? session->log.data[first - 1].end : 0;
}

size_t session_events(const struct watch_session *session, struct watch_event *events, size_t most)
{
    const struct watch_model *model = session->model;
    uint64_t count = model->events < SESSION_RING ? model->events : SESSION_RING;
    if (count > most)
        count = most;
    for (uint64_t i = 0; i < count; i++)
        events[i] = model->ring[(model->events - count + 1 + i) % SESSION_RING];
    return (size_t)count;
}

// --- Finding keys ---

struct proposal {
    struct watch_session *session;
    uint64_t first, number;
    bool is_out_of_time;
};

static bool propose(void *state, uint64_t attempt, void *key)
{
    struct proposal *proposal = state;
    proposal->number = proposal->first + attempt;
    proposal->is_out_of_time = is_slice_over(proposal->session);
    if (proposal->number >= KEY_NUMBER_MAX || proposal->is_out_of_time)
        return false;
    union watch_key made;
    watch_key_make(&proposal->session->keys, proposal->number, &made);
    memcpy(key, &made, sizeof(made));
    return true;
}

enum found session_number_for(struct watch_session *session, const struct watch_spot *spot, uint64_t *tried,
                              uint64_t *number)
{
    const uint64_t next = session->model->next_number, most = session->ops->attempts(session);
    struct proposal proposal = {.session = session, .first = next + *tried};
    union watch_key key;
    if (*tried >= most)
        return FOUND_NONE;
    bool is_found = session->ops->key_for(session, spot, most - *tried, propose, &proposal, &key);
    *number = proposal.number;
    *tried = proposal.number > next ? proposal.number - next : *tried;
    return is_found ? FOUND : proposal.is_out_of_time ? FOUND_NOT_YET : FOUND_NONE;
}
