// SPDX-License-Identifier: MIT
// Whole maps: the context they share, make, destroy, clear and clone.
#include "hmap_internal.h"

// ---- context -------------------------------------------------------------------------

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). Its state is a
// counter: concurrent iterators that draw the same number at the same instant do no harm, so a load and a
// store will do.
static uint64_t split_mix_next(void *state)
{
    uint64_t value = __atomic_load_n((uint64_t *)state, __ATOMIC_RELAXED) + UINT64_C(0x9e3779b97f4a7c15);
    __atomic_store_n((uint64_t *)state, value, __ATOMIC_RELAXED);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static bool cpu_has_aes(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("aes");
#else
    return false;
#endif
}

void hmap_context_init(struct hmap_context *context, const struct hmap_type *type, enum hmap_flavour flavour,
                       enum hmap_hash_algorithm algorithm, uint64_t seed)
{
    *context = (struct hmap_context){
        .type = type,
        .flavour = flavour,
        .algorithm = algorithm,
        .aes_instructions = algorithm == HMAP_HASH_AES && cpu_has_aes(),
        .few = 4,
        .random = {split_mix_next, &context->random_state},
        .allocator = hmap_default_allocator(),
        .random_state = seed,
    };
    for (size_t i = 0; i < sizeof context->aes_schedule; i += sizeof seed) {
        uint64_t word = draw64(context);
        memcpy(context->aes_schedule + i, &word, sizeof word);
    }
    for (size_t i = 0; i < sizeof context->hash_key / sizeof context->hash_key[0]; i++)
        context->hash_key[i] = flavour < HMAP_GO_1_23 ? draw64(context) | 1 : draw64(context);
}

// ---- make and destroy ----------------------------------------------------------------

enum hmap_status hmap_make(struct hmap_context *context, int64_t hint, struct hmap **map)
{
    const struct hmap_type *type = context->type;
    uint64_t size_bytes;
    *map = NULL;
    if (hint < 0 || __builtin_mul_overflow((uint64_t)hint, type->bucket_bytes, &size_bytes) ||
        size_bytes > UINT64_C(1) << 48)
        hint = 0; // makemap's way with a bogus hint
    struct hmap_owner *owner = context->allocator.allocate(context->allocator.state, sizeof *owner);
    if (!owner)
        return hmap_fault_status(context, NULL, HMAP_NO_MEMORY);
    struct hmap *made = &owner->map;
    made->hash0 = draw32(context);
    while (over_load_factor(hint, made->B))
        made->B++;
    EMIT(context, made, .kind = HMAP_EVENT_MAKE, .hash = made->hash0, .bucket = bucket_count(made->B));
    if (made->B) {
        struct bmap *next_overflow;
        enum hmap_status status = hmap_array_allocate(context, made, made->B, &made->buckets, &next_overflow);
        if (status != HMAP_OK) {
            hmap_destroy(context, made);
            return hmap_fault_status(context, NULL, status);
        }
        if (next_overflow) {
            made->extra = &owner->extra;
            made->extra->nextOverflow = next_overflow;
        }
    }
    *map = made;
    return HMAP_OK;
}

void hmap_destroy(struct hmap_context *context, struct hmap *map)
{
    if (!map)
        return;
    struct hmap_owner *owner = owner_of(map);
    __atomic_store_n(&owner->iterators, 0, __ATOMIC_RELEASE);
    hmap_retired_collect(context, map);
    hmap_cells_release(context, map);
    hmap_array_release(context, map, map->buckets);
    hmap_array_release(context, map, map->oldbuckets);
    hmap_pool_release(context, map, &owner->pool);
    hmap_pool_release(context, map, &owner->old_pool);
    for (int i = 0; i < 2; i++)
        hmap_overflow_list_release(context, &owner->overflow_lists[i]);
    context->allocator.release(context->allocator.state, owner, sizeof *owner);
}

// ---- clear ---------------------------------------------------------------------------

// From 1.22 on: an iterator that stands somewhere in these chains finds nothing more.
static void mark_all_empty(const struct hmap_type *type, void *buckets, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        for (struct bmap *bucket = bucket_at(type, buckets, i); bucket; bucket = overflow_of(type, bucket))
            memset(bucket->tophash, HMAP_EMPTY_REST, sizeof bucket->tophash);
    }
}

enum hmap_status hmap_clear(struct hmap_context *context, struct hmap *map)
{
    const struct hmap_type *type = context->type;
    if (!map || map->count == 0)
        return HMAP_OK;
    if (flags_of(map) & HMAP_HASH_WRITING)
        return hmap_fault_status(context, map, HMAP_CONCURRENT_WRITES);
    set_flags(map, flags_of(map) ^ HMAP_HASH_WRITING);
    struct hmap_owner *owner = owner_of(map);
    uint64_t entries = (uint64_t)map->count;
    if (context->flavour != HMAP_GO_1_19) {
        mark_all_empty(type, map->buckets, bucket_count(map->B));
        if (growing(map))
            mark_all_empty(type, map->oldbuckets, old_bucket_count(map));
    }
    hmap_retired_collect(context, map);
    hmap_cells_release(context, map);
    hmap_array_release(context, map, map->oldbuckets);
    hmap_pool_release(context, map, &owner->pool);
    hmap_pool_release(context, map, &owner->old_pool);
    for (int i = 0; i < 2; i++)
        hmap_overflow_list_release(context, &owner->overflow_lists[i]);
    set_flags(map, flags_of(map) & (uint8_t)~HMAP_SAME_SIZE_GROW);
    map->oldbuckets = NULL;
    map->nevacuate = 0;
    map->noverflow = 0;
    map->count = 0;
    map->hash0 = draw32(context);
    owner->extra = (struct mapextra){0};
    uint64_t array_buckets = hmap_array_buckets(type, context->flavour, map->B);
    memset(map->buckets, 0, array_buckets * type->bucket_bytes);
    owner->extra.nextOverflow = hmap_array_arm(type, map->buckets, map->B, array_buckets);
    EMIT(context, map, .kind = HMAP_EVENT_CLEAR, .bucket = entries);
    EMIT(context, map, .kind = HMAP_EVENT_RESEED, .hash = map->hash0);
    if (!(flags_of(map) & HMAP_HASH_WRITING))
        return hmap_fault_status(context, map, HMAP_CONCURRENT_WRITES);
    set_flags(map, flags_of(map) & (uint8_t)~HMAP_HASH_WRITING);
    return HMAP_OK;
}

// ---- clone ---------------------------------------------------------------------------

// Where the clone's next entry goes.
struct cursor {
    struct bmap *bucket;
    unsigned slot;
};

static enum hmap_status clone_entry(struct hmap_context *context, struct hmap *clone, struct cursor *to,
                                    struct bmap *from, unsigned slot)
{
    const struct hmap_type *type = context->type;
    while (to->slot < HMAP_BUCKET_SLOTS && to->bucket->tophash[to->slot] > HMAP_EMPTY_ONE)
        to->slot++;
    if (to->slot == HMAP_BUCKET_SLOTS) {
        enum hmap_status status = hmap_overflow_reserve(context, clone, 1);
        if (status != HMAP_OK)
            return status;
        to->bucket = hmap_overflow_link(context, clone, to->bucket);
        to->slot = 0;
    }
    char *key_place = key_slot(type, to->bucket, to->slot);
    char *elem_place = elem_slot(type, to->bucket, to->slot);
    if (type->flags & HMAP_INDIRECT_KEY) {
        void *cell = hmap_cell_allocate(context, clone, CELL_KEY);
        if (!cell)
            return HMAP_NO_MEMORY;
        memcpy(key_place, &cell, sizeof cell);
        key_place = cell;
    }
    if (type->flags & HMAP_INDIRECT_ELEM) {
        void *cell = hmap_cell_allocate(context, clone, CELL_ELEM);
        if (!cell)
            return HMAP_NO_MEMORY;
        memcpy(elem_place, &cell, sizeof cell);
        elem_place = cell;
    }
    memcpy(key_place, key_in(type, from, slot), type->key->size_bytes);
    memcpy(elem_place, elem_in(type, from, slot), type->elem->size_bytes);
    to->bucket->tophash[to->slot++] = from->tophash[slot];
    clone->count++;
    return HMAP_OK;
}

static enum hmap_status clone_chain(struct hmap_context *context, struct hmap *clone, struct cursor *to,
                                    struct bmap *from)
{
    for (; from; from = overflow_of(context->type, from)) {
        for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
            if (from->tophash[slot] <= HMAP_EMPTY_ONE)
                continue;
            enum hmap_status status = clone_entry(context, clone, to, from, slot);
            if (status != HMAP_OK)
                return status;
        }
    }
    return HMAP_OK;
}

// A chain of the old array whose entries may belong to several buckets of the clone: they are assigned one
// by one.
static enum hmap_status clone_by_assigning(struct hmap_context *context, struct hmap *clone,
                                           struct bmap *from)
{
    const struct hmap_type *type = context->type;
    for (; from; from = overflow_of(type, from)) {
        for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
            if (from->tophash[slot] <= HMAP_EMPTY_ONE)
                continue;
            enum hmap_status status =
                hmap_store(context, clone, key_in(type, from, slot), elem_in(type, from, slot));
            if (status != HMAP_OK)
                return status;
        }
    }
    return HMAP_OK;
}

// The clone has no more buckets than the map, so bucket i of the clone takes buckets i, i + n, i + 2n … of
// the map.
static enum hmap_status clone_entries(struct hmap_context *context, struct hmap *map, struct hmap *clone)
{
    const struct hmap_type *type = context->type;
    uint64_t to_count = bucket_count(clone->B);
    for (uint64_t i = 0; i < to_count; i++) {
        struct cursor to = {bucket_at(type, clone->buckets, i), 0};
        for (uint64_t j = i; j < bucket_count(map->B); j += to_count) {
            enum hmap_status status = clone_chain(context, clone, &to, bucket_at(type, map->buckets, j));
            if (status != HMAP_OK)
                return status;
        }
    }
    if (!growing(map))
        return HMAP_OK;
    uint64_t old_count = old_bucket_count(map);
    for (uint64_t i = 0; i < old_count; i++) {
        struct bmap *from = bucket_at(type, map->oldbuckets, i);
        if (bucket_evacuated(from))
            continue;
        enum hmap_status status;
        if (old_count >= to_count) {
            struct cursor to = {bucket_at(type, clone->buckets, i & (to_count - 1)), 0};
            while (overflow_of(type, to.bucket))
                to.bucket = overflow_of(type, to.bucket);
            status = clone_chain(context, clone, &to, from);
        } else {
            status = clone_by_assigning(context, clone, from);
        }
        if (status != HMAP_OK)
            return status;
    }
    return HMAP_OK;
}

// Go's condition for copying a map of one bucket as it is, empty slots and what is left in them included.
static bool bucket_copies_whole(const struct hmap_type *type)
{
    uint8_t mutable_key = HMAP_INDIRECT_KEY | HMAP_NEED_KEY_UPDATE;
    return (type->flags & mutable_key) != mutable_key && !(type->flags & HMAP_INDIRECT_ELEM);
}

static enum hmap_status clone_single_bucket(struct hmap_context *context, struct hmap *map,
                                            struct hmap *clone)
{
    const struct hmap_type *type = context->type;
    struct bmap *to = clone->buckets, *from = map->buckets;
    memcpy(to, from, type->bucket_bytes);
    clone->count = map->count;
    for (unsigned slot = 0; type->flags & HMAP_INDIRECT_KEY && slot < HMAP_BUCKET_SLOTS; slot++) {
        if (from->tophash[slot] <= HMAP_EMPTY_ONE)
            continue;
        void *cell = hmap_cell_allocate(context, clone, CELL_KEY);
        if (!cell)
            return HMAP_NO_MEMORY;
        memcpy(cell, key_in(type, from, slot), type->key->size_bytes);
        memcpy(key_slot(type, to, slot), &cell, sizeof cell);
    }
    return HMAP_OK;
}

enum hmap_status hmap_clone(struct hmap_context *context, struct hmap *map, struct hmap **clone)
{
    *clone = NULL;
    if (!map)
        return HMAP_OK;
    // A map in a same-size growth can be over its load: its clone gets no more buckets than it has all the
    // same.
    int64_t hint = map->count;
    if (over_load_factor(hint, map->B))
        hint = (int64_t)(HMAP_LOAD_FACTOR_NUM * (bucket_count(map->B) / HMAP_LOAD_FACTOR_DEN));
    if (map->count && flags_of(map) & HMAP_HASH_WRITING)
        return hmap_fault_status(context, map, HMAP_CONCURRENT_CLONE);
    struct hmap *made;
    enum hmap_status status = hmap_make(context, hint, &made);
    if (status != HMAP_OK)
        return status;
    made->hash0 = map->hash0; // so that tophashes and bucket numbers hold in the clone too
    if (map->count) {
        if (!made->buckets)
            status = hmap_first_bucket(context, made);
        if (status == HMAP_OK && map->B == 0 && bucket_copies_whole(context->type)) {
            status = clone_single_bucket(context, map, made);
        } else if (status == HMAP_OK) {
            status = clone_entries(context, map, made);
        }
    }
    if (status != HMAP_OK) {
        hmap_destroy(context, made);
        return hmap_fault_status(context, map, status);
    }
    EMIT(context, map, .kind = HMAP_EVENT_CLONE, .address = address_of(made));
    *clone = made;
    return HMAP_OK;
}
