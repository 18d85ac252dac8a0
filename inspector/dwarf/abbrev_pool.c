#include "dwarf/abbrev_pool.h"

#include "base/slots.h"
#include "object/object.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct abbrev_pool_slot {
    struct abbrev_bytes bytes;
    const struct abbrev *abbrev; // NULL: free
};

enum { FIRST_SLOTS_COUNT = 1024 };

struct abbrev_bytes abbrev_bytes_of(const struct unit *unit, const uint8_t *data, size_t size_bytes)
{
    const uint32_t key = unit->version | (uint32_t)unit->address_bytes << 8 |
                         (uint32_t)unit->offset_bytes << 16 | (uint32_t)unit->table->object->big_endian << 24;
    return (struct abbrev_bytes){data, (uint32_t)size_bytes, key, XXH3_64bits(data, size_bytes)};
}

static bool is_same(const struct abbrev_bytes *a, const struct abbrev_bytes *b)
{
    return a->hash == b->hash && a->size_bytes == b->size_bytes && a->unit_key == b->unit_key &&
           memcmp(a->data, b->data, a->size_bytes) == 0;
}

// The slot of the declaration, or the free one that it would take.
static struct abbrev_pool_slot *slot_for(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    size_t i = (size_t)bytes->hash & (pool->slots_count - 1);
    while (pool->slots[i].abbrev && !is_same(&pool->slots[i].bytes, bytes))
        i = (i + 1) & (pool->slots_count - 1);
    return &pool->slots[i];
}

static bool pool_grow(struct abbrev_pool *pool)
{
    struct abbrev_pool grown = *pool;
    grown.slots_count = pool->slots_count ? pool->slots_count * 2 : FIRST_SLOTS_COUNT;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < pool->slots_count; i++)
        if (pool->slots[i].abbrev)
            *slot_for(&grown, &pool->slots[i].bytes) = pool->slots[i];
    free(pool->slots);
    *pool = grown;
    return true;
}

const struct abbrev *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    return pool->slots_count ? slot_for(pool, bytes)->abbrev : NULL;
}

const struct abbrev *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                     const struct declaration *declaration)
{
    if (pool->used >= pool->slots_count / 2 && !pool_grow(pool))
        return NULL;
    struct abbrev *abbrev = arena_alloc(&pool->arena, sizeof(*abbrev));
    if (!abbrev || !abbrev_compile(&pool->compiler, declaration, &pool->arena, abbrev))
        return NULL;
    *slot_for(pool, bytes) = (struct abbrev_pool_slot){*bytes, abbrev};
    pool->used++;
    return abbrev;
}

void abbrev_pool_free(struct abbrev_pool *pool)
{
    arena_free(&pool->arena);
    compiler_free(&pool->compiler);
    free(pool->slots);
    *pool = (struct abbrev_pool){0};
}
