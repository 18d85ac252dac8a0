// SPDX-License-Identifier: MIT
#include "build/die_map.h"

#include "base/slots.h"

#include <stdlib.h>

enum { FIRST_SLOTS_COUNT = 1024 };

static size_t hash_of(struct die_ref key)
{
    // Multiplication spreads the low bits upward; the high half is what gets used.
    // The units of .dwo files have all the same number, and like offsets: the file counts, too.
    const uint64_t unit = key.unit->number ^ ((uint64_t)key.unit->table->rank << 32);
    uint64_t mixed = (key.offset + unit * 0xd6e8feb86659fd93u) * 0x9e3779b97f4a7c15u;
    return (size_t)(mixed >> 32 ^ mixed >> 7);
}

static struct die_map_slot *slot_of(struct die_map_slot *slots, size_t slots_count, struct die_ref key)
{
    size_t at = hash_of(key) & (slots_count - 1);
    while (slots[at].key.unit && !die_ref_equal(slots[at].key, key))
        at = (at + 1) & (slots_count - 1);
    return &slots[at];
}

static bool die_map_grow(struct die_map *map)
{
    size_t slots_count = map->slots_count ? map->slots_count * 2 : FIRST_SLOTS_COUNT;
    struct die_map_slot *slots = slots_alloc(slots_count, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < map->slots_count; i++)
        if (map->slots[i].key.unit)
            *slot_of(slots, slots_count, map->slots[i].key) = map->slots[i];
    free(map->slots);
    map->slots = slots;
    map->slots_count = slots_count;
    return true;
}

void **die_map_at(struct die_map *map, struct die_ref key)
{
    if (map->used * 3 >= map->slots_count * 2 && !die_map_grow(map))
        return NULL;
    struct die_map_slot *slot = slot_of(map->slots, map->slots_count, key);
    if (!slot->key.unit) {
        slot->key = key;
        map->used++;
    }
    return &slot->value;
}

void die_map_clear(struct die_map *map)
{
    free(map->slots);
    *map = (struct die_map){0};
}
