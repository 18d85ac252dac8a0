// SPDX-License-Identifier: MIT
#include "watch/watch_scenario.h"

#include "hmapcore/hmap_snapshot.h"
#include "watch/watch_story.h"
#include <stdio.h>

enum {
    STORY_FILL = 30, // entries before the chain is built
    STORY_BUCKET = 5,
    NAN_ONE_IN = 16,
    LOOKUP_FILL = 40,
    WAVE_ENTRIES = 6,  // a bucket: below the load that doubles
    WINDOW_KEYS = 100, // live at a time while tombstones are made
};

const char *workload_name(enum workload workload)
{
    static const char *const names[] = {"story", "insert",    "churn",   "lookup",
                                        "range", "same-size", "turnover"};
    return (unsigned)workload < WORKLOADS ? names[workload] : NULL;
}

void scenario_start(struct scenario *scenario, enum workload workload, uint64_t seed)
{
    *scenario = (struct scenario){.workload = workload, .random = seed, .bucket = STORY_BUCKET};
}

// SplitMix64
uint64_t scenario_random(struct scenario *scenario)
{
    uint64_t value = scenario->random += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

uint64_t scenario_new_number(struct scenario *scenario, const struct watch_session *session)
{
    bool has_nan = watch_key_exists(&session->keys, KEY_NUMBER_NAN);
    if (has_nan && scenario_random(scenario) % NAN_ONE_IN == 0)
        return KEY_NUMBER_NAN;
    return session->model->next_number;
}

// --- The story ---

enum story_part { PART_FILL, PART_CHAIN, PART_LOAD, PART_GROW, PART_END };

static enum story_part part_of(const struct watch_session *session)
{
    const struct hmap *map = session->model->map;
    if (map->oldbuckets)
        return PART_GROW;
    if (map->B > 3) // it starts with 8 buckets
        return PART_END;
    if (map->noverflow)
        return PART_LOAD;
    return map->count < STORY_FILL ? PART_FILL : PART_CHAIN;
}

static bool story_next(struct scenario *scenario, struct watch_session *session, struct watch_op *op)
{
    uint64_t number = session->model->next_number;
    enum story_part part = part_of(session);
    const struct watch_spot spot = {.bucket = scenario->bucket};
    if (part == PART_END)
        return false;
    uint64_t tried = 0, slice_end_ns = session->slice_end_ns;
    session->slice_end_ns = 0; // a few tries: what the story does must not depend on the clock
    if (part == PART_CHAIN)
        (void)session_number_for(session, &spot, &tried, &number);
    session->slice_end_ns = slice_end_ns;
    *op = (struct watch_op){.kind = OP_INSERT, .number = number};
    return true;
}

// The first keys go slowly, from the hash to the slot.
enum { SLOW_KEYS = 3 };

bool scenario_is_slow(const struct scenario *scenario, const struct watch_session *session)
{
    return scenario->workload == WORKLOAD_STORY && session->model->ops < SLOW_KEYS && !session->setup.entries;
}

// The way of one of the first keys, by the latest event; false for other events.
static bool slow_caption(const struct watch_session *session, char *text, size_t size_bytes)
{
    const struct watch_model *model = session->model;
    const struct watch_event *latest = &model->ring[model->events % SESSION_RING];
    const struct hmap_event *event = &latest->event;
    char key[HMAP_TEXT_BYTES];
    if (!model->events || model->ops + !model->is_inside > SLOW_KEYS || latest->op.kind != OP_INSERT)
        return false;
    watch_key_text(&session->keys, latest->op.number, key, sizeof(key));
    switch ((int)event->kind) {
    case HMAP_EVENT_HASHED:
        snprintf(text, size_bytes, "1. key %s is hashed, with this map's own seed: 64 bits", key);
        return true;
    case HMAP_EVENT_ASSIGN:
        snprintf(text, size_bytes, "2. the low %u bits of the hash pick bucket %llu of %llu", event->B,
                 (unsigned long long)event->bucket, 1ull << event->B);
        return true;
    case HMAP_EVENT_INSERT:
        snprintf(text, size_bytes,
                 "3. the high 8 bits, %02x, are stored in slot %u: the tophash that searches look at",
                 model->latest_key.tophash, event->slot);
        return true;
    case EVENT_RETURN:
        snprintf(text, size_bytes, "key %s is in", key);
        return true;
    default:
        return false;
    }
}

void scenario_caption(const struct scenario *scenario, const struct watch_session *session, char *text,
                      size_t size_bytes)
{
    static const char *const captions[] = {
        [PART_FILL] = "the low bits of a key's hash pick the bucket, the high 8 bits become its tophash",
        [PART_CHAIN] = "keys for bucket 5 until its 8 slots are full: then an overflow bucket is chained",
        [PART_LOAD] = "more than 6.5 entries a bucket, here 52, and the map doubles",
        [PART_GROW] = "each write moves its own old bucket and one more: entries go to X, or to Y 8 further",
        [PART_END] = "grown. Your turn: i inserts, g grows, d deletes, b goes back, ? tells all keys",
    };
    *text = '\0';
    if (scenario->workload != WORKLOAD_STORY)
        return;
    if (session->swiss) {
        swiss_story_caption(session, text, size_bytes);
        return;
    }
    if (slow_caption(session, text, size_bytes))
        return;
    snprintf(text, size_bytes, "%s", captions[part_of(session)]);
}

unsigned scenario_pace(const struct scenario *scenario, const struct watch_session *session)
{
    static const unsigned paces[] = {
        [PART_FILL] = 1200, [PART_CHAIN] = 320, [PART_LOAD] = 1400, [PART_GROW] = 190, [PART_END] = 1000};
    enum { PACE_FIRST = 140 };
    if (scenario_is_slow(scenario, session))
        return PACE_FIRST;
    if (scenario->workload == WORKLOAD_STORY && session->swiss)
        return swiss_story_pace(session);
    return scenario->workload == WORKLOAD_STORY ? paces[part_of(session)] : 1000;
}

// --- The others ---

static bool has_keys_left(const struct watch_session *session)
{
    return session->model->next_number < KEY_NUMBER_MAX;
}

static struct watch_op insertion(struct scenario *scenario, const struct watch_session *session)
{
    return (struct watch_op){.kind = OP_INSERT, .number = scenario_new_number(scenario, session)};
}

static struct watch_op on_live(struct scenario *scenario, const struct watch_session *session, unsigned kind)
{
    const struct watch_spot anywhere = {.is_any = true};
    uint64_t number;
    if (!session_live_number(session, &anywhere, scenario_random(scenario), &number))
        return insertion(scenario, session);
    return (struct watch_op){.kind = kind & 0xff, .number = number};
}

// Fills up to just below doubling, empties to a quarter, and again: the overflow buckets of the fuller chains
// stay and add up until there are as many as buckets.
static struct watch_op wave(struct scenario *scenario, const struct watch_session *session)
{
    uint64_t buckets = session->swiss ? session->ops->grows_above(session) / WAVE_ENTRIES
                                      : UINT64_C(1) << session->model->map->B;
    uint64_t count = session_count(session);
    if (count >= buckets * WAVE_ENTRIES)
        scenario->phase = 1;
    else if (count <= buckets * WAVE_ENTRIES / 4)
        scenario->phase = 0;
    return scenario->phase ? on_live(scenario, session, OP_DELETE) : insertion(scenario, session);
}

// A window of live keys that moves on: a new one comes, the oldest goes. The map stays as large, its tombstones
// add up.
static struct watch_op turnover(struct scenario *scenario, const struct watch_session *session)
{
    uint64_t next = session->model->next_number, oldest = next > WINDOW_KEYS ? next - WINDOW_KEYS : 0;
    if (session_count(session) <= WINDOW_KEYS || !oldest)
        return insertion(scenario, session);
    scenario->phase = oldest - 1;
    return (struct watch_op){.kind = OP_DELETE, .number = scenario->phase & KEY_NUMBER_MASK};
}

bool scenario_next(struct scenario *scenario, struct watch_session *session, struct watch_op *op)
{
    uint64_t chance = scenario_random(scenario) >> 33;
    if (!has_keys_left(session) && scenario->workload != WORKLOAD_LOOKUP)
        return false;
    switch (scenario->workload) {
    case WORKLOAD_STORY:
        return session->swiss ? swiss_story_next(session, op) : story_next(scenario, session, op);
    case WORKLOAD_CHURN:
        *op = chance % 20 < 11 ? insertion(scenario, session) : on_live(scenario, session, OP_DELETE);
        return true;
    case WORKLOAD_LOOKUP:
        if (session_count(session) < LOOKUP_FILL)
            *op = insertion(scenario, session);
        else if (chance % 3)
            *op = on_live(scenario, session, OP_FIND);
        else
            *op = (struct watch_op){.kind = OP_FIND, .number = session->model->next_number + chance % 1000};
        if (op->number >= KEY_NUMBER_MAX)
            op->number = 0;
        return true;
    case WORKLOAD_RANGE:
        if (chance % 4 == 0 || !session_count(session))
            *op = insertion(scenario, session);
        else
            *op = (struct watch_op){.kind = session->model->is_ranging ? OP_RANGE_NEXT : OP_RANGE_START};
        return true;
    case WORKLOAD_SAME_SIZE:
        *op = wave(scenario, session);
        return true;
    case WORKLOAD_TURNOVER:
        *op = turnover(scenario, session);
        return true;
    case WORKLOAD_INSERT:
    case WORKLOADS:
        break;
    }
    *op = insertion(scenario, session);
    return true;
}
