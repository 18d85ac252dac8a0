// SPDX-License-Identifier: MIT
// The memory of a map: bucket arrays with Go's size rounding, overflow buckets, indirect keys and elements,
// and what is kept for iterators.
#include "hmap_internal.h"

// ---- sizes ---------------------------------------------------------------------------

// Go's allocator hands out these sizes (runtime/sizeclasses.go), and beyond them multiples of its 8 KiB
// page. A bucket array takes what its class has room for.
static const uint16_t size_classes[] = {
    0,     8,     16,    24,    32,    48,    64,    80,    96,    112,   128,   144,   160,   176,
    192,   208,   224,   240,   256,   288,   320,   352,   384,   416,   448,   480,   512,   576,
    640,   704,   768,   896,   1024,  1152,  1280,  1408,  1536,  1792,  2048,  2304,  2688,  3072,
    3200,  3456,  4096,  4864,  5376,  6144,  6528,  6784,  6912,  8192,  9472,  9728,  10240, 10880,
    12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
};

enum {
    GO_PAGE_BYTES = 8192,
    GO_MAX_SMALL_BYTES = 32768,
    GO_HEADER_BYTES = 8,       // from 1.22 on, in front of objects with pointers
    GO_HEADERLESS_BYTES = 512, // that are larger than this
};

#define GO_MAX_ALLOCATION (UINT64_C(1) << 48)

static uint64_t size_class(uint64_t size_bytes)
{
    size_t low = 0, high = sizeof size_classes / sizeof size_classes[0] - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (size_classes[middle] < size_bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return size_classes[low];
}

// runtime.roundupsize (msize.go; msize_allocheaders.go from 1.22 on)
static uint64_t round_up_size(uint64_t size_bytes, bool has_pointers, enum hmap_flavour flavour)
{
    uint64_t header_bytes = 0;
    if (flavour == HMAP_GO_1_19) {
        if (size_bytes < GO_MAX_SMALL_BYTES)
            return size_class(size_bytes);
    } else if (size_bytes <= GO_MAX_SMALL_BYTES - GO_HEADER_BYTES) {
        if (has_pointers && size_bytes > GO_HEADERLESS_BYTES)
            header_bytes = GO_HEADER_BYTES;
        return size_class(size_bytes + header_bytes) - header_bytes;
    }
    return (size_bytes + GO_PAGE_BYTES - 1) / GO_PAGE_BYTES * GO_PAGE_BYTES;
}

uint64_t hmap_array_buckets(const struct hmap_type *type, enum hmap_flavour flavour, uint8_t B)
{
    uint64_t size_bytes;
    if (B > 47)
        return 0;
    uint64_t buckets = bucket_count(B) + (B >= 4 ? bucket_count((uint8_t)(B - 4)) : 0);
    if (__builtin_mul_overflow(buckets, type->bucket_bytes, &size_bytes) || size_bytes > GO_MAX_ALLOCATION)
        return 0;
    if (B < 4) // overflow is unlikely in a small map: none in advance
        return buckets;
    return round_up_size(size_bytes, type->bucket_has_pointers, flavour) / type->bucket_bytes;
}

// ---- arrays --------------------------------------------------------------------------

static struct hmap_block *block_allocate(struct hmap_context *context, uint64_t content_bytes)
{
    size_t size_bytes = sizeof(struct hmap_block) + content_bytes;
    struct hmap_block *block = context->allocator.allocate(context->allocator.state, size_bytes);
    if (block)
        block->size_bytes = size_bytes;
    return block;
}

static void blocks_release(struct hmap_context *context, struct hmap_block *block)
{
    while (block) {
        struct hmap_block *next = block->next;
        context->allocator.release(context->allocator.state, block, block->size_bytes);
        block = next;
    }
}

static bool iterators_live(struct hmap_owner *owner)
{
    return __atomic_load_n(&owner->iterators, __ATOMIC_ACQUIRE) > 0;
}

// Frees a chain of blocks, or keeps it aside while an iterator may still walk it.
static void blocks_drop(struct hmap_context *context, struct hmap *map, struct hmap_block *blocks)
{
    struct hmap_owner *owner = owner_of(map);
    if (!iterators_live(owner)) {
        blocks_release(context, blocks);
        return;
    }
    while (blocks) {
        struct hmap_block *next = blocks->next;
        blocks->next = owner->retired;
        owner->retired = blocks;
        blocks = next;
    }
}

struct bmap *hmap_array_arm(const struct hmap_type *type, void *buckets, uint8_t B, uint64_t array_buckets)
{
    if (array_buckets == bucket_count(B))
        return NULL;
    // An overflow pointer of NULL in a bucket in advance means: the next one is free too. The last one
    // points somewhere, no matter where: at the array.
    set_overflow(type, bucket_at(type, buckets, array_buckets - 1), buckets);
    return bucket_at(type, buckets, bucket_count(B));
}

enum hmap_status hmap_array_allocate(struct hmap_context *context, struct hmap *map, uint8_t B,
                                     void **buckets, struct bmap **next_overflow)
{
    const struct hmap_type *type = context->type;
    uint64_t array_buckets = hmap_array_buckets(type, context->flavour, B);
    if (array_buckets == 0)
        return HMAP_TOO_LARGE;
    struct hmap_block *block = block_allocate(context, array_buckets * type->bucket_bytes);
    if (!block)
        return HMAP_NO_MEMORY;
    *buckets = block + 1;
    *next_overflow = hmap_array_arm(type, *buckets, B, array_buckets);
    EMIT(context, map, .kind = HMAP_EVENT_ARRAY, .bucket = array_buckets, .address = address_of(*buckets));
    return HMAP_OK;
}

void hmap_array_release(struct hmap_context *context, struct hmap *map, void *buckets)
{
    if (!buckets)
        return;
    struct hmap_block *block = (struct hmap_block *)buckets - 1;
    block->next = NULL;
    blocks_drop(context, map, block);
}

void hmap_pool_release(struct hmap_context *context, struct hmap *map, struct hmap_pool *pool)
{
    blocks_drop(context, map, pool->slabs);
    *pool = (struct hmap_pool){0};
}

// ---- overflow buckets ----------------------------------------------------------------

void hmap_overflow_list_create(struct hmap *map)
{
    // Concurrent iterators may come here at once: they all store the same pointers.
    struct hmap_owner *owner = owner_of(map);
    if (!__atomic_load_n(&map->extra, __ATOMIC_RELAXED))
        __atomic_store_n(&map->extra, &owner->extra, __ATOMIC_RELAXED);
    if (!__atomic_load_n(&owner->extra.overflow, __ATOMIC_RELAXED)) {
        // One of the two is the old array's.
        bool first_taken = owner->extra.oldoverflow == &owner->overflow_lists[0];
        __atomic_store_n(&owner->extra.overflow, &owner->overflow_lists[first_taken], __ATOMIC_RELAXED);
    }
}

void hmap_overflow_list_release(struct hmap_context *context, struct hmap_bucket_slice *list)
{
    if (list->array)
        context->allocator.release(context->allocator.state, list->array,
                                   (size_t)list->cap * sizeof list->array[0]);
    *list = (struct hmap_bucket_slice){0};
}

static enum hmap_status list_reserve(struct hmap_context *context, struct hmap_bucket_slice *list,
                                     uint64_t wanted)
{
    uint64_t needed = (uint64_t)list->len + wanted;
    if (needed <= (uint64_t)list->cap)
        return HMAP_OK;
    uint64_t capacity = list->cap ? (uint64_t)list->cap * 2 : 1;
    if (capacity < needed)
        capacity = needed;
    struct bmap **array =
        context->allocator.allocate(context->allocator.state, capacity * sizeof list->array[0]);
    if (!array)
        return HMAP_NO_MEMORY;
    struct hmap_bucket_slice grown = {array, list->len, (int64_t)capacity};
    if (list->len)
        memcpy(array, list->array, (size_t)list->len * sizeof array[0]);
    hmap_overflow_list_release(context, list);
    *list = grown;
    return HMAP_OK;
}

// Which list the next overflow bucket goes to; it may not be visible in extra yet.
static struct hmap_bucket_slice *current_list(struct hmap *map)
{
    struct hmap_owner *owner = owner_of(map);
    if (owner->extra.overflow)
        return owner->extra.overflow;
    return &owner->overflow_lists[owner->extra.oldoverflow == &owner->overflow_lists[0]];
}

static uint64_t preallocated_left(struct hmap_context *context, struct hmap *map)
{
    if (!map->extra || !map->extra->nextOverflow)
        return 0;
    uint64_t array_buckets = hmap_array_buckets(context->type, context->flavour, map->B);
    char *end = (char *)map->buckets + array_buckets * context->type->bucket_bytes;
    return (uint64_t)(end - (char *)map->extra->nextOverflow) / context->type->bucket_bytes;
}

enum { SLAB_MIN_BUCKETS = 1, SLAB_MAX_BYTES = 4096 };

enum hmap_status hmap_overflow_reserve(struct hmap_context *context, struct hmap *map, uint64_t wanted)
{
    struct hmap_pool *pool = &owner_of(map)->pool;
    uint32_t bucket_bytes = context->type->bucket_bytes;
    if (!context->type->bucket_has_pointers) {
        enum hmap_status status = list_reserve(context, current_list(map), wanted);
        if (status != HMAP_OK)
            return status;
    }
    uint64_t in_pool = (uint64_t)(pool->end - pool->next) / bucket_bytes;
    if (in_pool >= wanted || in_pool + preallocated_left(context, map) >= wanted)
        return HMAP_OK;
    // Each slab twice the one before it, so that a map with one overflow bucket pays for one.
    uint64_t buckets = pool->slabs ? (pool->slabs->size_bytes - sizeof(struct hmap_block)) / bucket_bytes * 2
                                   : SLAB_MIN_BUCKETS;
    if (buckets * bucket_bytes > SLAB_MAX_BYTES)
        buckets = SLAB_MAX_BYTES / bucket_bytes + 1;
    if (buckets < wanted)
        buckets = wanted;
    struct hmap_block *slab = block_allocate(context, buckets * bucket_bytes);
    if (!slab)
        return HMAP_NO_MEMORY;
    slab->next = pool->slabs;
    pool->slabs = slab;
    pool->next = (char *)(slab + 1);
    pool->end = pool->next + buckets * bucket_bytes;
    return HMAP_OK;
}

// runtime.incrnoverflow: noverflow has 16 bits; a large map counts one in 2^(B-15), by chance.
static void count_overflow(struct hmap_context *context, struct hmap *map)
{
    if (map->B < 16 || (draw32(context) & ((UINT32_C(1) << (map->B - 15)) - 1)) == 0)
        map->noverflow++;
}

struct bmap *hmap_overflow_link(struct hmap_context *context, struct hmap *map, struct bmap *bucket)
{
    const struct hmap_type *type = context->type;
    struct hmap_owner *owner = owner_of(map);
    struct bmap *fresh;
    bool in_advance = map->extra && map->extra->nextOverflow;
    if (in_advance) {
        fresh = map->extra->nextOverflow;
        bool last = overflow_of(type, fresh) != NULL;
        set_overflow(type, fresh, NULL);
        map->extra->nextOverflow = last ? NULL : bucket_at(type, fresh, 1);
    } else {
        fresh = (struct bmap *)(void *)owner->pool.next;
        owner->pool.next += type->bucket_bytes;
    }
    count_overflow(context, map);
    if (!type->bucket_has_pointers) {
        hmap_overflow_list_create(map);
        struct hmap_bucket_slice *list = map->extra->overflow;
        list->array[list->len++] = fresh;
    }
    set_overflow(type, bucket, fresh);
    EMIT(context, map, .kind = HMAP_EVENT_OVERFLOW, .address = address_of(fresh),
         .detail = in_advance ? HMAP_DETAIL_PREALLOCATED : 0);
    return fresh;
}

// ---- indirect keys and elements ------------------------------------------------------

static size_t cell_bytes(const struct hmap_context *context, int which)
{
    return which == CELL_KEY ? context->type->key->size_bytes : context->type->elem->size_bytes;
}

void *hmap_cell_allocate(struct hmap_context *context, struct hmap *map, int which)
{
    return hmap_cells_allocate(&context->allocator, &owner_of(map)->cells, which, cell_bytes(context, which));
}

void hmap_cell_release(struct hmap_context *context, struct hmap *map, int which, void *object)
{
    struct hmap_owner *owner = owner_of(map);
    // An iterator over the old array looks keys up by what their evacuated slots still point at.
    hmap_cells_drop(&context->allocator, &owner->cells, which, cell_bytes(context, which), object,
                    iterators_live(owner));
}

void hmap_cells_release(struct hmap_context *context, struct hmap *map)
{
    struct hmap_owner *owner = owner_of(map);
    for (int which = 0; which < CELL_KINDS; which++)
        hmap_cells_drop_all(&context->allocator, &owner->cells, which, cell_bytes(context, which),
                            iterators_live(owner));
}

void hmap_retired_collect(struct hmap_context *context, struct hmap *map)
{
    struct hmap_owner *owner = owner_of(map);
    if (iterators_live(owner))
        return;
    blocks_release(context, owner->retired);
    owner->retired = NULL;
    for (int which = 0; which < CELL_KINDS; which++)
        hmap_cells_collect(&context->allocator, &owner->cells, which, cell_bytes(context, which));
}
