// SPDX-License-Identifier: MIT
// Sessions of Go's Swiss map.
#include "hmapcore/swiss_snapshot.h"
#include "watch/watch_session.h"

static enum hmap_status make(struct watch_session *session, int64_t hint)
{
    const struct watch_setup *setup = &session->setup;
    struct swiss_model *model = session->swiss;
    struct swiss_context *context = &model->context;
    swiss_context_init(context, &session->keys.swiss_type, setup->swiss_flavour, setup->hash, setup->seed);
    context->base.allocator = heap_allocator(&session->heap);
    context->base.few = setup->few;
    return swiss_make(context, hint, &model->map);
}

#define MAP(name) swiss_##name
#define MAP_MODEL struct swiss_model
#define MODEL(session) ((session)->swiss)
#define MAP_EVENT struct swiss_event
#define MAP_SINK struct swiss_sink
#define MAP_EVENT_NAME swiss
#include "watch/watch_alike.h"

static uint64_t count(const struct watch_session *session)
{
    return session->swiss->map->used;
}

static unsigned traits(const union watch_any_event *any)
{
    const struct swiss_event *event = &any->swiss;
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_HASHED:
        return TRAIT_KEY | TRAIT_SMALL_BEAT;
    case SWISS_EVENT_ASSIGN:
        return TRAIT_KEY | TRAIT_SMALL_BEAT | TRAIT_PLACE;
    case SWISS_EVENT_REMOVE:
        return TRAIT_KEY | TRAIT_PLACE;
    case SWISS_EVENT_FIND_HIT:
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_DELETE_MISS: // of an empty map: no group was looked at
        return TRAIT_KEY | TRAIT_BEAT | (event->address ? (unsigned)TRAIT_PLACE : 0u);
    case SWISS_EVENT_INSERT:
    case SWISS_EVENT_OVERWRITE:
    case SWISS_EVENT_DELETE:
        return TRAIT_KEY | TRAIT_BEAT | TRAIT_PLACE;
    case SWISS_EVENT_ITER_STEP:
    case SWISS_EVENT_ITER_SKIP: // of a table that was replaced since: it has no place any more
        return TRAIT_BEAT | (event->table != UINT32_MAX ? (unsigned)TRAIT_PLACE : 0u);
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
    case SWISS_EVENT_SPLIT:
        return TRAIT_BEAT | TRAIT_GROWTH;
    case SWISS_EVENT_GROUP:
    case SWISS_EVENT_DIRECTORY:
    case SWISS_EVENT_PRUNE:
    case SWISS_EVENT_ITER_START:
    case SWISS_EVENT_ITER_TABLE:
    case SWISS_EVENT_ITER_END:
    case SWISS_EVENT_CLEAR:
    case SWISS_EVENT_FAULT:
        return TRAIT_BEAT;
    default:
        return 0;
    }
}

static void count_steps(struct watch_steps *steps, const union watch_any_event *event)
{
    steps_count_swiss(steps, &event->swiss);
}

// Of tables evenly spread over the directory, so that it costs the same for a map of any size.
static struct watch_load load(const struct watch_session *session)
{
    enum { LOOKED_AT = 16 };
    const struct swiss_model *model = session->swiss;
    uint64_t places = model->map->dirLen ? (uint64_t)model->map->dirLen : 1, slots = 0, used = 0;
    uint64_t step = places > LOOKED_AT ? places / LOOKED_AT : 1;
    struct swiss_table_view table;
    for (uint64_t place = 0; place < places; place += step) {
        if (!swiss_snapshot_table(&model->context, model->map, place, &table))
            break;
        slots += table.capacity;
        used += table.used;
    }
    uint64_t limit = model->map->dirLen ? slots * SWISS_MAX_LOAD : slots * SWISS_GROUP_SLOTS;
    return (struct watch_load){.share = limit ? (double)used * SWISS_GROUP_SLOTS / (double)limit : 0};
}

static uint64_t grows_above(const struct watch_session *session)
{
    const struct swiss_model *model = session->swiss;
    uint64_t left = SWISS_GROUP_SLOTS, places = (uint64_t)model->map->dirLen;
    struct swiss_table_view table;
    for (uint64_t place = 0; place < (places ? places : 1); place = table.entry + table.entries) {
        if (!swiss_snapshot_table(&model->context, model->map, place, &table))
            break;
        left = !place || table.growth_left < left ? table.growth_left : left;
    }
    return model->map->used + left;
}

// --- Finding keys ---

static unsigned live_slots(const struct swiss_group_view *group)
{
    unsigned live = 0;
    for (size_t slot = 0; slot < SWISS_GROUP_SLOTS; slot++)
        live += group->slots[slot].live;
    return live;
}

// A live slot of one group, the `random`th.
static bool number_in_group(const struct watch_session *session, const struct watch_spot *spot,
                            uint64_t random, struct swiss_window *window, uint64_t *number)
{
    const struct swiss_model *model = session->swiss;
    const struct swiss_type *type = &session->keys.swiss_type;
    const struct swiss_window_request request = {
        .entry = spot->place, .first = spot->bucket, .count = 1, .raw = true};
    if (!swiss_snapshot_window(&model->context, model->map, &request, window) || !window->length)
        return false;
    unsigned live = live_slots(&window->groups[0]);
    uint64_t wanted = live ? random % live : 0;
    for (size_t slot = 0; slot < SWISS_GROUP_SLOTS && live; slot++)
        if (window->groups[0].slots[slot].live && !wanted--)
            return watch_key_number(&session->keys,
                                    window->raw + SWISS_SLOTS_OFFSET + slot * type->slot_bytes, number);
    return false;
}

// From a group picked by chance on, table after table.
static bool number_anywhere(const struct watch_session *session, uint64_t random, struct swiss_window *window,
                            uint64_t *number)
{
    const struct swiss_model *model = session->swiss;
    uint64_t places = model->map->dirLen ? (uint64_t)model->map->dirLen : 1;
    struct watch_spot spot = {.place = random % places};
    struct swiss_table_view table;
    for (uint64_t passed = 0; passed < places; passed += table.entries) {
        if (!swiss_snapshot_table(&model->context, model->map, spot.place, &table))
            return false;
        for (uint64_t i = 0; i < table.groups && table.used; i++) {
            spot.bucket = ((random >> 16) + i) & (table.groups - 1);
            if (number_in_group(session, &spot, random >> 32, window, number))
                return true;
        }
        spot.place = (table.entry + table.entries) % places;
    }
    return false;
}

static bool live_number(const struct watch_session *session, const struct watch_spot *spot, uint64_t random,
                        uint64_t *number)
{
    struct swiss_window window CLEANUP(swiss_window_free) = {0};
    if (!session->swiss->map->used)
        return false;
    return spot->is_any ? number_anywhere(session, random, &window, number)
                        : number_in_group(session, spot, random >> 32, &window, number);
}

static bool key_for(struct watch_session *session, const struct watch_spot *spot, uint64_t attempts,
                    bool (*propose)(void *state, uint64_t attempt, void *key), void *state, void *key)
{
    struct swiss_model *model = session->swiss;
    struct swiss_table_view table;
    if (!model->map->dirLen) // all keys fall into the only group
        return propose(state, 0, key);
    if (!swiss_snapshot_table(&model->context, model->map, spot->place, &table))
        return false;
    return swiss_key_for_group(&model->context, model->map, table.entry, spot->bucket, attempts, propose,
                               state, key);
}

static uint64_t attempts(const struct watch_session *session)
{
    enum { ATTEMPTS_A_GROUP = 64 };
    struct swiss_table_view table;
    const struct swiss_model *model = session->swiss;
    uint64_t places = model->map->dirLen ? (uint64_t)model->map->dirLen : 1;
    bool has_table = swiss_snapshot_table(&model->context, model->map, 0, &table);
    return places * (has_table ? table.groups : 1) * ATTEMPTS_A_GROUP;
}

const struct watch_map_ops watch_swiss_ops = {.name = "swiss",
                                              .model_bytes = sizeof(struct swiss_model),
                                              .place_name = "group",
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
