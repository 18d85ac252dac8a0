// SPDX-License-Identifier: MIT
#include "hmap_check.h"
#include "hmap_internal.h"
#include <stdarg.h>
#include <stdio.h>

// One array with what belongs to it, current or old.
struct walk {
    struct hmap_context *context;
    struct hmap *map;
    struct hmap_check *check;
    const char *name; // "bucket" or "old bucket"
    void *buckets;
    uint64_t count;         // buckets proper
    uint64_t array_buckets; // with those in advance
    const struct hmap_pool *pool;
    uint64_t overflow_seen; // in all chains so far
    uint64_t overflow_sum;  // of their addresses
};

static __attribute__((format(printf, 2, 3))) bool broken(struct hmap_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->problem, sizeof check->problem, format, arguments);
    va_end(arguments);
    return false;
}

// Whether this address is that of an overflow bucket of the array: one in advance, or one cut from its pool.
static bool owns_overflow(const struct walk *walk, const struct bmap *bucket)
{
    uint32_t bucket_bytes = walk->context->type->bucket_bytes;
    uintptr_t place = (uintptr_t)bucket;
    uintptr_t start = (uintptr_t)walk->buckets + walk->count * bucket_bytes;
    uintptr_t end = (uintptr_t)walk->buckets + walk->array_buckets * bucket_bytes;
    if (place >= start && place < end)
        return (place - start) % bucket_bytes == 0;
    for (const struct hmap_block *slab = walk->pool->slabs; slab; slab = slab->next) {
        start = (uintptr_t)(slab + 1);
        end = slab == walk->pool->slabs ? (uintptr_t)walk->pool->next : (uintptr_t)slab + slab->size_bytes;
        if (place >= start && place < end)
            return (place - start) % bucket_bytes == 0;
    }
    return false;
}

// How many overflow buckets the array can have at all: no chain is longer without a cycle.
static uint64_t overflow_limit(const struct walk *walk)
{
    uint64_t limit = walk->array_buckets - walk->count;
    for (const struct hmap_block *slab = walk->pool->slabs; slab; slab = slab->next)
        limit += slab->size_bytes / walk->context->type->bucket_bytes;
    return limit;
}

static bool check_duplicate(const struct walk *walk, struct bmap *head, struct bmap *bucket, unsigned slot)
{
    const struct hmap_type *type = walk->context->type;
    const void *key = key_in(type, bucket, slot);
    for (struct bmap *other = head;; other = overflow_of(type, other)) {
        for (unsigned i = 0; i < HMAP_BUCKET_SLOTS; i++) {
            if (other == bucket && i == slot)
                return true;
            if (other->tophash[i] == bucket->tophash[slot] &&
                hmap_kind_equal(type->key, key, key_in(type, other, i)))
                return false;
        }
    }
}

static bool check_entry(const struct walk *walk, uint64_t number, struct bmap *head, struct bmap *bucket,
                        unsigned slot)
{
    const struct hmap_type *type = walk->context->type;
    uint8_t tophash = bucket->tophash[slot];
    if (tophash < HMAP_MIN_TOPHASH)
        return broken(walk->check, "%s %llu slot %u: marked evacuated (%u) in a bucket that is not",
                      walk->name, (unsigned long long)number, slot, tophash);
    const void *key = key_in(type, bucket, slot);
    if (!key || !elem_in(type, bucket, slot))
        return broken(walk->check, "%s %llu slot %u: a live entry without its key or element", walk->name,
                      (unsigned long long)number, slot);
    if (!hmap_kind_equal(type->key, key, key))
        return true; // a NaN may be anywhere
    uint64_t hash = 0;
    if (hmap_kind_hash(walk->context, type->key, key, walk->map->hash0, &hash) != HMAP_OK)
        return broken(walk->check, "%s %llu slot %u: an unhashable key", walk->name,
                      (unsigned long long)number, slot);
    if ((hash & (walk->count - 1)) != number)
        return broken(walk->check, "%s %llu slot %u: its key belongs to bucket %llu", walk->name,
                      (unsigned long long)number, slot, (unsigned long long)(hash & (walk->count - 1)));
    if (hmap_tophash(hash) != tophash)
        return broken(walk->check, "%s %llu slot %u: tophash %02x, its key's is %02x", walk->name,
                      (unsigned long long)number, slot, tophash, hmap_tophash(hash));
    if (!check_duplicate(walk, head, bucket, slot))
        return broken(walk->check, "%s %llu slot %u: the key is there twice", walk->name,
                      (unsigned long long)number, slot);
    return true;
}

// A chain is entries and emptyOne mixed, the last of them an entry, then emptyRest to the end.
static bool check_chain(struct walk *walk, uint64_t number)
{
    const struct hmap_type *type = walk->context->type;
    struct bmap *head = bucket_at(type, walk->buckets, number);
    uint8_t previous = HMAP_MIN_TOPHASH;
    uint64_t length = 0, limit = overflow_limit(walk);
    for (struct bmap *bucket = head; bucket; bucket = overflow_of(type, bucket)) {
        if (bucket != head) {
            if (!owns_overflow(walk, bucket))
                return broken(walk->check, "%s %llu: its chain leads to %p, no overflow bucket of this array",
                              walk->name, (unsigned long long)number, (void *)bucket);
            walk->overflow_seen++;
            walk->overflow_sum += (uintptr_t)bucket;
        }
        if (length++ > limit)
            return broken(walk->check, "%s %llu: its chain has a cycle", walk->name,
                          (unsigned long long)number);
        for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
            uint8_t mark = bucket->tophash[slot];
            if (previous == HMAP_EMPTY_REST && mark != HMAP_EMPTY_REST)
                return broken(walk->check, "%s %llu slot %u: not empty, after empty-rest", walk->name,
                              (unsigned long long)number, slot);
            if (previous == HMAP_EMPTY_ONE && mark == HMAP_EMPTY_REST)
                return broken(walk->check, "%s %llu slot %u: empty-one before empty-rest", walk->name,
                              (unsigned long long)number, slot);
            previous = mark;
            if (mark <= HMAP_EMPTY_ONE)
                continue;
            if (!check_entry(walk, number, head, bucket, slot))
                return false;
            walk->check->entries++;
        }
    }
    if (previous == HMAP_EMPTY_ONE)
        return broken(walk->check, "%s %llu: its last slot is empty-one", walk->name,
                      (unsigned long long)number);
    if (length > walk->check->longest_chain)
        walk->check->longest_chain = length;
    return true;
}

static bool check_old_array(struct walk *walk)
{
    const struct hmap_type *type = walk->context->type;
    struct hmap *map = walk->map;
    if (map->nevacuate >= walk->count)
        return broken(walk->check, "nevacuate %llu of %llu old buckets, and still growing",
                      (unsigned long long)map->nevacuate, (unsigned long long)walk->count);
    for (uint64_t i = 0; i < walk->count; i++) {
        struct bmap *old = bucket_at(type, walk->buckets, i);
        if (bucket_evacuated(old)) {
            for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++)
                if (old->tophash[slot] < HMAP_EVACUATED_X || old->tophash[slot] > HMAP_EVACUATED_EMPTY)
                    return broken(walk->check, "old bucket %llu slot %u: %02x in an evacuated bucket",
                                  (unsigned long long)i, slot, old->tophash[slot]);
            continue;
        }
        walk->check->old_buckets_waiting++;
        if (i < map->nevacuate)
            return broken(walk->check, "old bucket %llu waits below nevacuate %llu", (unsigned long long)i,
                          (unsigned long long)map->nevacuate);
        if (!check_chain(walk, i))
            return false;
        for (uint64_t j = i; j < bucket_count(map->B); j += walk->count) {
            struct bmap *target = bucket_at(type, map->buckets, j);
            if (tophash_word(target) || overflow_of(type, target))
                return broken(walk->check, "bucket %llu is in use before old bucket %llu was evacuated",
                              (unsigned long long)j, (unsigned long long)i);
        }
    }
    return true;
}

// The buckets in advance that are still free: all zero but for the last one's mark.
static bool check_in_advance(const struct walk *walk)
{
    const struct hmap_type *type = walk->context->type;
    const struct mapextra *extra = walk->map->extra;
    if (!extra || !extra->nextOverflow)
        return true;
    uint64_t left = 0;
    for (struct bmap *bucket = extra->nextOverflow;; bucket = bucket_at(type, bucket, 1), left++) {
        if (!owns_overflow(walk, bucket) || left > walk->array_buckets)
            return broken(walk->check, "nextOverflow %p: no bucket in advance", (void *)extra->nextOverflow);
        struct bmap *next = overflow_of(type, bucket);
        if (tophash_word(bucket))
            return broken(walk->check, "a free overflow bucket is in use");
        if (!next)
            continue;
        if (next != walk->buckets || bucket != bucket_at(type, walk->buckets, walk->array_buckets - 1))
            return broken(walk->check, "the mark of the last bucket in advance is wrong");
        return true;
    }
}

static bool check_overflow_list(const struct walk *walk)
{
    const struct mapextra *extra = walk->map->extra;
    const struct hmap_bucket_slice *list = extra ? extra->overflow : NULL;
    uint64_t listed = list ? (uint64_t)list->len : 0, sum = 0;
    if (walk->context->type->bucket_has_pointers)
        return list == NULL || broken(walk->check, "an overflow list, though the buckets have pointers");
    for (uint64_t i = 0; i < listed; i++)
        sum += (uintptr_t)list->array[i];
    if (listed != walk->overflow_seen || sum != walk->overflow_sum)
        return broken(walk->check, "extra.overflow lists %llu buckets, the chains have %llu",
                      (unsigned long long)listed, (unsigned long long)walk->overflow_seen);
    return true;
}

static bool check_header(struct hmap_context *context, struct hmap *map, struct hmap_check *check)
{
    struct hmap_owner *owner = owner_of(map);
    uint8_t flags = flags_of(map);
    if (map->count < 0)
        return broken(check, "count is %lld", (long long)map->count);
    if (flags & HMAP_HASH_WRITING || flags > 15)
        return broken(check, "flags are %02x at rest", flags);
    if (!growing(map) && flags & HMAP_SAME_SIZE_GROW)
        return broken(check, "flag sameSizeGrow without a growth");
    if (map->extra && map->extra != &owner->extra)
        return broken(check, "extra is not the map's own");
    if (!map->buckets && (map->B || map->count || growing(map)))
        return broken(check, "no buckets, with B %u and count %lld", map->B, (long long)map->count);
    if (map->B > 47 || hmap_array_buckets(context->type, context->flavour, map->B) == 0)
        return broken(check, "B is %u", map->B);
    return true;
}

bool hmap_check(struct hmap_context *context, struct hmap *map, struct hmap_check *check)
{
    const struct hmap_type *type = context->type;
    *check = (struct hmap_check){0};
    if (!map)
        return true;
    if (!check_header(context, map, check))
        return false;
    if (!map->buckets)
        return true;
    struct hmap_owner *owner = owner_of(map);
    struct walk current = {.context = context,
                           .map = map,
                           .check = check,
                           .name = "bucket",
                           .buckets = map->buckets,
                           .count = bucket_count(map->B),
                           .array_buckets = hmap_array_buckets(type, context->flavour, map->B),
                           .pool = &owner->pool};
    for (uint64_t i = 0; i < current.count; i++) {
        if (!check_chain(&current, i))
            return false;
    }
    check->overflow_buckets = current.overflow_seen;
    if (growing(map)) {
        uint8_t old_B = growing_same_size(map) ? map->B : (uint8_t)(map->B - 1);
        struct walk old = {.context = context,
                           .map = map,
                           .check = check,
                           .name = "old bucket",
                           .buckets = map->oldbuckets,
                           .count = bucket_count(old_B),
                           .array_buckets = hmap_array_buckets(type, context->flavour, old_B),
                           .pool = &owner->old_pool};
        if (!check_old_array(&old))
            return false;
    }
    if (check->entries != (uint64_t)map->count)
        return broken(check, "count %lld, but %llu entries", (long long)map->count,
                      (unsigned long long)check->entries);
    if (map->B < 16 && current.overflow_seen != map->noverflow)
        return broken(check, "noverflow %u, but %llu overflow buckets", map->noverflow,
                      (unsigned long long)current.overflow_seen);
    for (int which = 0; which < CELL_KINDS; which++) {
        bool indirect = type->flags & (which == CELL_KEY ? HMAP_INDIRECT_KEY : HMAP_INDIRECT_ELEM);
        if (hmap_cells_count(&owner->cells, which) != (indirect ? check->entries : 0))
            return broken(check, "%llu indirect %s for %llu entries",
                          (unsigned long long)hmap_cells_count(&owner->cells, which),
                          which == CELL_KEY ? "keys" : "elements", (unsigned long long)check->entries);
    }
    return check_in_advance(&current) && check_overflow_list(&current);
}
