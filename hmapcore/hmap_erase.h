// SPDX-License-Identifier: MIT
// Delete, once, for all forms of keys; see hmap_probe.h.
#ifndef HMAP_ERASE_H
#define HMAP_ERASE_H

#include "hmap_probe.h"

// The tophashes `word` without the empty slots at the end, which become empty-rest.
static ALWAYS_INLINE uint64_t without_empty_end(uint64_t word)
{
    uint64_t live = ~slots_empty(word) & ~EACH_LOW7;
    return live ? word & ~UINT64_C(0) >> __builtin_clzll(live) : 0;
}

// A slot of *bucket, whose tophashes are `word`, has become empty. If nothing lives after it, the run of empty slots
// that ends in it becomes empty-rest, back through the chain if need be, so that searches stop early. Moves *bucket
// and *slot to where the run now begins; false when there is none.
static inline bool mark_empty_rest(const struct hmap_type *type, struct bmap *head, struct bmap **bucket,
                                   uint64_t word, unsigned *slot)
{
    struct bmap *at = *bucket;
    if (*slot == HMAP_BUCKET_SLOTS - 1) {
        struct bmap *next = overflow_of(type, at);
        if (next && next->tophash[0] != HMAP_EMPTY_REST)
            return false;
    } else if ((uint8_t)(word >> (8 * (*slot + 1))) != HMAP_EMPTY_REST) {
        return false;
    }
    for (;;) {
        word = without_empty_end(word);
        set_tophash_word(at, word);
        *bucket = at;
        *slot = word ? HMAP_BUCKET_SLOTS - (unsigned)__builtin_clzll(word) / 8 : 0;
        if (word || at == head)
            return true;
        struct bmap *before = head;
        while (overflow_of(type, before) != at)
            before = overflow_of(type, before);
        word = tophash_word(before);
        if (word >> 56 != HMAP_EMPTY_ONE)
            return true;
        at = before;
    }
}

static ALWAYS_INLINE void probe_wipe(struct hmap_context *context, struct hmap *map, struct bmap *bucket,
                                     unsigned slot, enum form form)
{
    const struct hmap_type *type = context->type;
    char *key_place = form_key(type, bucket, slot, form);
    char *elem_place = form_elem(type, bucket, slot, form);
    // A key is cleared only where it keeps something alive.
    if (form_is_string(form)) {
        memset(key_place, 0, sizeof(void *));
    } else if (form == FORM_WORD64) {
        if (type->key->has_pointers)
            memset(key_place, 0, 8);
    } else if (form == FORM_GENERIC && type->flags & HMAP_INDIRECT_KEY) {
        hmap_cell_release(context, map, CELL_KEY, load_pointer(key_place));
        memset(key_place, 0, sizeof(void *));
    } else if (form == FORM_GENERIC && type->key->has_pointers) {
        memset(key_place, 0, type->key->size_bytes);
    }
    if (form == FORM_GENERIC && type->flags & HMAP_INDIRECT_ELEM) {
        hmap_cell_release(context, map, CELL_ELEM, load_pointer(elem_place));
        memset(elem_place, 0, sizeof(void *));
    } else if (LIKELY(type->elem_slot_bytes == 8)) {
        memset(elem_place, 0, 8);
    } else {
        memset(elem_place, 0, type->elem_slot_bytes);
    }
}

static ALWAYS_INLINE struct hmap_result probe_delete(struct hmap_context *context, struct hmap *map,
                                                     union probe probe, enum form form, bool fast)
{
    const struct hmap_type *type = context->type;
    uint64_t hash = 0;
    if (UNLIKELY(map == NULL || map->count == 0)) {
        if (form == FORM_GENERIC && type->flags & HMAP_HASH_MIGHT_PANIC) {
            enum hmap_status status = probe_hash(context, form, fast, probe, 0, &hash);
            if (status != HMAP_OK)
                return hmap_fault(context, map, status);
        }
        TELL(HMAP_EVENT_DELETE_MISS, NULL, 0);
        return (struct hmap_result){0};
    }
    if (UNLIKELY(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault(context, map, HMAP_CONCURRENT_WRITES);
    enum hmap_status status = probe_hash(context, form, fast, probe, map->hash0, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return hmap_fault(context, map, status);
    probe_begin(context, map, form, fast, probe, hash, HMAP_EVENT_REMOVE);
    uint64_t number = hash & (bucket_count(map->B) - 1);
    if (UNLIKELY(growing(map))) {
        status = hmap_grow_work(context, map, number);
        if (UNLIKELY(status != HMAP_OK))
            return probe_give_up(context, map, status);
    }
    struct bmap *head = bucket_at(type, map->buckets, number);
    struct bmap *bucket = head;
    uint8_t tophash = hmap_tophash(hash);
    for (;;) {
        uint64_t word = tophash_word(bucket);
        for (uint64_t hits = slots_equal(word, tophash); hits; hits &= hits - 1) {
            unsigned slot = first_slot(hits);
            if (!probe_equal(type, form, probe, form_key(type, bucket, slot, form)))
                continue;
            probe_wipe(context, map, bucket, slot, form);
            word = with_tophash(word, slot, HMAP_EMPTY_ONE);
            set_tophash_word(bucket, word);
            map->count--;
            TELL(HMAP_EVENT_DELETE, bucket, slot);
            if (mark_empty_rest(type, head, &bucket, word, &slot))
                TELL(HMAP_EVENT_EMPTY_REST, bucket, slot);
            if (UNLIKELY(map->count == 0)) {
                map->hash0 = draw32(context); // collisions once found are worth nothing in the next life
                EMIT(context, map, .kind = HMAP_EVENT_RESEED, .hash = map->hash0);
            }
            return probe_finish(context, map, NULL, true);
        }
        struct bmap *next;
        if (chain_ends(word) || !(next = overflow_of(type, bucket)))
            break;
        bucket = next;
    }
    TELL(HMAP_EVENT_DELETE_MISS, bucket, 0);
    return probe_finish(context, map, NULL, false);
}

#endif
