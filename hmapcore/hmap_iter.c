// SPDX-License-Identifier: MIT
// Iteration, after runtime/map.go (mapiterinit, mapiternext): a random start, then bucket by bucket through
// the array that was current at the start, whatever grows meanwhile.
#include "hmap_internal.h"

enum hmap_status hmap_iter_start(struct hmap_context *context, struct hmap *map, struct hiter *iter)
{
    const struct hmap_type *type = context->type;
    *iter = (struct hiter){.t = type};
    if (!map || map->count == 0)
        return HMAP_OK;
    iterators_add(&owner_of(map)->iterators, 1);
    iter->h = map;
    iter->B = map->B;
    iter->buckets = map->buckets;
    if (!type->bucket_has_pointers) {
        hmap_overflow_list_create(map);
        iter->overflow = map->extra->overflow;
        iter->oldoverflow = map->extra->oldoverflow;
    }
    uint64_t random = context->flavour == HMAP_GO_1_19 && map->B <= 28 ? draw32(context) : draw64(context);
    iter->startBucket = random & (bucket_count(map->B) - 1);
    iter->offset = (uint8_t)(random >> map->B & (HMAP_BUCKET_SLOTS - 1));
    iter->bucket = iter->startBucket;
    const uint8_t both = HMAP_ITERATOR | HMAP_OLD_ITERATOR;
    if ((flags_of(map) & both) != both)
        __atomic_fetch_or(&map->flags, both, __ATOMIC_RELAXED);
    EMIT(context, map, .kind = HMAP_EVENT_ITER_START, .bucket = iter->startBucket, .slot = iter->offset);
    return hmap_iter_next(context, iter);
}

void hmap_iter_stop(struct hiter *iter)
{
    if (iter->h)
        iterators_add(&owner_of(iter->h)->iterators, -1);
    iter->h = NULL;
}

// The next bucket to walk: the old one, as long as it is not evacuated and the iterator started in this very
// growth.
static ALWAYS_INLINE struct bmap *next_bucket(struct hmap_context *context, const struct hiter *iter,
                                              uint64_t number, uint64_t *check_bucket)
{
    const struct hmap_type *type = context->type;
    const struct hmap *map = iter->h;
    *check_bucket = HMAP_NO_CHECK;
    struct bmap *bucket = bucket_at(type, iter->buckets, number);
    if (growing(map) && iter->B == map->B) {
        struct bmap *old = bucket_at(type, map->oldbuckets, number & (old_bucket_count(map) - 1));
        if (!bucket_evacuated(old)) {
            *check_bucket = number; // half of its entries belong elsewhere
            bucket = old;
        }
    }
    EMIT(context, map, .kind = HMAP_EVENT_ITER_BUCKET, .bucket = number, .address = address_of(bucket),
         .detail = *check_bucket == HMAP_NO_CHECK ? 0 : HMAP_DETAIL_OLD);
    return bucket;
}

// Whether an entry of an old bucket will move to the bucket the iterator is at.
static bool belongs_here(struct hmap_context *context, const struct hiter *iter, const void *key,
                         bool equals_itself, uint8_t tophash, uint64_t check_bucket)
{
    if (!equals_itself) // no hash to go by: the tophash's low bit decides where it goes, see
                        // decided_by_tophash
        return check_bucket >> (iter->B - 1) == (tophash & 1);
    uint64_t hash = 0;
    enum hmap_status status = hmap_kind_hash(context, context->type->key, key, iter->h->hash0, &hash);
    return status == HMAP_OK && (hash & (bucket_count(iter->B) - 1)) == check_bucket;
}

// Sets the iterator's key and element from this slot; false when there is nothing to yield.
static ALWAYS_INLINE bool yield_slot(struct hmap_context *context, struct hiter *iter, struct bmap *bucket,
                                     unsigned slot, uint64_t check_bucket)
{
    const struct hmap_type *type = context->type;
    struct hmap *map = iter->h;
    uint8_t tophash = bucket->tophash[slot];
    bool moved = tophash == HMAP_EVACUATED_X || tophash == HMAP_EVACUATED_Y;
    bool checked = check_bucket != HMAP_NO_CHECK && !growing_same_size(map);
    void *key = key_in(type, bucket, slot);
    if (LIKELY(!moved && !checked)) {
        iter->key = key;
        iter->elem = elem_in(type, bucket, slot);
        return true;
    }
    bool equals_itself = type->flags & HMAP_REFLEXIVE_KEY || hmap_kind_equal(type->key, key, key);
    if (checked && !belongs_here(context, iter, key, equals_itself, tophash, check_bucket))
        return false;
    if (!moved ||
        !equals_itself) { // an entry that cannot be found can be neither changed nor deleted: this is it
        iter->key = key;
        iter->elem = elem_in(type, bucket, slot);
        return true;
    }
    // The map has grown since: the entry is elsewhere, and may be changed or gone.
    uint64_t hash = 0;
    enum hmap_status status = hmap_kind_hash(context, type->key, key, map->hash0, &hash);
    struct hmap_place place = hmap_locate(context, map, key, hash);
    if (status != HMAP_OK || !place.bucket)
        return false;
    iter->key = key_in(type, place.bucket, place.slot);
    iter->elem = elem_in(type, place.bucket, place.slot);
    return true;
}

static COLD void tell_slot(struct hmap_context *context, const struct hiter *iter, struct bmap *bucket,
                           unsigned slot, uint64_t check_bucket, bool yielded)
{
    uint8_t tophash = bucket->tophash[slot];
    bool moved = tophash == HMAP_EVACUATED_X || tophash == HMAP_EVACUATED_Y;
    uint64_t next = iter->bucket;
    EMIT(context, iter->h, .kind = yielded ? HMAP_EVENT_ITER_STEP : HMAP_EVENT_ITER_SKIP,
         .bucket = (next ? next : bucket_count(iter->B)) - 1, .address = address_of(bucket),
         .slot = (uint8_t)slot, .tophash = tophash,
         .detail = (uint8_t)((check_bucket != HMAP_NO_CHECK ? HMAP_DETAIL_OLD : 0) |
                             (moved ? HMAP_DETAIL_RELOOKUP : 0)));
}

// The slots an iterator looks at in a bucket, in its order: bit 8 * n + 7 for the n-th from its offset on.
// Empty ones and those that were empty when evacuated are left out.
static ALWAYS_INLINE uint64_t slots_to_visit(const struct hiter *iter, uint64_t word, unsigned from)
{
    unsigned turn = 8u * iter->offset;
    word = word >> turn | word << (-turn & 63);
    uint64_t visit = ~(slots_empty(word) | slots_equal(word, HMAP_EVACUATED_EMPTY)) & ~EACH_LOW7;
    return from < HMAP_BUCKET_SLOTS ? visit >> (8 * from) << (8 * from) : 0;
}

static NOINLINE enum hmap_status iter_advance(struct hmap_context *context, struct hiter *iter)
{
    const struct hmap_type *type = context->type;
    struct hmap *map = iter->h;
    if (!map) {
        iter->key = iter->elem = NULL;
        return HMAP_OK;
    }
    if (UNLIKELY(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault_status(context, map, HMAP_CONCURRENT_ITERATION);
    struct bmap *bucket = iter->bptr;
    unsigned from = iter->i;
    uint64_t check_bucket = iter->checkBucket;
    for (;;) {
        if (!bucket) {
            if (iter->bucket == iter->startBucket && iter->wrapped) {
                iter->key = iter->elem = NULL;
                EMIT(context, map, .kind = HMAP_EVENT_ITER_END);
                hmap_iter_stop(iter);
                return HMAP_OK;
            }
            bucket = next_bucket(context, iter, iter->bucket, &check_bucket);
            if (++iter->bucket == bucket_count(iter->B)) {
                iter->bucket = 0;
                iter->wrapped = true;
            }
            from = 0;
        }
        for (uint64_t visit = slots_to_visit(iter, tophash_word(bucket), from); visit; visit &= visit - 1) {
            unsigned step = first_slot(visit);
            unsigned slot = (step + iter->offset) & (HMAP_BUCKET_SLOTS - 1);
            bool yielded = yield_slot(context, iter, bucket, slot, check_bucket);
            if (LISTENING(context))
                tell_slot(context, iter, bucket, slot, check_bucket, yielded);
            if (!yielded)
                continue;
            iter->bptr = bucket;
            iter->i = (uint8_t)(step + 1);
            iter->checkBucket = check_bucket;
            return HMAP_OK;
        }
        bucket = overflow_of(type, bucket);
        from = 0;
    }
}

// Most steps stay in a bucket of the current array: those are taken here.
enum hmap_status hmap_iter_next(struct hmap_context *context, struct hiter *iter)
{
    const struct hmap_type *type = context->type;
    struct bmap *bucket = iter->bptr;
    if (UNLIKELY(!iter->h || !bucket || iter->checkBucket != HMAP_NO_CHECK || LISTENING(context) ||
                 flags_of(iter->h) & HMAP_HASH_WRITING))
        return iter_advance(context, iter);
    uint64_t word = tophash_word(bucket);
    uint64_t visit = slots_to_visit(iter, word, iter->i);
    if (!visit)
        return iter_advance(context, iter);
    unsigned step = first_slot(visit);
    unsigned slot = (step + iter->offset) & (HMAP_BUCKET_SLOTS - 1);
    if (UNLIKELY((uint8_t)(word >> (8 * slot)) < HMAP_MIN_TOPHASH)) // moved on
        return iter_advance(context, iter);
    iter->key = key_in(type, bucket, slot);
    iter->elem = elem_in(type, bucket, slot);
    iter->i = (uint8_t)(step + 1);
    return HMAP_OK;
}
