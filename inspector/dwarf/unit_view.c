// SPDX-License-Identifier: MIT
#include "dwarf/unit_view.h"

#include "dwarf/abbrev_table.h"
#include "object/object.h"
#include <stdlib.h>

// Each of a thousand .dwo files has its first table at 0: the file counts, too.
static size_t cache_slot(const struct abbrev_cache *cache, const struct unit_table *owner, uint64_t offset)
{
    const uint64_t place = offset + owner->rank * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)((place * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (cache->slots_count - 1);
}

static bool cache_grow(struct abbrev_cache *cache)
{
    struct abbrev_cache grown = {.slots_count = cache->slots_count ? cache->slots_count * 2 : 64};
    grown.slots = calloc(grown.slots_count, sizeof(struct abbrev_table *));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < cache->slots_count; i++) {
        if (!cache->slots[i])
            continue;
        size_t slot = cache_slot(&grown, cache->slots[i]->owner, cache->slots[i]->offset);
        while (grown.slots[slot])
            slot = (slot + 1) & (grown.slots_count - 1);
        grown.slots[slot] = cache->slots[i];
    }
    free(cache->slots);
    cache->slots = grown.slots;
    cache->slots_count = grown.slots_count;
    return true;
}

// The place of the unit's table, or the free one that it would take.
static size_t slot_of(const struct abbrev_cache *cache, const struct unit *unit)
{
    size_t slot = cache_slot(cache, unit->table, unit->abbrev_offset);
    while (cache->slots[slot] && !abbrev_table_serves(cache->slots[slot], unit))
        slot = (slot + 1) & (cache->slots_count - 1);
    return slot;
}

static const struct abbrev_table *kept_find(const struct unit *unit)
{
    struct unit_tables *all = unit->table->all;
    const struct abbrev_kept *kept = all ? atomic_load_explicit(&all->kept, memory_order_acquire) : NULL;
    for (size_t i = 0; kept && i < kept->count; i++) {
        const struct abbrev_cache *cache = &kept->caches[i];
        const struct abbrev_table *table = cache->slots_count ? cache->slots[slot_of(cache, unit)] : NULL;
        if (table)
            return table;
    }
    return NULL;
}

void abbrev_caches_keep(struct unit_tables *all, struct abbrev_cache *const *caches, size_t count)
{
    struct abbrev_kept *none = NULL;
    struct abbrev_kept *kept = calloc(1, sizeof(*kept) + count * sizeof(*kept->caches));
    if (!kept)
        return;
    for (kept->count = 0; kept->count < count; kept->count++) {
        kept->caches[kept->count] = *caches[kept->count];
        *caches[kept->count] = (struct abbrev_cache){0};
    }
    if (!atomic_compare_exchange_strong(&all->kept, &none, kept))
        abbrev_kept_free(kept);
}

void abbrev_kept_free(struct abbrev_kept *kept)
{
    for (size_t i = 0; kept && i < kept->count; i++)
        abbrev_cache_free(&kept->caches[i]);
    free(kept);
}

struct error *unit_view_open(struct abbrev_cache *cache, const struct unit *unit, struct unit_view *view)
{
    const struct object *object = unit->table->object;
    const uint8_t *section = object->sections[unit->section].data;
    *view = (struct unit_view){unit, NULL, {section, section + unit->end_offset, object->big_endian}};
    if (cache->tables_count * 2 >= cache->slots_count && !cache_grow(cache))
        return &error_out_of_memory;
    const size_t slot = slot_of(cache, unit);
    view->abbrevs = cache->slots[slot] ? cache->slots[slot] : kept_find(unit);
    if (view->abbrevs)
        return NULL;
    struct abbrev_table *table = calloc(1, sizeof(*table));
    if (!table)
        return &error_out_of_memory;
    struct error *error = abbrev_table_compile(unit, &cache->pool, table);
    if (error) {
        free(table);
        return error;
    }
    cache->slots[slot] = table;
    cache->tables_count++;
    cache->tables_bytes += (size_t)table->dense_count * (sizeof(*table->dense) + sizeof(*table->steps)) +
                           table->sparse_count * sizeof(*table->sparse) + sizeof(*table);
    if (UNLIKELY(table->uses_supplement) && object->lacks_link && !cache->unlinked)
        cache->unlinked = object;
    view->abbrevs = table;
    return NULL;
}

static void cache_free_tables(struct abbrev_cache *cache)
{
    for (size_t i = 0; i < cache->slots_count; i++) {
        if (cache->slots[i]) {
            abbrev_table_free(cache->slots[i]);
            free(cache->slots[i]);
            cache->slots[i] = NULL;
        }
    }
    cache->tables_count = cache->tables_bytes = 0;
}

void abbrev_cache_free(struct abbrev_cache *cache)
{
    cache_free_tables(cache);
    free(cache->slots);
    abbrev_pool_free(&cache->pool);
    *cache = (struct abbrev_cache){0};
}

// An honest file's declarations take a megabyte or two; one made to have millions of them may not keep all.
static const size_t POOL_BYTES_MOST = 16u << 20;
// Of a cache that keeps: those of a kernel's 2352 units take eight megabytes.
static const size_t TABLES_BYTES_MOST = 16u << 20;

void abbrev_cache_trim(struct abbrev_cache *cache, size_t most)
{
    const bool pool_is_large = cache->pool.arena.allocated_bytes > POOL_BYTES_MOST;
    const bool tables_are_many =
        cache->keeps ? cache->tables_bytes > TABLES_BYTES_MOST : cache->tables_count > most;
    if (tables_are_many || pool_is_large)
        cache_free_tables(cache);
    if (pool_is_large)
        abbrev_pool_free(&cache->pool);
}
