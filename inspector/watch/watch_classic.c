// SPDX-License-Identifier: MIT
// Sessions of Go's classic map.
#include "hmapcore/hmap_snapshot.h"
#include "watch/watch_session.h"

static enum hmap_status make(struct watch_session *session, int64_t hint)
{
    struct watch_model *model = session->model;
    const struct watch_setup *setup = &session->setup;
    struct hmap_context *context = &model->context;
    hmap_context_init(context, &session->keys.type, setup->flavour, setup->hash, setup->seed);
    context->allocator = heap_allocator(&session->heap);
    context->few = setup->few;
    return hmap_make(context, hint, &model->map);
}

#define MAP(name) hmap_##name
#define MAP_MODEL struct watch_model
#define MODEL(session) ((session)->model)
#define MAP_EVENT struct hmap_event
#define MAP_SINK struct hmap_sink
#define MAP_EVENT_NAME classic
#include "watch/watch_alike.h"

static uint64_t count(const struct watch_session *session)
{
    return (uint64_t)session->model->map->count;
}

static unsigned traits(const union watch_any_event *any)
{
    const struct hmap_event *event = &any->classic;
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_HASHED:
        return TRAIT_KEY | TRAIT_SMALL_BEAT;
    case HMAP_EVENT_ASSIGN:
        return TRAIT_KEY | TRAIT_SMALL_BEAT | TRAIT_PLACE;
    case HMAP_EVENT_REMOVE:
        return TRAIT_KEY | TRAIT_PLACE;
    case HMAP_EVENT_FIND_HIT:
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_DELETE_MISS: // of an empty map: no bucket was looked at
        return TRAIT_KEY | TRAIT_BEAT | (event->address ? (unsigned)TRAIT_PLACE : 0u);
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
        return TRAIT_KEY | TRAIT_BEAT | TRAIT_PLACE;
    case HMAP_EVENT_EVACUATE:
    case HMAP_EVENT_ITER_STEP:
    case HMAP_EVENT_ITER_SKIP:
        return TRAIT_BEAT | TRAIT_PLACE;
    case HMAP_EVENT_ITER_BUCKET:
        return TRAIT_PLACE;
    case HMAP_EVENT_GROW_START:
        return TRAIT_BEAT | TRAIT_GROWTH;
    case HMAP_EVENT_OVERFLOW:
    case HMAP_EVENT_GROW_FINISH:
    case HMAP_EVENT_ITER_START:
    case HMAP_EVENT_ITER_END:
    case HMAP_EVENT_CLEAR:
    case HMAP_EVENT_FAULT:
        return TRAIT_BEAT;
    default:
        return 0;
    }
}

static void count_steps(struct watch_steps *steps, const union watch_any_event *event)
{
    steps_count_classic(steps, &event->classic);
}

static struct watch_load load(const struct watch_session *session)
{
    const struct hmap *map = session->model->map;
    uint64_t milli = ((uint64_t)map->count * 1000) >> map->B; // entries a bucket
    return (struct watch_load){.share =
                                   (double)milli * HMAP_LOAD_FACTOR_DEN / (1000.0 * HMAP_LOAD_FACTOR_NUM),
                               .is_growing = map->oldbuckets != NULL};
}

static uint64_t grows_above(const struct watch_session *session)
{
    struct hmap_header_view header;
    hmap_snapshot_header(&session->model->context, session->model->map, &header);
    return header.grows_above;
}

// --- Finding keys ---

// A live slot of one bucket's chain, the `random`th.
static bool number_in_chain(const struct watch_session *session, enum hmap_array array, uint64_t bucket,
                            uint64_t random, struct hmap_window *window, uint64_t *number)
{
    enum { CHAIN_LOOK = 64 };
    const struct watch_model *model = session->model;
    const struct hmap_type *type = &session->keys.type;
    const struct hmap_window_request request = {
        .array = array, .first = bucket, .count = 1, .chain_limit = CHAIN_LOOK, .raw = true};
    if (!hmap_snapshot_window(&model->context, model->map, &request, window) || !window->length ||
        window->buckets[0].evacuated)
        return false;
    unsigned live = 0;
    for (size_t i = 0; i < window->length * HMAP_BUCKET_SLOTS; i++)
        live += window->buckets[i / HMAP_BUCKET_SLOTS].slots[i % HMAP_BUCKET_SLOTS].live;
    if (!live)
        return false;
    uint64_t wanted = random % live;
    for (size_t i = 0; i < window->length * HMAP_BUCKET_SLOTS; i++) {
        size_t slot = i % HMAP_BUCKET_SLOTS;
        if (!window->buckets[i / HMAP_BUCKET_SLOTS].slots[slot].live || wanted--)
            continue;
        const uint8_t *raw = window->raw + i / HMAP_BUCKET_SLOTS * type->bucket_bytes;
        return watch_key_number(&session->keys, raw + HMAP_DATA_OFFSET + slot * type->key_slot_bytes, number);
    }
    return false;
}

static bool live_number(const struct watch_session *session, const struct watch_spot *spot, uint64_t random,
                        uint64_t *number)
{
    enum { TRIES = 4096 };
    struct hmap_window window CLEANUP(hmap_window_free) = {0};
    struct hmap_header_view header;
    hmap_snapshot_header(&session->model->context, session->model->map, &header);
    if (!header.count)
        return false;
    for (uint64_t i = 0; i < (spot->is_any ? TRIES : 1); i++) {
        uint64_t at =
            spot->is_any ? (random + i) & (header.buckets - 1) : spot->bucket & (header.buckets - 1);
        if (number_in_chain(session, HMAP_ARRAY_NEW, at, random >> 32, &window, number))
            return true;
        if (header.growing && number_in_chain(session, HMAP_ARRAY_OLD, at & (header.old_buckets - 1),
                                              random >> 32, &window, number))
            return true;
    }
    return false;
}

static bool key_for(struct watch_session *session, const struct watch_spot *spot, uint64_t attempts,
                    bool (*propose)(void *state, uint64_t attempt, void *key), void *state, void *key)
{
    struct watch_model *model = session->model;
    uint64_t buckets = (uint64_t)1 << model->map->B;
    return hmap_key_for_bucket(&model->context, model->map, spot->bucket & (buckets - 1), attempts, propose,
                               state, key);
}

static uint64_t attempts(const struct watch_session *session)
{
    enum { ATTEMPTS_A_BUCKET = 64 };
    return ((uint64_t)1 << session->model->map->B) * ATTEMPTS_A_BUCKET;
}

const struct watch_map_ops watch_classic_ops = {.name = "classic",
                                                .place_name = "bucket",
                                                .make = make,
                                                .listen = kind_listen,
                                                .assign = kind_assign,
                                                .erase = kind_erase,
                                                .find = kind_find,
                                                .clear = kind_clear,
                                                .range_start = kind_range_start,
                                                .range_next = kind_range_next,
                                                .range_stop = kind_range_stop,
                                                .count = count,
                                                .traits = traits,
                                                .count_steps = count_steps,
                                                .load = load,
                                                .grows_above = grows_above,
                                                .live_number = live_number,
                                                .key_for = key_for,
                                                .attempts = attempts};
