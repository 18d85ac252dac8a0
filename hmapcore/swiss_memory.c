// SPDX-License-Identifier: MIT
// The memory of a Swiss map: header, tables with their groups, directory, indirect keys and elements, and what
// is kept for iterators.
#include "swiss_internal.h"

struct swiss_map *swiss_owner_allocate(struct swiss_context *context, bool small)
{
    const struct hmap_allocator *allocator = &context->base.allocator;
    size_t size_bytes = sizeof(struct swiss_owner) + (small ? context->type->group_bytes : 0);
    struct swiss_owner *owner = allocator->allocate(allocator->state, size_bytes);
    if (!owner)
        return NULL;
    owner->size_bytes = size_bytes;
    return &owner->map;
}

// ---- tables --------------------------------------------------------------------------

static size_t table_bytes(const struct swiss_type *type, uint16_t capacity)
{
    return sizeof(struct swiss_table) + (size_t)(capacity / SWISS_GROUP_SLOTS) * type->group_bytes;
}

// Of a table in the pool, so that all are aligned to 16 bytes.
static size_t pooled_bytes(const struct swiss_type *type)
{
    size_t size_bytes = sizeof(struct swiss_block) + table_bytes(type, SWISS_MAX_TABLE_SLOTS);
    return (size_bytes + 15) & ~(size_t)15;
}

#define SLAB_MAX_BYTES ((uint64_t)8 << 20)

bool swiss_pool_reserve(struct swiss_context *context, struct swiss_map *map, uint64_t tables)
{
    const struct hmap_allocator *allocator = &context->base.allocator;
    struct swiss_pool *pool = &swiss_owner_of(map)->pool;
    size_t one_bytes = pooled_bytes(context->type), size_bytes;
    if (__builtin_mul_overflow(one_bytes, tables, &size_bytes) ||
        __builtin_add_overflow(size_bytes, sizeof(struct swiss_block), &size_bytes))
        return false;
    struct swiss_block *slab = allocator->allocate(allocator->state, size_bytes);
    if (!slab)
        return false;
    slab->next = pool->slabs;
    slab->size_bytes = size_bytes;
    pool->slabs = slab;
    pool->next = (char *)(slab + 1);
    pool->end = pool->next + tables * one_bytes;
    pool->slab_tables = tables;
    return true;
}

static struct swiss_block *pool_take(struct swiss_context *context, struct swiss_map *map)
{
    struct swiss_pool *pool = &swiss_owner_of(map)->pool;
    struct swiss_block *block = pool->free;
    if (block) {
        pool->free = block->next;
        memset(block, 0, sizeof *block + table_bytes(context->type, SWISS_MAX_TABLE_SLOTS));
        return block;
    }
    if (pool->next == pool->end) {
        // Each slab twice the one before it, so that a map of one table pays for one.
        uint64_t tables = pool->slab_tables ? 2 * pool->slab_tables : 1;
        uint64_t most = SLAB_MAX_BYTES / pooled_bytes(context->type) + 1;
        if (!swiss_pool_reserve(context, map, tables < most ? tables : most))
            return NULL;
    }
    block = (struct swiss_block *)(void *)pool->next;
    pool->next += pooled_bytes(context->type);
    return block;
}

static void table_link(struct swiss_owner *owner, struct swiss_block *block)
{
    block->next = owner->tables;
    if (block->next)
        block->next->previous = block;
    owner->tables = block;
}

static void table_unlink(struct swiss_owner *owner, struct swiss_block *block)
{
    if (block->previous)
        block->previous->next = block->next;
    else
        owner->tables = block->next;
    if (block->next)
        block->next->previous = block->previous;
}

struct swiss_table *swiss_table_allocate(struct swiss_context *context, struct swiss_map *map,
                                         uint16_t capacity, int64_t index, uint8_t local_depth)
{
    const struct hmap_allocator *allocator = &context->base.allocator;
    const struct swiss_type *type = context->type;
    struct swiss_block *block;
    if (capacity == SWISS_MAX_TABLE_SLOTS) {
        block = pool_take(context, map);
    } else {
        size_t size_bytes = sizeof *block + table_bytes(type, capacity);
        block = allocator->allocate(allocator->state, size_bytes);
        if (block) {
            block->size_bytes = size_bytes;
            table_link(swiss_owner_of(map), block);
        }
    }
    if (!block)
        return NULL;
    struct swiss_table *table = (struct swiss_table *)(block + 1);
    *table = (struct swiss_table){
        .capacity = capacity,
        .growthLeft = max_growth(capacity),
        .localDepth = local_depth,
        .index = index,
        .groups = {table + 1, capacity / SWISS_GROUP_SLOTS - 1},
    };
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++)
        set_ctrl_word(group_at(type, table, i), SWISS_EMPTY_WORD);
    return table;
}

static void block_release(struct swiss_context *context, struct swiss_map *map, struct swiss_block *block)
{
    struct swiss_pool *pool = &swiss_owner_of(map)->pool;
    if (block->size_bytes) {
        context->base.allocator.release(context->base.allocator.state, block, block->size_bytes);
    } else {
        block->next = pool->free;
        pool->free = block;
    }
}

static struct swiss_block *table_give_up(struct swiss_map *map, struct swiss_table *table)
{
    struct swiss_block *block = (struct swiss_block *)table - 1;
    if (block->size_bytes)
        table_unlink(swiss_owner_of(map), block);
    return block;
}

void swiss_table_release(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    if (table)
        block_release(context, map, table_give_up(map, table));
}

void swiss_table_drop(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    struct swiss_owner *owner = swiss_owner_of(map);
    if (!swiss_iterators_live(map)) {
        swiss_retired_collect(context, map);
        swiss_table_release(context, map, table);
        return;
    }
    struct swiss_block *block = table_give_up(map, table);
    block->next = owner->retired;
    owner->retired = block;
}

void swiss_retired_collect(struct swiss_context *context, struct swiss_map *map)
{
    struct swiss_owner *owner = swiss_owner_of(map);
    if (swiss_iterators_live(map))
        return;
    while (owner->retired) {
        struct swiss_block *block = owner->retired;
        owner->retired = block->next;
        block_release(context, map, block);
    }
    hmap_cells_collect(&context->base.allocator, &owner->cells, CELL_KEY, context->type->key->size_bytes);
    hmap_cells_collect(&context->base.allocator, &owner->cells, CELL_ELEM, context->type->elem->size_bytes);
}

// ---- the directory -------------------------------------------------------------------

struct swiss_table **swiss_directory_allocate(struct swiss_context *context, struct swiss_map *map,
                                              int64_t length)
{
    if (length == 1)
        return swiss_owner_of(map)->single;
    return context->base.allocator.allocate(context->base.allocator.state,
                                            (size_t)length * sizeof(struct swiss_table *));
}

void swiss_directory_release(struct swiss_context *context, struct swiss_map *map,
                             struct swiss_table **directory, int64_t length)
{
    if (directory && directory != swiss_owner_of(map)->single)
        context->base.allocator.release(context->base.allocator.state, directory,
                                        (size_t)length * sizeof(struct swiss_table *));
}

void swiss_directory_set(struct swiss_context *context, struct swiss_map *map, struct swiss_table **directory,
                         int64_t length)
{
    struct swiss_owner *owner = swiss_owner_of(map);
    swiss_directory_release(context, map, owner->directory, owner->directory_length);
    owner->directory = directory;
    owner->directory_length = length;
    map->dirPtr = directory;
    map->dirLen = length;
    map->globalDepth = (uint8_t)__builtin_ctzll((uint64_t)length);
    map->globalShift = (uint8_t)(64 - map->globalDepth);
}

// Compares addresses, follows none that is not the map's own.
bool swiss_owns_table(const struct swiss_context *context, const struct swiss_map *map,
                      const struct swiss_table *table)
{
    const struct swiss_owner *owner = swiss_owner_of(map);
    uintptr_t place = (uintptr_t)table - sizeof(struct swiss_block);
    size_t one_bytes = pooled_bytes(context->type);
    for (const struct swiss_block *block = owner->tables; block; block = block->next) {
        if ((uintptr_t)block == place)
            return table->capacity % SWISS_GROUP_SLOTS == 0 && table->capacity < SWISS_MAX_TABLE_SLOTS &&
                   block->size_bytes == sizeof *block + table_bytes(context->type, table->capacity);
    }
    for (const struct swiss_block *slab = owner->pool.slabs; slab; slab = slab->next) {
        uintptr_t start = (uintptr_t)(slab + 1);
        uintptr_t end =
            slab == owner->pool.slabs ? (uintptr_t)owner->pool.next : (uintptr_t)slab + slab->size_bytes;
        if (place >= start && place < end)
            return (place - start) % one_bytes == 0 && table->capacity == SWISS_MAX_TABLE_SLOTS;
    }
    return false;
}

void swiss_destroy(struct swiss_context *context, struct swiss_map *map)
{
    if (!map)
        return;
    struct swiss_owner *owner = swiss_owner_of(map);
    const struct hmap_allocator *allocator = &context->base.allocator;
    __atomic_store_n(&owner->iterators, 0, __ATOMIC_RELEASE);
    swiss_retired_collect(context, map);
    swiss_cells_release(context, map);
    while (owner->tables) {
        struct swiss_block *block = owner->tables;
        owner->tables = block->next;
        allocator->release(allocator->state, block, block->size_bytes);
    }
    while (owner->pool.slabs) {
        struct swiss_block *slab = owner->pool.slabs;
        owner->pool.slabs = slab->next;
        allocator->release(allocator->state, slab, slab->size_bytes);
    }
    swiss_directory_release(context, map, owner->directory, owner->directory_length);
    allocator->release(allocator->state, owner, owner->size_bytes);
}

// ---- indirect keys and elements ------------------------------------------------------

static size_t cell_bytes(const struct swiss_context *context, int which)
{
    return which == CELL_KEY ? context->type->key->size_bytes : context->type->elem->size_bytes;
}

void *swiss_cell_allocate(struct swiss_context *context, struct swiss_map *map, int which)
{
    return hmap_cells_allocate(&context->base.allocator, &swiss_owner_of(map)->cells, which,
                               cell_bytes(context, which));
}

void swiss_cell_release(struct swiss_context *context, struct swiss_map *map, int which, void *object)
{
    // An iterator over a replaced table looks keys up by what its slots still point at.
    hmap_cells_drop(&context->base.allocator, &swiss_owner_of(map)->cells, which, cell_bytes(context, which),
                    object, swiss_iterators_live(map));
}

void swiss_cells_release(struct swiss_context *context, struct swiss_map *map)
{
    for (int which = 0; which < CELL_KINDS; which++)
        hmap_cells_drop_all(&context->base.allocator, &swiss_owner_of(map)->cells, which,
                            cell_bytes(context, which), swiss_iterators_live(map));
}
