// SPDX-License-Identifier: MIT
// Replays what fixtures/go/mapdump did to a real Swiss map (Go 1.24 on), in hmapcore, from standard input: the
// same operations, the same random draws; then results, iterations and the memory of the map must be the same
// to the byte (pointers by what they name).
//
// It also counts what it came across, and fails when something that matters never came up.
#include "hmapcore/swiss_check.h"
#include "hmapcore/swiss_internal.h"
#include "recording.h"

struct replay {
    struct arena arena;
    struct draws draws;
    struct swiss_context context;
    struct swiss_type type;
    const struct subject *subject;
    struct swiss_map *map;
    struct swiss_iter iter;
    bool in_range, range_fresh;
    struct buffer ours, theirs;
    uint64_t events[SWISS_EVENT_KINDS];
    uint64_t tombstones_made, tombstones_taken, pruned, prunes_in_vain, tombstones_dropped, relookups;
    uint64_t draws_of_steps, shared_tables, clears_of_nothing, longest_search;
    uint64_t doubled_in_range, cleared_in_range;
};

// ---- the dump, as in dump_swiss.go ---------------------------------------------------

static void put_group(struct replay *replay, char *group)
{
    const struct swiss_type *type = &replay->type;
    const struct subject *subject = replay->subject;
    struct buffer *out = &replay->ours;
    uint64_t key_bytes = type->flags & SWISS_INDIRECT_KEY ? sizeof(void *) : type->key->size_bytes;
    uint64_t elem_bytes = type->flags & SWISS_INDIRECT_ELEM ? sizeof(void *) : type->elem->size_bytes;
    put(out, group, SWISS_SLOTS_OFFSET);
    for (unsigned i = 0; i < SWISS_GROUP_SLOTS; i++) {
        char *slot = slot_place(type, group, i), *elem = slot + type->elem_offset;
        put_value(out, &replay->arena, slot, type->key->size_bytes, subject->key_form, false);
        put(out, slot + key_bytes, type->elem_offset - key_bytes);
        put_value(out, &replay->arena, elem, type->elem->size_bytes, subject->elem_form, false);
        put(out, elem + elem_bytes, type->slot_bytes - type->elem_offset - elem_bytes);
    }
}

static void put_table(struct replay *replay, const struct swiss_table *table)
{
    struct buffer *out = &replay->ours;
    put16(out, table->used);
    put16(out, table->capacity);
    put16(out, table->growthLeft);
    put8(out, table->localDepth);
    put64(out, (uint64_t)table->index);
    put64(out, table->groups.lengthMask);
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++)
        put_group(replay, group_at(&replay->type, table, i));
}

static void dump(struct replay *replay)
{
    const struct swiss_map *map = replay->map;
    struct buffer *out = &replay->ours;
    uint8_t bytes[sizeof *map];
    memcpy(bytes, map, sizeof bytes);
    out->used = 0;
    put64(out, map->used);
    put64(out, map->seed);
    put8(out, map->dirPtr != NULL);
    put64(out, (uint64_t)map->dirLen);
    put(out, bytes + offsetof(struct swiss_map, globalDepth), 4);
    put64(out, map->clearSeq);
    if (!map->dirPtr)
        return;
    if (map->dirLen == 0) {
        put_group(replay, map->dirPtr);
        return;
    }
    const struct swiss_table *previous = NULL;
    uint32_t name = UINT32_MAX;
    for (int64_t i = 0; i < map->dirLen; i++) {
        const struct swiss_table *table = directory_of(map)[i];
        name += table != previous;
        replay->shared_tables += table == previous;
        previous = table;
        put32(out, name);
    }
    previous = NULL;
    for (int64_t i = 0; i < map->dirLen; i++) {
        const struct swiss_table *table = directory_of(map)[i];
        if (table != previous)
            put_table(replay, table);
        previous = table;
    }
}

static void compare_dump(struct replay *replay)
{
    size_t first;
    struct swiss_check check;
    if (!swiss_check(&replay->context, replay->map, &check))
        differ("swiss_check: %s", check.problem);
    if (check.longest_search > replay->longest_search)
        replay->longest_search = check.longest_search;
    dump(replay);
    if (!same_dump(&replay->ours, &replay->theirs, &first))
        differ(
            "the memory differs at byte %zu of %zu (ours has %zu): Go %02x, ours %02x; header 37 bytes, %lld "
            "directory entries, groups %u, used %llu",
            first, replay->theirs.used, replay->ours.used,
            first < replay->theirs.used ? replay->theirs.bytes[first] : 0,
            first < replay->ours.used ? replay->ours.bytes[first] : 0, (long long)replay->map->dirLen,
            replay->type.group_bytes, (unsigned long long)replay->map->used);
}

// ---- operations ----------------------------------------------------------------------

static void count_event(void *state, const struct swiss_event *event)
{
    struct replay *replay = state;
    bool tombstone = event->detail & SWISS_DETAIL_TOMBSTONE;
    replay->events[event->kind]++;
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_INSERT:
        replay->tombstones_taken += tombstone;
        break;
    case SWISS_EVENT_DELETE:
        replay->tombstones_made += tombstone;
        break;
    case SWISS_EVENT_PRUNE:
        replay->pruned += event->count_a;
        replay->prunes_in_vain += event->count_a == 0;
        break;
    case SWISS_EVENT_GROW:
        replay->tombstones_dropped += event->count_b;
        break;
    case SWISS_EVENT_ITER_STEP:
        replay->relookups += (event->detail & SWISS_DETAIL_RELOOKUP) != 0;
        break;
    case SWISS_EVENT_DIRECTORY:
        replay->doubled_in_range += replay->in_range;
        break;
    case SWISS_EVENT_CLEAR:
        replay->clears_of_nothing += event->hash == 0;
        replay->cleared_in_range += replay->in_range;
        break;
    default:
        break;
    }
}

#define MAP(name) swiss_##name
#define MAP_STRUCT struct swiss_map
#include "replay_steps.h"

static void replay_header(struct replay *replay, bool portable)
{
    const struct recorded_head head = get_head();
    if (head.flavour < 3 || head.flavour - 3 > (int)SWISS_GO_1_27)
        differ("flavour %u is no Swiss map", head.flavour);
    static struct swiss_type any_type;
    must(swiss_type_make(&any_type, &hmap_kind_int64, &hmap_kind_int64), "type");
    swiss_context_init(&replay->context, &any_type, (enum swiss_flavour)(head.flavour - 3),
                       replayed_hash(&head, portable), 0);
    get(replay->context.base.aes_schedule, sizeof replay->context.base.aes_schedule);
    get(replay->context.base.hash_key, sizeof replay->context.base.hash_key);
    replay->context.base.random = (struct hmap_random){draws_next, &replay->draws};
    replay->context.sink = (struct swiss_sink){count_event, replay};
    printf("Go 1.%d, %s hash\n", 24 + head.flavour - 3, hash_word(&head, portable));
}

static void must_have_seen(const struct replay *replay)
{
    const bool prunes = replay->context.flavour >= SWISS_GO_1_25;
    const struct seen seen[] = {
        {"insertions", replay->events[SWISS_EVENT_INSERT]},
        {"overwrites", replay->events[SWISS_EVENT_OVERWRITE]},
        {"deletions", replay->events[SWISS_EVENT_DELETE]},
        {"tombstones made", replay->tombstones_made},
        {"tombstones taken by new entries", replay->tombstones_taken},
        {"tombstones dropped by growth", replay->tombstones_dropped},
        {"tombstones pruned", prunes ? replay->pruned : 1},
        {"prunings in vain", prunes ? replay->prunes_in_vain : 1},
        {"reseeds", replay->events[SWISS_EVENT_RESEED]},
        {"first tables", replay->events[SWISS_EVENT_TO_TABLE]},
        {"growths", replay->events[SWISS_EVENT_GROW]},
        {"splits", replay->events[SWISS_EVENT_SPLIT]},
        {"directories doubled", replay->events[SWISS_EVENT_DIRECTORY]},
        {"directory entries of a table beside its first", replay->shared_tables},
        {"groups looked at in the longest search, beside the first", replay->longest_search - 1},
        {"clears", replay->events[SWISS_EVENT_CLEAR]},
        {"clears of tombstones alone", prunes ? replay->clears_of_nothing : 1},
        {"directories doubled under an iterator", replay->doubled_in_range},
        {"clears under an iterator", replay->cleared_in_range},
        {"clones", replay->events[SWISS_EVENT_CLONE]},
        {"iterator steps", replay->events[SWISS_EVENT_ITER_STEP]},
        {"entries looked up again by iterators", replay->relookups},
        {"entries gone when looked up again", replay->events[SWISS_EVENT_ITER_SKIP]},
        {"random draws of iterator steps (NaN)", replay->draws_of_steps},
        {"dumps", at.dumps},
    };
    expect_seen(seen, sizeof seen / sizeof seen[0]);
}
