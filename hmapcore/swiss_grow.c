// SPDX-License-Identifier: MIT
// How a Swiss map grows, after internal/runtime/maps (growToTable, grow, split, installTableSplit,
// pruneTombstones): one group, one table, larger tables, more tables. There is no growing in steps: at most
// 1024 entries move at once.
//
// The moving is compiled once for each form of keys. All memory is there before anything changes.
#include "swiss_internal.h"

// 2^25 tables hold 20 billion entries. In smaller maps only equal hashes lead here: they are never parted, and
// Go doubles its directory for them until its memory ends.
enum { DEPTH_MAX = 25 };

static ALWAYS_INLINE enum hmap_status stored_hash(struct swiss_context *context, const struct swiss_map *map,
                                                  void *group, unsigned slot, enum form form, bool fast,
                                                  uint64_t *hash)
{
    const struct swiss_type *type = context->type;
    char *place = slot_place(type, group, slot);
    uint32_t word32;
    union probe probe;
    switch (form) {
    case FORM_WORD32:
        memcpy(&word32, place, sizeof word32);
        probe.word = word32;
        break;
    case FORM_WORD64:
        memcpy(&probe.word, place, sizeof probe.word);
        break;
    case FORM_STRING:
    case FORM_SHORT:
    case FORM_MIDDLE:
        memcpy(&probe.string, place, sizeof probe.string);
        break;
    case FORM_GENERIC:
        probe.any = slot_key(type, group, slot);
    }
    return form_hash(&context->base, type->key, form, fast, probe, map->seed, hash);
}

// The usual sizes without a call.
static ALWAYS_INLINE void copy_slot(char *to, const char *from, uint32_t slot_bytes)
{
    if (slot_bytes == 16)
        memcpy(to, from, 16);
    else if (slot_bytes == 24)
        memcpy(to, from, 24);
    else
        memcpy(to, from, slot_bytes);
}

// Moves the entries of a group, in the order of its slots, to the table that `halves` has for each: by this
// bit of the hash (0: all to the first one).
static ALWAYS_INLINE enum hmap_status move_group(struct swiss_context *context, const struct swiss_map *map,
                                                 char *group, struct swiss_table *const halves[2],
                                                 uint64_t split_bit, enum form form, bool fast)
{
    const struct swiss_type *type = context->type;
    uint64_t full = match_full(ctrl_word(group));
    uint64_t hashes[SWISS_GROUP_SLOTS];
    // Hashing apart from moving, so that the CPU works on several hashes at once.
    for (uint64_t rest = full; rest; rest &= rest - 1) {
        unsigned slot = first_slot(rest);
        enum hmap_status status = stored_hash(context, map, group, slot, form, fast, &hashes[slot]);
        if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
            return HMAP_BAD_STATE; // it could be hashed when it came
    }
    for (uint64_t rest = full; rest; rest &= rest - 1) {
        unsigned from = first_slot(rest), to;
        struct swiss_table *half = halves[(hashes[from] & split_bit) != 0];
        if (UNLIKELY(half->growthLeft == 0))
            return HMAP_BAD_STATE;
        char *target = table_place(type, half, hashes[from], &to);
        copy_slot(slot_place(type, target, to), slot_place(type, group, from), type->slot_bytes);
    }
    return HMAP_OK;
}

static ALWAYS_INLINE enum hmap_status move_groups(struct swiss_context *context, const struct swiss_map *map,
                                                  void *groups, uint64_t count,
                                                  struct swiss_table *const halves[2], uint64_t split_bit,
                                                  enum form form, bool fast)
{
    for (uint64_t i = 0; i < count; i++) {
        enum hmap_status status = move_group(context, map, (char *)groups + i * context->type->group_bytes,
                                             halves, split_bit, form, fast);
        if (UNLIKELY(status != HMAP_OK))
            return status;
    }
    return HMAP_OK;
}

// As each variant's own code.
static enum hmap_status move(struct swiss_context *context, const struct swiss_map *map, void *groups,
                             uint64_t count, struct swiss_table *const halves[2], uint64_t split_bit)
{
    bool fast = context->base.aes_instructions;
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return fast ? move_groups(context, map, groups, count, halves, split_bit, FORM_WORD32, true)
                    : move_groups(context, map, groups, count, halves, split_bit, FORM_WORD32, false);
    case HMAP_VARIANT_FAST64:
        return fast ? move_groups(context, map, groups, count, halves, split_bit, FORM_WORD64, true)
                    : move_groups(context, map, groups, count, halves, split_bit, FORM_WORD64, false);
    case HMAP_VARIANT_FASTSTR:
        return fast ? move_groups(context, map, groups, count, halves, split_bit, FORM_STRING, true)
                    : move_groups(context, map, groups, count, halves, split_bit, FORM_STRING, false);
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return move_groups(context, map, groups, count, halves, split_bit, FORM_GENERIC, false);
}

static uint32_t tombstones_of(const struct swiss_table *table)
{
    return (uint32_t)max_growth(table->capacity) - table->used - table->growthLeft;
}

// ---- small maps ----------------------------------------------------------------------

void swiss_grow_to_small(struct swiss_context *context, struct swiss_map *map)
{
    map->dirPtr = swiss_small_group(swiss_owner_of(map));
    set_ctrl_word(map->dirPtr, SWISS_EMPTY_WORD);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_GROUP, .address = address_of(map->dirPtr));
}

enum hmap_status swiss_grow_to_table(struct swiss_context *context, struct swiss_map *map)
{
    struct swiss_table *table = swiss_table_allocate(context, map, 2 * SWISS_GROUP_SLOTS, 0, 0);
    if (!table)
        return HMAP_NO_MEMORY;
    struct swiss_table *const halves[2] = {table, table};
    enum hmap_status status = move(context, map, map->dirPtr, 1, halves, 0);
    if (status != HMAP_OK) {
        swiss_table_release(context, map, table);
        return status;
    }
    struct swiss_table **directory = swiss_directory_allocate(context, map, 1);
    directory[0] = table;
    swiss_directory_set(context, map, directory, 1);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_TO_TABLE, .count_a = table->used, .count_b = table->capacity,
               .address = address_of(table));
    return HMAP_OK;
}

// ---- tables --------------------------------------------------------------------------

static void install(struct swiss_map *map, struct swiss_table *table)
{
    int64_t entries = table_entries(map, table);
    for (int64_t i = 0; i < entries; i++)
        directory_of(map)[table->index + i] = table;
}

static enum hmap_status grow(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    struct swiss_table *larger =
        swiss_table_allocate(context, map, (uint16_t)(2 * table->capacity), table->index, table->localDepth);
    if (!larger)
        return HMAP_NO_MEMORY;
    struct swiss_table *const halves[2] = {larger, larger};
    enum hmap_status status = move(context, map, table->groups.data, table->groups.lengthMask + 1, halves, 0);
    if (status != HMAP_OK) {
        swiss_table_release(context, map, larger);
        return status;
    }
    install(map, larger);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_GROW, .table = (uint32_t)larger->index,
               .count_a = larger->used, .count_b = tombstones_of(table), .hash = larger->capacity,
               .local_depth = larger->localDepth, .address = address_of(larger));
    table->index = -1;
    swiss_table_drop(context, map, table);
    return HMAP_OK;
}

// The directory of twice the length, each entry twice.
static void double_directory(struct swiss_context *context, struct swiss_map *map,
                             struct swiss_table **directory)
{
    struct swiss_table **old = directory_of(map);
    int64_t length = map->dirLen;
    for (int64_t i = 0; i < length; i++) {
        directory[2 * i] = directory[2 * i + 1] = old[i];
        // A table in several entries is met first at its index, which then changes.
        if (old[i]->index == i)
            old[i]->index = 2 * i;
    }
    swiss_directory_set(context, map, directory, 2 * length);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_DIRECTORY, .count_a = (uint32_t)length,
               .count_b = (uint32_t)(2 * length), .address = address_of(directory));
}

static enum hmap_status split(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    uint8_t depth = (uint8_t)(table->localDepth + 1);
    bool doubles = table->localDepth == map->globalDepth;
    if (depth > DEPTH_MAX)
        return HMAP_TOO_LARGE;
    struct swiss_table **directory =
        doubles ? swiss_directory_allocate(context, map, 2 * map->dirLen) : directory_of(map);
    struct swiss_table *halves[2] = {swiss_table_allocate(context, map, SWISS_MAX_TABLE_SLOTS, -1, depth),
                                     swiss_table_allocate(context, map, SWISS_MAX_TABLE_SLOTS, -1, depth)};
    enum hmap_status status = directory && halves[0] && halves[1] ? HMAP_OK : HMAP_NO_MEMORY;
    if (status == HMAP_OK)
        status = move(context, map, table->groups.data, table->groups.lengthMask + 1, halves,
                      UINT64_C(1) << (64 - depth));
    if (status != HMAP_OK) {
        if (doubles)
            swiss_directory_release(context, map, directory, 2 * map->dirLen);
        swiss_table_release(context, map, halves[0]);
        swiss_table_release(context, map, halves[1]);
        return status;
    }
    if (doubles)
        double_directory(context, map, directory);
    halves[0]->index = table->index;
    halves[1]->index = table->index + table_entries(map, halves[0]);
    install(map, halves[0]);
    install(map, halves[1]);
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_SPLIT, .table = (uint32_t)halves[0]->index,
               .count_a = halves[0]->used, .count_b = halves[1]->used, .hash = tombstones_of(table),
               .local_depth = depth, .address = address_of(halves[0]));
    table->index = -1;
    swiss_table_drop(context, map, table);
    return HMAP_OK;
}

enum hmap_status swiss_rehash(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    return table->capacity < SWISS_MAX_TABLE_SLOTS ? grow(context, map, table) : split(context, map, table);
}

// ---- tombstones ----------------------------------------------------------------------

enum { NEEDED_WORDS = SWISS_MAX_TABLE_SLOTS / SWISS_GROUP_SLOTS / 64 };

// Marks the groups with tombstones that the search for some live key passes.
static ALWAYS_INLINE void mark_needed(struct swiss_context *context, const struct swiss_map *map,
                                      const struct swiss_table *table, uint64_t needed[NEEDED_WORDS],
                                      enum form form, bool fast)
{
    const struct swiss_type *type = context->type;
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++) {
        char *group = group_at(type, table, i);
        for (uint64_t rest = match_full(ctrl_word(group)); rest; rest &= rest - 1) {
            uint64_t hash = 0;
            enum hmap_status status = stored_hash(context, map, group, first_slot(rest), form, fast, &hash);
            (void)status; // no kind of a fast variant can fail
            for (struct probe_sequence at = probe_start(table, hash);
                 at.group != i && at.step <= table->groups.lengthMask; probe_next(&at, table))
                if (match_deleted(ctrl_word(group_at(type, table, at.group))))
                    needed[at.group / 64] |= UINT64_C(1) << at.group % 64;
        }
    }
}

// The tombstones of groups that no search passes; with `drop` their slots become empty.
static uint32_t unneeded(const struct swiss_type *type, struct swiss_table *table,
                         const uint64_t needed[NEEDED_WORDS], bool drop)
{
    uint32_t count = 0;
    for (uint64_t i = 0; i <= table->groups.lengthMask; i++) {
        if (needed[i / 64] >> i % 64 & 1)
            continue;
        char *group = group_at(type, table, i);
        uint64_t word = ctrl_word(group), deleted = match_deleted(word);
        count += (uint32_t)__builtin_popcountll(deleted);
        if (drop && deleted) // a mask has the top bit of each byte: of 0xfe that leaves 0x80
            set_ctrl_word(group, word & ~((deleted >> 7) * (SWISS_DELETED ^ SWISS_EMPTY)));
    }
    return count;
}

void swiss_prune(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table)
{
    // Looking costs time by the capacity, so a tenth of that must come of it.
    uint32_t tombstones = tombstones_of(table), pruned = 0;
    bool fast = context->base.aes_instructions;
    uint64_t needed[NEEDED_WORDS] = {0};
    if (tombstones * 10 < table->capacity)
        return;
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        mark_needed(context, map, table, needed, FORM_WORD32, fast);
        break;
    case HMAP_VARIANT_FAST64:
        mark_needed(context, map, table, needed, FORM_WORD64, fast);
        break;
    default:
        mark_needed(context, map, table, needed, FORM_STRING, fast);
    }
    uint32_t count = unneeded(context->type, table, needed, false);
    if (count * 10 >= table->capacity) {
        pruned = unneeded(context->type, table, needed, true);
        table->growthLeft = (uint16_t)(table->growthLeft + pruned);
    }
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_PRUNE, .table = (uint32_t)table->index, .count_a = pruned,
               .count_b = tombstones - pruned, .local_depth = table->localDepth,
               .address = address_of(table));
}
