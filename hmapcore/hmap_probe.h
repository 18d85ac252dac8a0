// SPDX-License-Identifier: MIT
// Find and assign, once, for all forms of keys (hmap_erase.h has delete). Each .c file of a variant calls
// these with constants for `form` and `fast`, and the compiler makes the routines out of them that Go has
// written out by hand (map.go, map_fast32.go, map_fast64.go, map_faststr.go), each twice: a fast one, which
// takes for granted that the CPU has AES and that nobody listens, and one that asks.
//
// The search differs from Go's in speed only: the eight tophash bytes are compared at once.
#ifndef HMAP_PROBE_H
#define HMAP_PROBE_H

#include "hmap_tell.h"

// ---- find ----------------------------------------------------------------------------

static ALWAYS_INLINE struct hmap_result probe_find(struct hmap_context *context, struct hmap *map,
                                                   union probe probe, enum form form, bool fast)
{
    const struct hmap_type *type = context->type;
    uint64_t hash = 0;
    if (UNLIKELY(map == NULL || map->count == 0)) {
        // Go hashes the key all the same, so that an unhashable one is always refused.
        if (form == FORM_GENERIC && type->flags & HMAP_HASH_MIGHT_PANIC) {
            enum hmap_status status = probe_hash(context, form, fast, probe, 0, &hash);
            if (status != HMAP_OK)
                return hmap_fault(context, map, status);
        }
        TELL(HMAP_EVENT_FIND_MISS, NULL, 0);
        return (struct hmap_result){0};
    }
    if (UNLIKELY(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault(context, map, HMAP_CONCURRENT_READ_WRITE);
    enum hmap_status status = probe_hash(context, form, fast, probe, map->hash0, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return hmap_fault(context, map, status);
    struct bmap *bucket = chain_for(type, map, hash);
    uint8_t tophash = hmap_tophash(hash);
    for (;;) {
        uint64_t word = tophash_word(bucket);
        for (uint64_t hits = slots_equal(word, tophash); hits; hits &= hits - 1) {
            unsigned slot = first_slot(hits);
            if (LIKELY(probe_equal(type, form, probe, form_key(type, bucket, slot, form)))) {
                TELL(HMAP_EVENT_FIND_HIT, bucket, slot);
                return (struct hmap_result){form_elem_value(type, bucket, slot, form), HMAP_OK, true};
            }
        }
        struct bmap *next;
        if (chain_ends(word) || !(next = overflow_of(type, bucket)))
            break;
        bucket = next;
    }
    TELL(HMAP_EVENT_FIND_MISS, bucket, 0);
    return (struct hmap_result){0};
}

static ALWAYS_INLINE bool has_single_bucket(const struct hmap *map)
{
    return map && map->B == 0;
}

// The same for keys of 4 or 8 bytes in a single bucket: comparing all of them is less work than hashing one, and Go
// does it, too. For nobody listens: an event has the hash.
static ALWAYS_INLINE struct hmap_result probe_find_single(struct hmap_context *context, struct hmap *map,
                                                          union probe probe, enum form form)
{
    if (UNLIKELY(map->count == 0))
        return (struct hmap_result){0};
    if (UNLIKELY(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault(context, map, HMAP_CONCURRENT_READ_WRITE);
    struct bmap *bucket = map->buckets;
    unsigned hits = live_equal(bucket, form, probe.word);
    if (UNLIKELY(growing(map) || overflow_of(context->type, bucket)))
        return probe_find(context, map, probe, form, true);
    if (!hits)
        return (struct hmap_result){0};
    return (struct hmap_result){form_elem(context->type, bucket, (unsigned)__builtin_ctz(hits), form),
                                HMAP_OK, true};
}

// ---- assign --------------------------------------------------------------------------

// Leaves a write without having changed anything.
static COLD struct hmap_result probe_give_up(struct hmap_context *context, struct hmap *map,
                                             enum hmap_status status)
{
    set_flags(map, flags_of(map) & (uint8_t)~HMAP_HASH_WRITING);
    return hmap_fault(context, map, status);
}

// The key was there: what of it is written again.
static ALWAYS_INLINE void probe_update_key(const struct hmap_type *type, enum form form, union probe probe,
                                           struct bmap *bucket, unsigned slot)
{
    char *place = form_key(type, bucket, slot, form);
    if (form_is_string(form)) // the pointer alone: the old bytes can be freed
        memcpy(place, &probe.string.data, sizeof probe.string.data);
    else if (form == FORM_GENERIC && type->flags & HMAP_NEED_KEY_UPDATE)
        memcpy(key_in(type, bucket, slot), probe.any, type->key->size_bytes);
}

// Memory for an indirect key and element; both or neither.
static inline void probe_cells_undo(struct hmap_context *context, struct hmap *map, void *key_cell,
                                    void *elem_cell)
{
    if (key_cell)
        hmap_cell_release(context, map, CELL_KEY, key_cell);
    if (elem_cell)
        hmap_cell_release(context, map, CELL_ELEM, elem_cell);
}

static inline enum hmap_status probe_cells(struct hmap_context *context, struct hmap *map, void **key_cell,
                                           void **elem_cell)
{
    uint8_t flags = context->type->flags;
    if (flags & HMAP_INDIRECT_KEY && !(*key_cell = hmap_cell_allocate(context, map, CELL_KEY)))
        return HMAP_NO_MEMORY;
    if (flags & HMAP_INDIRECT_ELEM && !(*elem_cell = hmap_cell_allocate(context, map, CELL_ELEM))) {
        probe_cells_undo(context, map, *key_cell, NULL);
        return HMAP_NO_MEMORY;
    }
    return HMAP_OK;
}

static ALWAYS_INLINE struct hmap_result probe_finish(struct hmap_context *context, struct hmap *map,
                                                     void *elem, bool found)
{
    uint8_t flags = flags_of(map);
    if (UNLIKELY(!(flags & HMAP_HASH_WRITING)))
        return hmap_fault(context, map, HMAP_CONCURRENT_WRITES);
    set_flags(map, flags & (uint8_t)~HMAP_HASH_WRITING);
    return (struct hmap_result){elem, HMAP_OK, found};
}

static ALWAYS_INLINE struct hmap_result probe_assign(struct hmap_context *context, struct hmap *map,
                                                     union probe probe, enum form form, bool fast)
{
    const struct hmap_type *type = context->type;
    uint64_t hash;
    if (UNLIKELY(map == NULL))
        return hmap_fault(context, map, HMAP_NIL_MAP);
    if (UNLIKELY(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault(context, map, HMAP_CONCURRENT_WRITES);
    enum hmap_status status = probe_hash(context, form, fast, probe, map->hash0, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return hmap_fault(context, map, status);
    probe_begin(context, map, form, fast, probe, hash, HMAP_EVENT_ASSIGN);
    if (UNLIKELY(map->buckets == NULL)) {
        status = hmap_first_bucket(context, map);
        if (status != HMAP_OK)
            return probe_give_up(context, map, status);
    }
    uint8_t tophash = hmap_tophash(hash);
    struct bmap *bucket, *target; // the last one looked at; the one with the first empty slot
    uint64_t target_word = 0;     // its tophashes; a fresh overflow bucket's are 0
    unsigned slot;
    for (;;) {
        uint64_t number = hash & (bucket_count(map->B) - 1);
        if (UNLIKELY(growing(map))) {
            status = hmap_grow_work(context, map, number);
            if (UNLIKELY(status != HMAP_OK))
                return probe_give_up(context, map, status);
        }
        bucket = bucket_at(type, map->buckets, number);
        target = NULL;
        target_word = 0;
        slot = 0;
        for (;;) {
            uint64_t word = tophash_word(bucket);
            for (uint64_t hits = slots_equal(word, tophash); hits; hits &= hits - 1) {
                unsigned hit = first_slot(hits);
                if (!probe_equal(type, form, probe, form_key(type, bucket, hit, form)))
                    continue;
                probe_update_key(type, form, probe, bucket, hit);
                TELL(HMAP_EVENT_OVERWRITE, bucket, hit);
                return probe_finish(context, map, form_elem_value(type, bucket, hit, form), true);
            }
            uint64_t empty = slots_empty(word);
            if (empty && !target) {
                target = bucket;
                target_word = word;
                slot = first_slot(empty);
            }
            struct bmap *next;
            if (chain_ends(word) || !(next = overflow_of(type, bucket)))
                break;
            bucket = next;
        }
        if (LIKELY(growing(map) ||
                   !(over_load_factor(map->count + 1, map->B) || too_many_overflow(map->noverflow, map->B))))
            break;
        status = hmap_grow_start(context, map); // which moves everything: search again
        if (UNLIKELY(status != HMAP_OK))
            return probe_give_up(context, map, status);
    }

    // All that can fail comes before anything changes.
    void *key_cell = NULL, *elem_cell = NULL;
    if (form == FORM_GENERIC && type->flags & (HMAP_INDIRECT_KEY | HMAP_INDIRECT_ELEM)) {
        status = probe_cells(context, map, &key_cell, &elem_cell);
        if (status != HMAP_OK)
            return probe_give_up(context, map, status);
    }
    if (UNLIKELY(!target)) {
        status = hmap_overflow_reserve(context, map, 1);
        if (UNLIKELY(status != HMAP_OK)) {
            probe_cells_undo(context, map, key_cell, elem_cell);
            return probe_give_up(context, map, status);
        }
        target = hmap_overflow_link(context, map, bucket);
    }
    char *key_place = form_key(type, target, slot, form);
    char *elem_place = form_elem(type, target, slot, form);
    if (form == FORM_GENERIC && key_cell) {
        memcpy(key_place, &key_cell, sizeof key_cell);
        key_place = key_cell;
    }
    if (form == FORM_GENERIC && elem_cell) {
        memcpy(elem_place, &elem_cell, sizeof elem_cell);
        elem_place = elem_cell;
    }
    form_store(type->key, form, probe, key_place);
    set_tophash_word(target, with_tophash(target_word, slot, tophash));
    map->count++;
    TELL(HMAP_EVENT_INSERT, target, slot);
    return probe_finish(context, map, elem_place, false);
}

#endif
