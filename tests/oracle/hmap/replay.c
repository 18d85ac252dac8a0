// SPDX-License-Identifier: MIT
// Replays what fixtures/go/mapdump did to a real Go map, in hmapcore, from standard input: the same
// operations, the same random draws; then results, iterations and the memory of the map must be the same to
// the byte (pointers by what they name).
//
// It also counts what it came across, and fails when something that matters never came up.
#include "hmapcore/hmap_check.h"
#include "hmapcore/hmap_internal.h"
#include "recording.h"

// ---- the dump, as in dump.go ---------------------------------------------------------

struct named {
    const struct bmap *bucket;
    uint32_t name;
};

struct array {
    const struct hmap_type *type;
    void *start;
    uint64_t count, total;
    struct named *outside; // in order of their names; then sorted by address
    uint32_t outside_count, outside_capacity;
};

static bool array_holds(const struct array *array, const struct bmap *bucket)
{
    return (uintptr_t)bucket >= (uintptr_t)array->start &&
           (uintptr_t)bucket < (uintptr_t)bucket_at(array->type, array->start, array->total);
}

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    return (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static struct array array_make(const struct hmap_context *context, void *start, uint8_t B)
{
    struct array array = {.type = context->type, .start = start, .count = bucket_count(B)};
    array.total = hmap_array_buckets(context->type, context->flavour, B);
    for (uint64_t i = 0; i < array.count; i++) {
        for (struct bmap *bucket = overflow_of(array.type, bucket_at(array.type, start, i)); bucket;
             bucket = overflow_of(array.type, bucket)) {
            if (array_holds(&array, bucket))
                continue;
            if (array.outside_count == array.outside_capacity) {
                array.outside_capacity = array.outside_capacity ? 2 * array.outside_capacity : 64;
                array.outside = realloc(array.outside, array.outside_capacity * sizeof array.outside[0]);
            }
            array.outside[array.outside_count] = (struct named){bucket, 0x80000000u + array.outside_count};
            array.outside_count++;
        }
    }
    return array;
}

static uint32_t array_name(const struct array *array, const struct named *sorted, const struct bmap *bucket)
{
    if (!bucket)
        return 0;
    if (array_holds(array, bucket))
        return (uint32_t)(((uintptr_t)bucket - (uintptr_t)array->start) / array->type->bucket_bytes) + 1;
    struct named wanted = {bucket, 0};
    const struct named *found =
        array->outside_count ? bsearch(&wanted, sorted, array->outside_count, sizeof wanted, compare_named)
                             : NULL;
    return found ? found->name : 0x7fffffff;
}

static struct named *array_sorted(const struct array *array)
{
    struct named *sorted = malloc((array->outside_count + 1) * sizeof *sorted);
    if (array->outside_count) {
        memcpy(sorted, array->outside, array->outside_count * sizeof *sorted);
        qsort(sorted, array->outside_count, sizeof *sorted, compare_named);
    }
    return sorted;
}

struct replay {
    struct arena arena;
    struct draws draws;
    struct hmap_context context;
    struct hmap_type type;
    const struct subject *subject;
    struct hmap *map;
    struct hiter iter;
    bool in_range, range_fresh;
    struct buffer ours, theirs;
    uint64_t events[HMAP_EVENT_KINDS], same_size, relookups, skips_of_others, estimated;
    uint64_t draws_of_steps; // random ones of iterator steps
};

static void put_bucket(struct replay *replay, const struct array *array, const struct named *sorted,
                       struct bmap *bucket)
{
    const struct hmap_type *type = array->type;
    struct buffer *out = &replay->ours;
    put(out, bucket->tophash, sizeof bucket->tophash);
    for (unsigned i = 0; i < HMAP_BUCKET_SLOTS; i++)
        put_value(out, &replay->arena, key_slot(type, bucket, i), type->key->size_bytes,
                  replay->subject->key_form, bucket->tophash[i] > 1 && bucket->tophash[i] < 5);
    for (unsigned i = 0; i < HMAP_BUCKET_SLOTS; i++)
        put_value(out, &replay->arena, elem_slot(type, bucket, i), type->elem->size_bytes,
                  replay->subject->elem_form, bucket->tophash[i] > 1 && bucket->tophash[i] < 5);
    put32(out, array_name(array, sorted, overflow_of(type, bucket)));
}

static void put_array(struct replay *replay, const struct array *array, const struct named *sorted)
{
    put64(&replay->ours, array->total);
    for (uint64_t i = 0; i < array->total; i++)
        put_bucket(replay, array, sorted, bucket_at(array->type, array->start, i));
    put32(&replay->ours, array->outside_count);
    for (uint32_t i = 0; i < array->outside_count; i++)
        put_bucket(replay, array, sorted, (struct bmap *)(uintptr_t)array->outside[i].bucket);
}

static void put_list(struct buffer *out, const struct array *array, const struct named *sorted,
                     const struct hmap_bucket_slice *list)
{
    put64(out, list ? (uint64_t)list->len : UINT64_MAX);
    for (int64_t i = 0; list && i < list->len; i++)
        put32(out, array_name(array, sorted, list->array[i]));
}

static void dump(struct replay *replay)
{
    const struct hmap *map = replay->map;
    struct buffer *out = &replay->ours;
    struct array current = {0}, old = {0};
    out->used = 0;
    put(out, &map->count, 8);
    put8(out, map->flags);
    put8(out, map->B);
    put(out, &map->noverflow, 2);
    put32(out, map->hash0);
    put64(out, map->nevacuate);
    put8(out, (uint8_t)((map->buckets ? 1 : 0) | (map->oldbuckets ? 2 : 0) | (map->extra ? 4 : 0)));
    if (map->buckets)
        current = array_make(&replay->context, map->buckets, map->B);
    if (map->oldbuckets)
        old = array_make(&replay->context, map->oldbuckets,
                         map->flags & HMAP_SAME_SIZE_GROW ? map->B : (uint8_t)(map->B - 1));
    struct named *current_sorted = array_sorted(&current), *old_sorted = array_sorted(&old);
    if (map->buckets)
        put_array(replay, &current, current_sorted);
    if (map->oldbuckets)
        put_array(replay, &old, old_sorted);
    if (map->extra) {
        put_list(out, &current, current_sorted, map->extra->overflow);
        put_list(out, &old, old_sorted, map->extra->oldoverflow);
        put32(out, array_name(&current, current_sorted, map->extra->nextOverflow));
    }
    free(current.outside);
    free(old.outside);
    free(current_sorted);
    free(old_sorted);
}

static void compare_dump(struct replay *replay)
{
    size_t first;
    dump(replay);
    const struct hmap *map = replay->map;
    struct hmap_check check;
    if (!hmap_check(&replay->context, replay->map, &check))
        differ("hmap_check: %s", check.problem);
    if (same_dump(&replay->ours, &replay->theirs, &first))
        return;
    struct hmap go;
    memcpy(&go, replay->theirs.bytes, 16);
    fprintf(stderr, "Go:       count %lld flags %x B %u noverflow %u hash0 %08x\n", (long long)go.count,
            go.flags, go.B, go.noverflow, go.hash0);
    fprintf(stderr, "hmapcore: count %lld flags %x B %u noverflow %u hash0 %08x\n", (long long)map->count,
            map->flags, map->B, map->noverflow, map->hash0);
    differ("the memory differs at byte %zu of %zu (ours has %zu): header 25 bytes, buckets %u", first,
           replay->theirs.used, replay->ours.used, replay->type.bucket_bytes);
}

// ---- operations ----------------------------------------------------------------------

static void count_event(void *state, const struct hmap_event *event)
{
    struct replay *replay = state;
    replay->events[event->kind]++;
    if (event->kind == HMAP_EVENT_OVERFLOW && event->B >= 16)
        replay->estimated++;
    if (event->kind == HMAP_EVENT_GROW_START && event->detail & HMAP_DETAIL_SAME_SIZE)
        replay->same_size++;
    if (event->kind == HMAP_EVENT_ITER_STEP && event->detail & HMAP_DETAIL_RELOOKUP)
        replay->relookups++;
    if (event->kind == HMAP_EVENT_ITER_SKIP && !(event->detail & HMAP_DETAIL_RELOOKUP))
        replay->skips_of_others++;
}

#define MAP(name) hmap_##name
#define MAP_STRUCT struct hmap
#include "replay_steps.h"

static void replay_header(struct replay *replay, bool portable)
{
    const struct recorded_head head = get_head();
    static struct hmap_type any_type;
    must(hmap_type_make(&any_type, &hmap_kind_int64, &hmap_kind_int64), "type");
    hmap_context_init(&replay->context, &any_type, (enum hmap_flavour)head.flavour,
                      replayed_hash(&head, portable), 0);
    get(replay->context.aes_schedule, sizeof replay->context.aes_schedule);
    get(replay->context.hash_key, sizeof replay->context.hash_key);
    replay->context.random = (struct hmap_random){draws_next, &replay->draws};
    replay->context.sink = (struct hmap_sink){count_event, replay};
    printf("flavour %d, %s hash\n", head.flavour, hash_word(&head, portable));
}

static void must_have_seen(const struct replay *replay)
{
    const struct seen seen[] = {
        {"insertions", replay->events[HMAP_EVENT_INSERT]},
        {"overwrites", replay->events[HMAP_EVENT_OVERWRITE]},
        {"deletions", replay->events[HMAP_EVENT_DELETE]},
        {"empty-rest runs", replay->events[HMAP_EVENT_EMPTY_REST]},
        {"reseeds", replay->events[HMAP_EVENT_RESEED]},
        {"overflow buckets", replay->events[HMAP_EVENT_OVERFLOW]},
        {"overflow buckets counted by chance", replay->estimated},
        {"growths", replay->events[HMAP_EVENT_GROW_START]},
        {"same-size growths", replay->same_size},
        {"evacuations", replay->events[HMAP_EVENT_EVACUATE]},
        {"clears", replay->events[HMAP_EVENT_CLEAR]},
        {"clones", replay->context.flavour == HMAP_GO_1_19 ? 1 : replay->events[HMAP_EVENT_CLONE]},
        {"iterator steps", replay->events[HMAP_EVENT_ITER_STEP]},
        {"entries looked up again by iterators", replay->relookups},
        {"entries iterators leave to the other half", replay->skips_of_others},
        {"dumps", at.dumps},
    };
    expect_seen(seen, sizeof seen / sizeof seen[0]);
}
