// SPDX-License-Identifier: MIT
// Whole Swiss maps: context, make, clear and clone.
#include "swiss_internal.h"

void swiss_context_init(struct swiss_context *context, const struct swiss_type *type,
                        enum swiss_flavour flavour, enum hmap_hash_algorithm algorithm, uint64_t seed)
{
    *context = (struct swiss_context){.type = type, .flavour = flavour};
    hmap_context_init(&context->base, NULL, HMAP_GO_1_23, algorithm, seed); // whose hashes are those of today
    context->base.hashes_runs = flavour >= SWISS_GO_1_27;
}

// ---- make ----------------------------------------------------------------------------

#define GO_MAX_ALLOCATION (UINT64_C(1) << 48)

static uint64_t round_up_to_power(uint64_t number)
{
    return number <= 1 ? 1 : UINT64_C(1) << (64 - __builtin_clzll(number - 1));
}

// How many tables a hint asks for, and the slots of each; 0 tables for a small map, or a hint that Go ignores.
static uint64_t tables_for_hint(const struct swiss_type *type, int64_t hint, uint16_t *capacity)
{
    uint64_t slots, bytes;
    if (hint <= SWISS_GROUP_SLOTS)
        return 0;
    // The product wraps around in Go too, which looks at the quotient alone.
    slots = (uint64_t)hint * SWISS_GROUP_SLOTS / SWISS_MAX_LOAD;
    if (slots < (uint64_t)hint)
        return 0;
    uint64_t tables = round_up_to_power(slots / SWISS_MAX_TABLE_SLOTS + (slots % SWISS_MAX_TABLE_SLOTS != 0));
    if (__builtin_mul_overflow(tables, (uint64_t)SWISS_MAX_TABLE_SLOTS * type->group_bytes, &bytes) ||
        bytes > GO_MAX_ALLOCATION)
        return 0;
    *capacity = (uint16_t)round_up_to_power(slots / tables);
    if (*capacity < SWISS_GROUP_SLOTS)
        *capacity = SWISS_GROUP_SLOTS;
    return tables;
}

static enum hmap_status make_tables(struct swiss_context *context, struct swiss_map *map, uint64_t tables,
                                    uint16_t capacity)
{
    struct swiss_table **directory = swiss_directory_allocate(context, map, (int64_t)tables);
    if (!directory)
        return HMAP_NO_MEMORY;
    swiss_directory_set(context, map, directory, (int64_t)tables);
    if (capacity == SWISS_MAX_TABLE_SLOTS && !swiss_pool_reserve(context, map, tables))
        return HMAP_NO_MEMORY;
    for (uint64_t i = 0; i < tables; i++) {
        directory[i] = swiss_table_allocate(context, map, capacity, (int64_t)i, map->globalDepth);
        if (!directory[i])
            return HMAP_NO_MEMORY;
    }
    return HMAP_OK;
}

enum hmap_status swiss_make(struct swiss_context *context, int64_t hint, struct swiss_map **map)
{
    uint16_t capacity = 0;
    uint64_t tables = tables_for_hint(context->type, hint, &capacity);
    *map = NULL;
    struct swiss_map *made = swiss_owner_allocate(context, tables == 0);
    if (!made)
        return swiss_fault_status(context, NULL, HMAP_NO_MEMORY);
    made->seed = swiss_draw(context);
    if (tables) {
        enum hmap_status status = make_tables(context, made, tables, capacity);
        if (status != HMAP_OK) {
            swiss_destroy(context, made);
            return swiss_fault_status(context, NULL, status);
        }
    }
    SWISS_EMIT(context, made, .kind = SWISS_EVENT_MAKE, .hash = made->seed, .count_a = (uint32_t)tables,
               .count_b = capacity);
    *map = made;
    return HMAP_OK;
}

// ---- clear ---------------------------------------------------------------------------

// Which groups are zeroed differs from version to version. It shows where a group has tombstones only: their
// keys stay in memory, or not.
static void clear_table(struct swiss_context *context, struct swiss_table *table)
{
    const struct swiss_type *type = context->type;
    bool pristine = table->used == 0 && table->growthLeft == max_growth(table->capacity);
    if (context->flavour >= SWISS_GO_1_25 && pristine)
        return;
    bool live_only = context->flavour == SWISS_GO_1_25 ||
                     (context->flavour >= SWISS_GO_1_26 &&
                      ((uint64_t)table->used * 4 <= table->groups.lengthMask || type->slot_bytes > 32));
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++) {
        char *group = group_at(type, table, i);
        if (!live_only || match_full(ctrl_word(group)))
            memset(group, 0, type->group_bytes);
        set_ctrl_word(group, SWISS_EMPTY_WORD);
    }
    table->used = 0;
    table->growthLeft = max_growth(table->capacity);
}

enum hmap_status swiss_clear(struct swiss_context *context, struct swiss_map *map)
{
    if (!map || (map->used == 0 && !map->tombstonePossible))
        return HMAP_OK;
    if (writing_of(map))
        return swiss_fault_status(context, map, HMAP_CONCURRENT_WRITES);
    set_writing(map, writing_of(map) ^ 1);
    uint64_t entries = map->used;
    if (map->dirLen == 0) {
        memset(map->dirPtr, 0, context->type->group_bytes);
        set_ctrl_word(map->dirPtr, SWISS_EMPTY_WORD);
    }
    struct swiss_table *previous = NULL;
    for (int64_t i = 0; i < map->dirLen; i++) {
        struct swiss_table *table = directory_of(map)[i];
        if (table != previous)
            clear_table(context, table);
        previous = table;
    }
    swiss_cells_release(context, map);
    swiss_retired_collect(context, map);
    map->used = 0;
    map->tombstonePossible = false;
    map->clearSeq++;
    map->seed = swiss_draw(context);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_CLEAR, .hash = entries);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_RESEED, .hash = map->seed);
    if (!writing_of(map))
        return swiss_fault_status(context, map, HMAP_CONCURRENT_WRITES);
    set_writing(map, 0);
    return HMAP_OK;
}

// ---- clone ---------------------------------------------------------------------------

// Go 1.24: one by one into a map with a hint.
static enum hmap_status clone_by_assigning(struct swiss_context *context, struct swiss_map *map,
                                           struct swiss_map *clone)
{
    struct swiss_iter iter;
    enum hmap_status status = swiss_iter_start(context, map, &iter);
    for (; status == HMAP_OK && iter.key; status = swiss_iter_next(context, &iter)) {
        status = swiss_store(context, clone, iter.key, iter.elem);
        if (status != HMAP_OK)
            break;
    }
    swiss_iter_stop(&iter);
    return status;
}

// Cells of their own for the keys and elements of a group that was copied.
static enum hmap_status clone_cells(struct swiss_context *context, struct swiss_map *clone, char *group)
{
    const struct swiss_type *type = context->type;
    for (unsigned slot = 0; slot < SWISS_GROUP_SLOTS; slot++) {
        for (int which = 0; which < CELL_KINDS; which++) {
            char *place = slot_place(type, group, slot) + (which == CELL_KEY ? 0 : type->elem_offset);
            if (!(type->flags & (which == CELL_KEY ? SWISS_INDIRECT_KEY : SWISS_INDIRECT_ELEM)) ||
                !load_pointer(place))
                continue;
            void *cell = swiss_cell_allocate(context, clone, which);
            if (!cell)
                return HMAP_NO_MEMORY;
            memcpy(cell, load_pointer(place),
                   which == CELL_KEY ? type->key->size_bytes : type->elem->size_bytes);
            memcpy(place, &cell, sizeof cell);
        }
    }
    return HMAP_OK;
}

static enum hmap_status clone_groups(struct swiss_context *context, struct swiss_map *clone, void *to,
                                     const void *from, uint64_t count)
{
    const struct swiss_type *type = context->type;
    memcpy(to, from, count * type->group_bytes);
    for (uint64_t i = 0; i < count && type->flags & (SWISS_INDIRECT_KEY | SWISS_INDIRECT_ELEM); i++) {
        enum hmap_status status = clone_cells(context, clone, (char *)to + i * type->group_bytes);
        if (status != HMAP_OK)
            return status;
    }
    return HMAP_OK;
}

// Go 1.25 on: the same tables, groups, tombstones and seed.
static enum hmap_status clone_as_it_is(struct swiss_context *context, struct swiss_map *map,
                                       struct swiss_map *clone)
{
    int64_t length = map->dirLen;
    if (!map->dirPtr || length == 0) {
        if (!map->dirPtr)
            return HMAP_OK;
        clone->dirPtr = swiss_small_group(swiss_owner_of(clone));
        return clone_groups(context, clone, clone->dirPtr, map->dirPtr, 1);
    }
    struct swiss_table **directory = swiss_directory_allocate(context, clone, length);
    if (!directory)
        return HMAP_NO_MEMORY;
    swiss_directory_set(context, clone, directory, length);
    for (int64_t i = 0; i < length; i++) {
        const struct swiss_table *from = directory_of(map)[i];
        if (i > 0 && from == directory_of(map)[i - 1]) {
            directory[i] = directory[i - 1];
            continue;
        }
        struct swiss_table *to =
            swiss_table_allocate(context, clone, from->capacity, from->index, from->localDepth);
        if (!to)
            return HMAP_NO_MEMORY;
        directory[i] = to;
        to->used = from->used;
        to->growthLeft = from->growthLeft;
        enum hmap_status status =
            clone_groups(context, clone, to->groups.data, from->groups.data, from->groups.lengthMask + 1);
        if (status != HMAP_OK)
            return status;
    }
    return HMAP_OK;
}

enum hmap_status swiss_clone(struct swiss_context *context, struct swiss_map *map, struct swiss_map **clone)
{
    *clone = NULL;
    if (!map)
        return HMAP_OK;
    if (context->flavour >= SWISS_GO_1_25 && writing_of(map))
        return swiss_fault_status(context, map, HMAP_CONCURRENT_CLONE);
    struct swiss_map *made = NULL;
    enum hmap_status status = HMAP_OK;
    if (context->flavour == SWISS_GO_1_24) {
        status = swiss_make(context, (int64_t)map->used, &made);
        if (status == HMAP_OK)
            status = clone_by_assigning(context, map, made);
    } else {
        made = swiss_owner_allocate(context, map->dirLen == 0);
        if (made) {
            *made = *map;
            made->dirPtr = NULL;
            made->dirLen = 0;
        }
        status = made ? clone_as_it_is(context, map, made) : HMAP_NO_MEMORY;
    }
    if (status != HMAP_OK) {
        swiss_destroy(context, made);
        return swiss_fault_status(context, map, status);
    }
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_CLONE, .address = address_of(made));
    *clone = made;
    return HMAP_OK;
}
