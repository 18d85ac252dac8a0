#include "watch/watch_scenario.h"

enum {
    STORY_FILL = 30, // entries before the chain is built
    STORY_BUCKET = 5,
    NAN_ONE_IN = 16,
    LOOKUP_FILL = 40,
    WAVE_ENTRIES = 6, // a bucket: below the load that doubles
};

const char *workload_name(enum workload workload)
{
    static const char *const names[] = {"story", "insert", "churn", "lookup", "range", "same-size"};
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
    if (part == PART_END)
        return false;
    uint64_t tried = 0, slice_end_ns = session->slice_end_ns;
    session->slice_end_ns = 0; // a few tries: what the story does must not depend on the clock
    if (part == PART_CHAIN)
        (void)session_number_for_bucket(session, scenario->bucket, &tried, &number);
    session->slice_end_ns = slice_end_ns;
    *op = (struct watch_op){.kind = OP_INSERT, .number = number};
    return true;
}

const char *scenario_caption(const struct scenario *scenario, const struct watch_session *session)
{
    static const char *const captions[] = {
        [PART_FILL] = "the low bits of a key's hash pick the bucket, the high 8 bits become its tophash",
        [PART_CHAIN] = "keys for bucket 5 until its 8 slots are full: then an overflow bucket is chained",
        [PART_LOAD] = "more than 6.5 entries a bucket, here 52, and the map doubles",
        [PART_GROW] = "each write moves its own old bucket and one more: entries go to X, or to Y 8 further",
        [PART_END] = "grown. Your turn: i inserts, g grows, d deletes, b goes back, ? tells all keys",
    };
    return scenario->workload == WORKLOAD_STORY ? captions[part_of(session)] : "";
}

unsigned scenario_pace(const struct scenario *scenario, const struct watch_session *session)
{
    static const unsigned paces[] = {
        [PART_FILL] = 1000, [PART_CHAIN] = 220, [PART_LOAD] = 1000, [PART_GROW] = 160, [PART_END] = 1000};
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
    uint64_t number;
    if (!session_live_number(session, SESSION_ANY_BUCKET, scenario_random(scenario), &number))
        return insertion(scenario, session);
    return (struct watch_op){.kind = kind & 0xff, .number = number};
}

// Fills up to just below doubling, empties to a quarter, and again: the overflow buckets of the fuller chains
// stay and add up until there are as many as buckets.
static struct watch_op wave(struct scenario *scenario, const struct watch_session *session)
{
    const struct hmap *map = session->model->map;
    uint64_t buckets = UINT64_C(1) << map->B, count = (uint64_t)map->count;
    if (count >= buckets * WAVE_ENTRIES)
        scenario->phase = 1;
    else if (count <= buckets * WAVE_ENTRIES / 4)
        scenario->phase = 0;
    return scenario->phase ? on_live(scenario, session, OP_DELETE) : insertion(scenario, session);
}

bool scenario_next(struct scenario *scenario, struct watch_session *session, struct watch_op *op)
{
    uint64_t chance = scenario_random(scenario) >> 33;
    if (!has_keys_left(session) && scenario->workload != WORKLOAD_LOOKUP)
        return false;
    switch (scenario->workload) {
    case WORKLOAD_STORY:
        return story_next(scenario, session, op);
    case WORKLOAD_CHURN:
        *op = chance % 20 < 11 ? insertion(scenario, session) : on_live(scenario, session, OP_DELETE);
        return true;
    case WORKLOAD_LOOKUP:
        if (session->model->map->count < LOOKUP_FILL)
            *op = insertion(scenario, session);
        else if (chance % 3)
            *op = on_live(scenario, session, OP_FIND);
        else
            *op = (struct watch_op){.kind = OP_FIND, .number = session->model->next_number + chance % 1000};
        if (op->number >= KEY_NUMBER_MAX)
            op->number = 0;
        return true;
    case WORKLOAD_RANGE:
        if (chance % 4 == 0 || !session->model->map->count)
            *op = insertion(scenario, session);
        else
            *op = (struct watch_op){.kind = session->model->is_ranging ? OP_RANGE_NEXT : OP_RANGE_START};
        return true;
    case WORKLOAD_SAME_SIZE:
        *op = wave(scenario, session);
        return true;
    case WORKLOAD_INSERT:
    case WORKLOADS:
        break;
    }
    *op = insertion(scenario, session);
    return true;
}
