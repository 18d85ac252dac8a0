// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_pool.h"

#include "base/slots.h"
#include "object/object.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

// An abbrev and what it was compiled from: side by side, as they are looked at together.
struct pooled {
    struct abbrev abbrev;
    uint32_t size_bytes, unit_key;
    uint8_t data[];
};

struct abbrev_pool_slot {
    uint64_t hash;
    const struct pooled *pooled; // NULL: free
};

enum { FIRST_SLOTS_COUNT = 1024 };

struct abbrev_bytes abbrev_bytes_of(const struct unit *unit, const uint8_t *data, size_t size_bytes)
{
    const uint32_t key = unit->version | (uint32_t)unit->address_bytes << 8 |
                         (uint32_t)unit->offset_bytes << 16 | (uint32_t)unit->table->object->big_endian << 24;
    return (struct abbrev_bytes){data, (uint32_t)size_bytes, key, XXH3_64bits(data, size_bytes)};
}

static bool is_same(const struct pooled *pooled, const struct abbrev_bytes *bytes)
{
    return pooled->size_bytes == bytes->size_bytes && pooled->unit_key == bytes->unit_key &&
           memcmp(pooled->data, bytes->data, bytes->size_bytes) == 0;
}

static size_t slot_after(const struct abbrev_pool *pool, size_t slot)
{
    return (slot + 1) & (pool->slots_count - 1);
}

static void slot_fill(struct abbrev_pool *pool, struct abbrev_pool_slot filled)
{
    size_t i = (size_t)filled.hash & (pool->slots_count - 1);
    while (pool->slots[i].pooled)
        i = slot_after(pool, i);
    pool->slots[i] = filled;
}

static bool pool_grow(struct abbrev_pool *pool)
{
    struct abbrev_pool grown = *pool;
    grown.slots_count = pool->slots_count ? pool->slots_count * 2 : FIRST_SLOTS_COUNT;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < pool->slots_count; i++)
        if (pool->slots[i].pooled)
            slot_fill(&grown, pool->slots[i]);
    free(pool->slots);
    *pool = grown;
    return true;
}

void abbrev_pool_prefetch(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    if (pool->slots_count)
        __builtin_prefetch(&pool->slots[(size_t)bytes->hash & (pool->slots_count - 1)]);
}

void abbrev_pool_prefetch_found(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    enum { LINE_BYTES = 64 };
    if (!pool->slots_count)
        return;
    const char *pooled = (const char *)pool->slots[(size_t)bytes->hash & (pool->slots_count - 1)].pooled;
    for (size_t at = 0; pooled && at < sizeof(struct pooled) + LINE_BYTES; at += LINE_BYTES)
        __builtin_prefetch(pooled + at);
}

const struct abbrev *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    if (!pool->slots_count)
        return NULL;
    size_t i = (size_t)bytes->hash & (pool->slots_count - 1);
    for (; pool->slots[i].pooled; i = slot_after(pool, i))
        if (pool->slots[i].hash == bytes->hash && is_same(pool->slots[i].pooled, bytes))
            return &pool->slots[i].pooled->abbrev;
    return NULL;
}

const struct abbrev *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                     const struct declaration *declaration)
{
    if (pool->used >= pool->slots_count / 2 && !pool_grow(pool))
        return NULL;
    struct pooled *pooled = arena_alloc(&pool->arena, sizeof(*pooled) + bytes->size_bytes);
    if (!pooled || !abbrev_compile(&pool->compiler, declaration, &pool->arena, &pooled->abbrev))
        return NULL;
    pooled->size_bytes = bytes->size_bytes;
    pooled->unit_key = bytes->unit_key;
    memcpy(pooled->data, bytes->data, bytes->size_bytes);
    slot_fill(pool, (struct abbrev_pool_slot){bytes->hash, pooled});
    pool->used++;
    return &pooled->abbrev;
}

void abbrev_pool_free(struct abbrev_pool *pool)
{
    arena_free(&pool->arena);
    compiler_free(&pool->compiler);
    free(pool->slots);
    *pool = (struct abbrev_pool){0};
}
