// SPDX-License-Identifier: MIT
#include "hmap_snapshot.h"
#include "hmap_internal.h"
#include <stdio.h>
#include <stdlib.h>

// One of the two arrays, or nothing.
struct array_view {
    void *buckets;
    uint64_t count;
    uint64_t array_buckets;
};

static struct array_view array_of(const struct hmap_context *context, const struct hmap *map,
                                  enum hmap_array which)
{
    if (!map || !map->buckets || (which == HMAP_ARRAY_OLD && !growing(map)))
        return (struct array_view){0};
    uint8_t B = map->B;
    if (which == HMAP_ARRAY_OLD && !growing_same_size(map))
        B--;
    return (struct array_view){which == HMAP_ARRAY_OLD ? map->oldbuckets : map->buckets, bucket_count(B),
                               hmap_array_buckets(context->type, context->flavour, B)};
}

void hmap_snapshot_header(const struct hmap_context *context, const struct hmap *map,
                          struct hmap_header_view *header)
{
    const struct hmap_type *type = context->type;
    *header = (struct hmap_header_view){.is_nil = map == NULL};
    if (!map)
        return;
    memcpy(header->bytes, map, sizeof header->bytes);
    header->address = address_of(map);
    header->extra_address = address_of(map->extra);
    header->buckets_address = address_of(map->buckets);
    header->oldbuckets_address = address_of(map->oldbuckets);
    header->count = map->count;
    header->buckets = bucket_count(map->B);
    header->array_buckets = map->buckets ? hmap_array_buckets(type, context->flavour, map->B) : 0;
    header->old_buckets = growing(map) ? old_bucket_count(map) : 0;
    header->nevacuate = map->nevacuate;
    header->grows_above =
        map->B ? HMAP_LOAD_FACTOR_NUM * (header->buckets / HMAP_LOAD_FACTOR_DEN) : HMAP_BUCKET_SLOTS;
    if (header->grows_above < HMAP_BUCKET_SLOTS)
        header->grows_above = HMAP_BUCKET_SLOTS;
    header->grows_at_noverflow = 1u << (map->B < 15 ? map->B : 15);
    header->hash0 = map->hash0;
    header->noverflow = map->noverflow;
    header->B = map->B;
    header->flags = flags_of(map);
    header->growing = growing(map);
    header->same_size = growing(map) && growing_same_size(map);
    header->has_extra = map->extra != NULL;
    if (map->extra) {
        header->next_overflow_address = address_of(map->extra->nextOverflow);
        header->overflow_listed = map->extra->overflow ? (uint64_t)map->extra->overflow->len : 0;
        header->old_overflow_listed = map->extra->oldoverflow ? (uint64_t)map->extra->oldoverflow->len : 0;
    }
    header->bucket_bytes = type->bucket_bytes;
    header->key_slot_bytes = type->key_slot_bytes;
    header->elem_slot_bytes = type->elem_slot_bytes;
    header->elems_offset = hmap_type_elems_offset(type);
    header->overflow_offset = hmap_type_overflow_offset(type);
    header->indirect_key = type->flags & HMAP_INDIRECT_KEY;
    header->indirect_elem = type->flags & HMAP_INDIRECT_ELEM;
    snprintf(header->key_kind, sizeof header->key_kind, "%s", type->key->name);
    snprintf(header->elem_kind, sizeof header->elem_kind, "%s", type->elem->name);
}

// ---- windows -------------------------------------------------------------------------

// Room for one more bucket; the buffers only grow.
static bool window_reserve(struct hmap_window *window, bool raw)
{
    if (window->length == window->capacity) {
        size_t capacity = window->capacity ? 2 * window->capacity : 32;
        struct hmap_bucket_view *buckets = realloc(window->buckets, capacity * sizeof *buckets);
        if (!buckets)
            return false;
        window->buckets = buckets;
        window->capacity = capacity;
    }
    size_t raw_needed = raw ? (window->length + 1) * window->bucket_bytes : 0;
    if (raw_needed > window->raw_capacity) {
        uint8_t *bytes = realloc(window->raw, 2 * raw_needed);
        if (!bytes)
            return false;
        window->raw = bytes;
        window->raw_capacity = 2 * raw_needed;
    }
    return true;
}

static void fill_bucket(const struct hmap_type *type, struct bmap *bucket, bool texts,
                        struct hmap_bucket_view *view)
{
    view->address = address_of(bucket);
    view->overflow_address = address_of(overflow_of(type, bucket));
    view->evacuated = bucket_evacuated(bucket);
    for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
        struct hmap_slot_view *to = &view->slots[slot];
        to->tophash = bucket->tophash[slot];
        to->live = to->tophash >= HMAP_MIN_TOPHASH;
        to->key[0] = to->elem[0] = '\0';
        if (!texts || !to->live)
            continue;
        hmap_kind_format(type->key, key_in(type, bucket, slot), to->key, sizeof to->key);
        hmap_kind_format(type->elem, elem_in(type, bucket, slot), to->elem, sizeof to->elem);
    }
}

static bool inside(const struct array_view *array, const struct hmap_type *type, const struct bmap *bucket)
{
    uintptr_t place = (uintptr_t)bucket, start = (uintptr_t)array->buckets;
    return place >= start && place < start + array->array_buckets * type->bucket_bytes;
}

bool hmap_snapshot_window(const struct hmap_context *context, const struct hmap *map,
                          const struct hmap_window_request *request, struct hmap_window *window)
{
    const struct hmap_type *type = context->type;
    struct array_view array = array_of(context, map, request->array);
    uint32_t chain_limit = request->chain_limit ? request->chain_limit : 1;
    window->length = 0;
    window->cut = false;
    window->bucket_bytes = type->bucket_bytes;
    if (!request->raw) {
        free(window->raw);
        window->raw = NULL;
        window->raw_capacity = 0;
    }
    for (uint64_t i = 0;
         i < request->count && request->first < array.count && i < array.count - request->first; i++) {
        uint64_t index = request->first + i;
        struct bmap *bucket = bucket_at(type, array.buckets, index);
        for (uint32_t chain = 0; bucket; chain++, bucket = overflow_of(type, bucket)) {
            if (chain == chain_limit) {
                window->cut = true;
                break;
            }
            if (!window_reserve(window, request->raw)) {
                window->length = 0;
                return false;
            }
            struct hmap_bucket_view *view = &window->buckets[window->length];
            view->index = index;
            view->chain = chain;
            view->preallocated = chain > 0 && inside(&array, type, bucket);
            fill_bucket(type, bucket, request->texts, view);
            if (request->raw)
                memcpy(window->raw + window->length * type->bucket_bytes, bucket, type->bucket_bytes);
            window->length++;
        }
    }
    return true;
}

void hmap_window_free(struct hmap_window *window)
{
    free(window->buckets);
    free(window->raw);
    *window = (struct hmap_window){0};
}

// ---- how full ------------------------------------------------------------------------

struct chain_fill {
    uint32_t live, overflow, first_live;
    bool evacuated;
};

static uint32_t live_in(const struct bmap *bucket)
{
    uint64_t word = tophash_word(bucket);
    // Live is everything but empty (0, 1) and the evacuation marks (2, 3, 4).
    uint32_t dead = (uint32_t)__builtin_popcountll(slots_empty(word));
    for (unsigned mark = HMAP_EVACUATED_X; mark <= HMAP_EVACUATED_EMPTY; mark++)
        dead += (uint32_t)__builtin_popcountll(slots_equal(word, (uint8_t)mark));
    return HMAP_BUCKET_SLOTS - dead;
}

// Follows a chain for at most `limit` buckets. An evacuated one has nothing to follow.
static struct chain_fill fill_of(const struct hmap_type *type, struct bmap *head, uint32_t limit)
{
    struct chain_fill fill = {.evacuated = bucket_evacuated(head), .first_live = live_in(head)};
    fill.live = fill.first_live;
    for (struct bmap *next = fill.evacuated ? NULL : overflow_of(type, head);
         next && fill.overflow + 1 < limit; next = overflow_of(type, next)) {
        fill.overflow++;
        fill.live += live_in(next);
    }
    return fill;
}

enum { CHAIN_LIMIT = 16 };

// a * b / c without overflow in between
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)a * b / c);
}

size_t hmap_snapshot_density(const struct hmap_context *context, const struct hmap *map,
                             enum hmap_array array, struct hmap_density *densities, size_t cells,
                             uint32_t samples)
{
    const struct hmap_type *type = context->type;
    struct array_view view = array_of(context, map, array);
    if (cells > view.count)
        cells = view.count;
    for (size_t cell = 0; cell < cells; cell++) {
        struct hmap_density *density = &densities[cell];
        uint64_t first = scale(cell, view.count, cells), end = scale(cell + 1, view.count, cells);
        *density = (struct hmap_density){.first = first, .count = end - first};
        uint64_t wanted = samples && samples < density->count ? samples : density->count;
        for (uint64_t i = 0; i < wanted; i++) {
            struct bmap *bucket = bucket_at(type, view.buckets, first + scale(i, density->count, wanted));
            struct chain_fill fill = fill_of(type, bucket, CHAIN_LIMIT);
            density->sampled++;
            density->live += fill.live;
            density->overflow += fill.overflow;
            density->evacuated += fill.evacuated;
            if (fill.overflow + 1 > density->longest)
                density->longest = fill.overflow + 1;
        }
    }
    return cells;
}

void hmap_snapshot_survey(const struct hmap_context *context, const struct hmap *map, enum hmap_array array,
                          uint64_t limit, struct hmap_survey *survey)
{
    const struct hmap_type *type = context->type;
    struct array_view view = array_of(context, map, array);
    *survey = (struct hmap_survey){.buckets = view.count};
    uint64_t wanted = limit && limit < view.count ? limit : view.count;
    for (uint64_t i = 0; i < wanted; i++) {
        struct bmap *bucket = bucket_at(type, view.buckets, scale(i, view.count, wanted));
        struct chain_fill fill = fill_of(type, bucket, CHAIN_LIMIT);
        survey->sampled++;
        survey->live += fill.live;
        survey->evacuated += fill.evacuated;
        survey->chains[fill.overflow]++;
        survey->fill[fill.first_live]++;
    }
}

// ---- one key -------------------------------------------------------------------------

void hmap_explain(struct hmap_context *context, struct hmap *map, const void *key,
                  struct hmap_explanation *explanation)
{
    const struct hmap_type *type = context->type;
    *explanation = (struct hmap_explanation){0};
    uint64_t hash;
    if (hmap_hash(context, key, map ? map->hash0 : 0, &hash) != HMAP_OK) {
        explanation->unhashable = true;
        return;
    }
    explanation->hash = hash;
    explanation->tophash = hmap_tophash(hash);
    if (!map)
        return;
    explanation->bucket = hash & (bucket_count(map->B) - 1);
    explanation->growing = growing(map);
    explanation->xy_bit = growing(map) && !growing_same_size(map) ? (uint8_t)(map->B - 1) : map->B;
    if (!map->buckets)
        return;
    struct bmap *bucket = chain_for(type, map, hash);
    if (growing(map)) {
        uint64_t old_buckets = old_bucket_count(map);
        explanation->old_bucket = hash & (old_buckets - 1);
        explanation->old_waiting = bucket == bucket_at(type, map->oldbuckets, explanation->old_bucket);
        explanation->goes_to_y = !growing_same_size(map) && hash & old_buckets;
    }
    explanation->array = explanation->old_waiting ? HMAP_ARRAY_OLD : HMAP_ARRAY_NEW;
    struct hmap_place place = hmap_locate(context, map, key, hash);
    for (;; bucket = overflow_of(type, bucket)) {
        explanation->probes++;
        explanation->bucket_address = address_of(bucket);
        explanation->chain = explanation->probes - 1;
        if (bucket == place.bucket) {
            explanation->found = true;
            explanation->slot = place.slot;
            return;
        }
        if (chain_ends(tophash_word(bucket)) || !overflow_of(type, bucket))
            return;
    }
}

bool hmap_key_for_bucket(struct hmap_context *context, struct hmap *map, uint64_t bucket,
                         uint64_t max_attempts, bool (*propose)(void *state, uint64_t attempt, void *key),
                         void *state, void *key)
{
    uint64_t hash;
    for (uint64_t attempt = 0; map && attempt < max_attempts; attempt++) {
        if (!propose(state, attempt, key))
            return false;
        if (hmap_hash(context, key, map->hash0, &hash) == HMAP_OK &&
            (hash & (bucket_count(map->B) - 1)) == bucket)
            return true;
    }
    return false;
}
