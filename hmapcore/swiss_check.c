// SPDX-License-Identifier: MIT
#include "swiss_check.h"
#include "swiss_internal.h"
#include <stdarg.h>
#include <stdio.h>

// A group with where it is.
struct spot {
    const struct swiss_table *table; // NULL in a small map
    int64_t index;                   // of the table
    uint64_t number;                 // of the group
    char *group;
};

static __attribute__((format(printf, 2, 3))) bool broken(struct swiss_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->problem, sizeof check->problem, format, arguments);
    va_end(arguments);
    return false;
}

static bool broken_slot(struct swiss_check *check, const struct spot *spot, unsigned slot, const char *what)
{
    return broken(check, "table %lld group %llu slot %u: %s", (long long)spot->index,
                  (unsigned long long)spot->number, slot, what);
}

// ---- entries -------------------------------------------------------------------------

static bool check_entry(struct swiss_context *context, struct swiss_map *map, const struct spot *spot,
                        unsigned slot, uint8_t ctrl, struct swiss_check *check)
{
    const struct swiss_type *type = context->type;
    const void *key = slot_key(type, spot->group, slot);
    if (!key || !slot_elem(type, spot->group, slot))
        return broken_slot(check, spot, slot, "a live entry without its key or element");
    if (!hmap_kind_equal(type->key, key, key))
        return true; // a NaN may be anywhere
    uint64_t hash = 0;
    if (hmap_kind_hash(&context->base, type->key, key, map->seed, &hash) != HMAP_OK)
        return broken_slot(check, spot, slot, "an unhashable key");
    if (hash_h2(hash) != ctrl)
        return broken_slot(check, spot, slot, "its control byte is not its key's h2");
    if (spot->table && table_for(map, hash) != spot->table)
        return broken_slot(check, spot, slot, "its key belongs to another table");
    struct swiss_place place = swiss_locate(context, map, key, hash);
    if (!place.group)
        return broken_slot(check, spot, slot, "a search for its key ends before it");
    if (place.group != spot->group || place.slot != slot)
        return broken_slot(check, spot, slot, "the key is there twice");
    if (place.probes > check->longest_search)
        check->longest_search = place.probes;
    return true;
}

// A slot that is not live keeps nothing alive.
static bool check_free_slot(struct swiss_context *context, const struct spot *spot, unsigned slot,
                            struct swiss_check *check)
{
    const struct swiss_type *type = context->type;
    char *place = slot_place(type, spot->group, slot);
    if ((type->flags & SWISS_INDIRECT_KEY && load_pointer(place)) ||
        (type->flags & SWISS_INDIRECT_ELEM && load_pointer(place + type->elem_offset)))
        return broken_slot(check, spot, slot, "a free slot that points at a key or element");
    return true;
}

static bool check_group(struct swiss_context *context, struct swiss_map *map, const struct spot *spot,
                        struct swiss_check *check)
{
    uint64_t word = ctrl_word(spot->group);
    for (unsigned slot = 0; slot < SWISS_GROUP_SLOTS; slot++) {
        uint8_t ctrl = (uint8_t)(word >> (8 * slot));
        if (ctrl & SWISS_EMPTY && ctrl != SWISS_EMPTY && ctrl != SWISS_DELETED)
            return broken_slot(check, spot, slot, "its control byte means nothing");
        bool fine = ctrl & SWISS_EMPTY ? check_free_slot(context, spot, slot, check)
                                       : check_entry(context, map, spot, slot, ctrl, check);
        if (!fine)
            return false;
        check->entries += ctrl < SWISS_EMPTY;
        check->tombstones += ctrl == SWISS_DELETED;
    }
    check->slots += SWISS_GROUP_SLOTS;
    if (match_deleted(word) && match_empty(word))
        return broken_slot(check, spot, first_slot(match_deleted(word)), "a tombstone beside an empty slot");
    return true;
}

// ---- tables --------------------------------------------------------------------------

static bool check_table(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table,
                        struct swiss_check *check)
{
    const uint64_t entries = check->entries, tombstones = check->tombstones;
    const long long index = (long long)table->index;
    uint16_t capacity = table->capacity;
    if (capacity < SWISS_GROUP_SLOTS || capacity & (capacity - 1))
        return broken(check, "table %lld: capacity %u", index, capacity);
    if (table->groups.data != table + 1 || table->groups.lengthMask != capacity / SWISS_GROUP_SLOTS - 1u)
        return broken(check, "table %lld: its groups are not its own", index);
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++) {
        struct spot spot = {table, table->index, i, group_at(context->type, table, i)};
        if (!check_group(context, map, &spot, check))
            return false;
    }
    uint64_t live = check->entries - entries, dead = check->tombstones - tombstones;
    if (live != table->used)
        return broken(check, "table %lld: used %u, but %llu entries", index, table->used,
                      (unsigned long long)live);
    if (live + dead + table->growthLeft != max_growth(capacity))
        return broken(check, "table %lld: %llu entries, %llu tombstones and growthLeft %u are not %u", index,
                      (unsigned long long)live, (unsigned long long)dead, table->growthLeft,
                      max_growth(capacity));
    return true;
}

static bool check_directory(struct swiss_context *context, struct swiss_map *map, struct swiss_check *check)
{
    const struct swiss_owner *owner = swiss_owner_of(map);
    if (map->globalDepth > 62 || map->dirLen != INT64_C(1) << map->globalDepth ||
        map->globalShift != 64 - map->globalDepth)
        return broken(check, "dirLen %lld, globalDepth %u, globalShift %u", (long long)map->dirLen,
                      map->globalDepth, map->globalShift);
    if (map->dirPtr != owner->directory || map->dirLen != owner->directory_length)
        return broken(check, "the directory is not the map's own");
    // All pointers first: searches follow them.
    for (int64_t i = 0; i < map->dirLen;) {
        const struct swiss_table *table = directory_of(map)[i];
        if (!table || !swiss_owns_table(context, map, table))
            return broken(check, "directory entry %lld: no table of this map", (long long)i);
        if (table->localDepth > map->globalDepth)
            return broken(check, "table %lld: localDepth %u above globalDepth %u", (long long)i,
                          table->localDepth, map->globalDepth);
        int64_t entries = table_entries(map, table);
        if (table->index != i || i % entries != 0)
            return broken(check, "directory entry %lld: its table's index is %lld", (long long)i,
                          (long long)table->index);
        for (int64_t end = i + entries; i < end; i++)
            if (directory_of(map)[i] != table)
                return broken(check, "directory entry %lld: not the table of %lld entries before it",
                              (long long)i, (long long)entries);
        check->tables++;
    }
    for (int64_t i = 0; i < map->dirLen; i += table_entries(map, directory_of(map)[i])) {
        struct swiss_table *table = directory_of(map)[i];
        if (table->groups.data != table + 1 ||
            table->groups.lengthMask != table->capacity / SWISS_GROUP_SLOTS - 1u)
            return broken(check, "table %lld: its groups are not its own", (long long)i);
    }
    for (int64_t i = 0; i < map->dirLen; i += table_entries(map, directory_of(map)[i]))
        if (!check_table(context, map, directory_of(map)[i], check))
            return false;
    return true;
}

static bool check_small(struct swiss_context *context, struct swiss_map *map, struct swiss_check *check)
{
    if (map->dirLen != 0 || map->globalDepth != 0 || map->globalShift != 0)
        return broken(check, "a small map with dirLen %lld, globalDepth %u, globalShift %u",
                      (long long)map->dirLen, map->globalDepth, map->globalShift);
    if (!map->dirPtr)
        return true;
    if (map->dirPtr != swiss_small_group(swiss_owner_of(map)))
        return broken(check, "the group is not the map's own");
    struct spot spot = {.group = map->dirPtr};
    if (!check_group(context, map, &spot, check))
        return false;
    if (check->tombstones)
        return broken(check, "a tombstone in a small map");
    return true;
}

bool swiss_check(struct swiss_context *context, struct swiss_map *map, struct swiss_check *check)
{
    const uint8_t flags = context->type->flags;
    *check = (struct swiss_check){0};
    if (!map)
        return true;
    if (writing_of(map))
        return broken(check, "writing is %u at rest", writing_of(map));
    if (!(map->dirLen > 0 ? check_directory(context, map, check) : check_small(context, map, check)))
        return false;
    if (check->entries != map->used)
        return broken(check, "used %llu, but %llu entries", (unsigned long long)map->used,
                      (unsigned long long)check->entries);
    if (map->tombstonePossible ? context->flavour < SWISS_GO_1_25
                               : context->flavour >= SWISS_GO_1_25 && check->tombstones)
        return broken(check, "tombstonePossible is %d, with %llu tombstones", map->tombstonePossible,
                      (unsigned long long)check->tombstones);
    for (int which = 0; which < CELL_KINDS; which++) {
        bool indirect = flags & (which == CELL_KEY ? SWISS_INDIRECT_KEY : SWISS_INDIRECT_ELEM);
        uint64_t cells = hmap_cells_count(&swiss_owner_of(map)->cells, which);
        if (cells != (indirect ? check->entries : 0))
            return broken(check, "%llu indirect %s for %llu entries", (unsigned long long)cells,
                          which == CELL_KEY ? "keys" : "elements", (unsigned long long)check->entries);
    }
    return true;
}
