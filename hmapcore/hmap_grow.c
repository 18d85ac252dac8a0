// SPDX-License-Identifier: MIT
// Growth, after runtime/map.go (hashGrow, growWork, evacuate). A growth allocates the new array at once and
// moves the entries in steps: each write evacuates the old bucket it needs and one more.
//
//     old bucket n ──► X = new bucket n              entries whose hash has the deciding bit 0
//                 └──► Y = new bucket n + old count  the others; none when the size stays
#include "hmap_form.h"

enum hmap_status hmap_first_bucket(struct hmap_context *context, struct hmap *map)
{
    struct bmap *next_overflow;
    return hmap_array_allocate(context, map, 0, &map->buckets, &next_overflow);
}

enum hmap_status hmap_grow_start(struct hmap_context *context, struct hmap *map)
{
    struct hmap_owner *owner = owner_of(map);
    bool bigger = over_load_factor(map->count + 1, map->B);
    void *buckets;
    struct bmap *next_overflow;
    hmap_retired_collect(context, map);
    if (owner->extra.oldoverflow)
        return HMAP_BAD_STATE; // only a race can leave it behind
    enum hmap_status status =
        hmap_array_allocate(context, map, (uint8_t)(map->B + bigger), &buckets, &next_overflow);
    if (status != HMAP_OK)
        return status;
    uint64_t old_buckets = bucket_count(map->B);
    uint8_t flags = flags_of(map) & (uint8_t) ~(HMAP_ITERATOR | HMAP_OLD_ITERATOR);
    if (flags_of(map) & HMAP_ITERATOR)
        flags |= HMAP_OLD_ITERATOR;
    if (!bigger)
        flags |= HMAP_SAME_SIZE_GROW;
    map->B = (uint8_t)(map->B + bigger);
    set_flags(map, flags);
    map->oldbuckets = map->buckets;
    map->buckets = buckets;
    map->nevacuate = 0;
    map->noverflow = 0;
    owner->old_pool = owner->pool;
    owner->pool = (struct hmap_pool){0};
    owner->extra.oldoverflow = owner->extra.overflow;
    owner->extra.overflow = NULL;
    if (next_overflow) {
        map->extra = &owner->extra;
        map->extra->nextOverflow = next_overflow;
    } // else Go leaves the old array's, of which none is left in practice: it had some only from B = 4 on
    EMIT(context, map, .kind = HMAP_EVENT_GROW_START, .bucket = old_buckets,
         .detail = bigger ? HMAP_DETAIL_DOUBLING : HMAP_DETAIL_SAME_SIZE);
    return HMAP_OK;
}

static void grow_finish(struct hmap_context *context, struct hmap *map)
{
    struct hmap_owner *owner = owner_of(map);
    uint64_t old_buckets = old_bucket_count(map);
    void *array = map->oldbuckets;
    map->oldbuckets = NULL;
    if (owner->extra.oldoverflow)
        hmap_overflow_list_release(context, owner->extra.oldoverflow);
    owner->extra.oldoverflow = NULL;
    set_flags(map, flags_of(map) & (uint8_t)~HMAP_SAME_SIZE_GROW);
    hmap_retired_collect(context, map);
    hmap_array_release(context, map, array);
    hmap_pool_release(context, map, &owner->old_pool);
    EMIT(context, map, .kind = HMAP_EVENT_GROW_FINISH, .bucket = old_buckets);
}

// The next old bucket that is not yet evacuated; looks at no more than 1024, so that a write stays O(1).
static void advance_evacuation(struct hmap_context *context, struct hmap *map, uint64_t old_buckets)
{
    map->nevacuate++;
    uint64_t stop = map->nevacuate + 1024;
    if (stop > old_buckets)
        stop = old_buckets;
    while (map->nevacuate != stop &&
           bucket_evacuated(bucket_at(context->type, map->oldbuckets, map->nevacuate)))
        map->nevacuate++;
    if (map->nevacuate == old_buckets)
        grow_finish(context, map);
}

// Where evacuated entries go next: they fill a bucket densely, then an overflow bucket.
struct destination {
    struct bmap *bucket;
    unsigned slot;
    uint32_t moved;
};

static ALWAYS_INLINE void copy_slot(char *to, const char *from, uint64_t size_bytes)
{
    if (LIKELY(size_bytes == 8))
        memcpy(to, from, 8);
    else
        memcpy(to, from, size_bytes);
}

static ALWAYS_INLINE void destination_add(struct hmap_context *context, struct hmap *map,
                                          struct destination *to, uint8_t tophash, struct bmap *from,
                                          unsigned slot, enum form form)
{
    const struct hmap_type *type = context->type;
    if (UNLIKELY(to->slot == HMAP_BUCKET_SLOTS)) {
        to->bucket = hmap_overflow_link(context, map, to->bucket);
        to->slot = 0;
    }
    to->bucket->tophash[to->slot] = tophash;
    // An indirect key or element moves as its pointer.
    copy_slot(form_key(type, to->bucket, to->slot, form), form_key(type, from, slot, form),
              form_key_bytes(type, form));
    copy_slot(form_elem(type, to->bucket, to->slot, form), form_elem(type, from, slot, form),
              type->elem_slot_bytes);
    to->slot++;
    to->moved++;
}

static ALWAYS_INLINE uint64_t stored_hash(struct hmap_context *context, const struct hmap *map,
                                          struct bmap *bucket, unsigned slot, enum form form, bool fast)
{
    const char *place = form_key(context->type, bucket, slot, form);
    union probe probe = {0};
    uint64_t hash = 0;
    uint32_t word32;
    if (form == FORM_WORD32) {
        memcpy(&word32, place, sizeof word32);
        probe.word = word32;
    } else if (form == FORM_WORD64) {
        memcpy(&probe.word, place, sizeof probe.word);
    } else if (form == FORM_STRING) {
        memcpy(&probe.string, place, sizeof probe.string);
    } else {
        probe.any = context->type->flags & HMAP_INDIRECT_KEY ? load_pointer(place) : place;
    }
    // It has been hashed before: it cannot fail.
    enum hmap_status status = probe_hash(context, form, fast, probe, map->hash0, &hash);
    (void)status;
    return hash;
}

// A key that is not equal to itself (a NaN) has no hash to go by. While iterators are about, its tophash's
// low bit decides, which they can tell too, and it gets a random tophash for the next time.
static ALWAYS_INLINE bool decided_by_tophash(const struct hmap_type *type, const struct hmap *map,
                                             struct bmap *bucket, unsigned slot)
{
    if (!(flags_of(map) & HMAP_ITERATOR) || type->flags & HMAP_REFLEXIVE_KEY)
        return false;
    const void *key = key_in(type, bucket, slot);
    return !hmap_kind_equal(type->key, key, key);
}

static ALWAYS_INLINE enum hmap_status evacuate_chain(struct hmap_context *context, struct hmap *map,
                                                     struct bmap *bucket, struct destination halves[2],
                                                     uint64_t old_buckets, enum form form, bool fast)
{
    const struct hmap_type *type = context->type;
    const bool same_size = growing_same_size(map);
    for (; bucket; bucket = overflow_of(type, bucket)) {
        uint64_t word = tophash_word(bucket);
        uint64_t live = ~slots_empty(word) & ~EACH_LOW7;
        uint64_t hashes[HMAP_BUCKET_SLOTS];
        if (form != FORM_GENERIC && !same_size) {
            // Apart from the moving, so that the CPU works on several hashes at once. (A generic hash may
            // draw random numbers, whose order among the other draws is Go's.)
            for (uint64_t rest = live; rest; rest &= rest - 1)
                hashes[first_slot(rest)] = stored_hash(context, map, bucket, first_slot(rest), form, fast);
        }
        uint64_t marks = HMAP_EVACUATED_EMPTY * EACH_BYTE;
        for (uint64_t rest = live; rest; rest &= rest - 1) {
            unsigned slot = first_slot(rest);
            uint8_t tophash = (uint8_t)(word >> (8 * slot));
            if (UNLIKELY(tophash < HMAP_MIN_TOPHASH))
                return HMAP_BAD_STATE;
            bool to_y = false;
            if (!same_size) {
                uint64_t hash =
                    form == FORM_GENERIC ? stored_hash(context, map, bucket, slot, form, fast) : hashes[slot];
                to_y = hash & old_buckets;
                if (form == FORM_GENERIC && UNLIKELY(decided_by_tophash(type, map, bucket, slot))) {
                    to_y = tophash & 1;
                    tophash = hmap_tophash(hash);
                }
            }
            marks ^= (uint64_t)(HMAP_EVACUATED_EMPTY ^ (to_y ? HMAP_EVACUATED_Y : HMAP_EVACUATED_X))
                     << (8 * slot);
            destination_add(context, map, &halves[to_y], tophash, bucket, slot, form);
        }
        memcpy(bucket->tophash, &marks, sizeof marks);
    }
    return HMAP_OK;
}

static ALWAYS_INLINE enum hmap_status evacuate(struct hmap_context *context, struct hmap *map,
                                               uint64_t number, enum form form, bool fast)
{
    const struct hmap_type *type = context->type;
    uint64_t old_buckets = old_bucket_count(map);
    struct bmap *old = bucket_at(type, map->oldbuckets, number);
    if (!bucket_evacuated(old)) {
        // A chain of n + 1 buckets splits into two that need at most n overflow buckets together.
        uint64_t overflow_buckets = 0;
        for (struct bmap *next = overflow_of(type, old); next; next = overflow_of(type, next))
            overflow_buckets++;
        if (overflow_buckets) {
            enum hmap_status status = hmap_overflow_reserve(context, map, overflow_buckets);
            if (UNLIKELY(status != HMAP_OK))
                return status;
        }
        struct destination halves[2] = {{.bucket = bucket_at(type, map->buckets, number)}};
        if (!growing_same_size(map))
            halves[1].bucket = bucket_at(type, map->buckets, number + old_buckets);
        enum hmap_status status = evacuate_chain(context, map, old, halves, old_buckets, form, fast);
        if (UNLIKELY(status != HMAP_OK))
            return status;
        // Go lets go of what the old bucket points at, unless an iterator may still come by. The tophashes
        // stay: they say that it is evacuated.
        if (!(flags_of(map) & HMAP_OLD_ITERATOR) && type->bucket_has_pointers)
            memset((char *)old + HMAP_DATA_OFFSET, 0, type->bucket_bytes - HMAP_DATA_OFFSET);
        EMIT(context, map, .kind = HMAP_EVENT_EVACUATE, .bucket = number, .address = address_of(old),
             .moved_x = halves[0].moved, .moved_y = halves[1].moved, .detail = HMAP_DETAIL_OLD);
    }
    if (number == map->nevacuate)
        advance_evacuation(context, map, old_buckets);
    return HMAP_OK;
}

static ALWAYS_INLINE enum hmap_status grow_work(struct hmap_context *context, struct hmap *map,
                                                uint64_t bucket, enum form form, bool fast)
{
    enum hmap_status status = evacuate(context, map, bucket & (old_bucket_count(map) - 1), form, fast);
    if (status == HMAP_OK && growing(map))
        status = evacuate(context, map, map->nevacuate, form, fast);
    return status;
}

enum hmap_status hmap_grow_work(struct hmap_context *context, struct hmap *map, uint64_t bucket)
{
    bool aes = context->aes_instructions;
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return aes ? grow_work(context, map, bucket, FORM_WORD32, true)
                   : grow_work(context, map, bucket, FORM_WORD32, false);
    case HMAP_VARIANT_FAST64:
        return aes ? grow_work(context, map, bucket, FORM_WORD64, true)
                   : grow_work(context, map, bucket, FORM_WORD64, false);
    case HMAP_VARIANT_FASTSTR:
        return aes ? grow_work(context, map, bucket, FORM_STRING, true)
                   : grow_work(context, map, bucket, FORM_STRING, false);
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return grow_work(context, map, bucket, FORM_GENERIC, false);
}
