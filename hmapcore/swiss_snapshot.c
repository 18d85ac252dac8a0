// SPDX-License-Identifier: MIT
#include "swiss_snapshot.h"
#include "swiss_internal.h"
#include <stdio.h>
#include <stdlib.h>

void swiss_snapshot_header(const struct swiss_context *context, const struct swiss_map *map,
                           struct swiss_header_view *header)
{
    const struct swiss_type *type = context->type;
    *header = (struct swiss_header_view){.is_nil = map == NULL};
    if (!map)
        return;
    memcpy(header->bytes, map, sizeof header->bytes);
    header->address = address_of(map);
    header->directory_address = address_of(map->dirPtr);
    header->small = map->dirLen == 0;
    header->used = map->used;
    header->seed = map->seed;
    header->directory_entries = (uint64_t)map->dirLen;
    header->clear_sequence = map->clearSeq;
    header->depth = map->globalDepth;
    header->shift = map->globalShift;
    header->writing = writing_of(map);
    header->tombstone_possible = map->tombstonePossible;
    header->group_bytes = type->group_bytes;
    header->slot_bytes = type->slot_bytes;
    header->elem_offset = type->elem_offset;
    header->indirect_key = type->flags & SWISS_INDIRECT_KEY;
    header->indirect_elem = type->flags & SWISS_INDIRECT_ELEM;
    snprintf(header->key_kind, sizeof header->key_kind, "%s", type->key->name);
    snprintf(header->elem_kind, sizeof header->elem_kind, "%s", type->elem->name);
}

// ---- tables --------------------------------------------------------------------------

bool swiss_snapshot_table(const struct swiss_context *context, const struct swiss_map *map, uint64_t entry,
                          struct swiss_table_view *table)
{
    (void)context;
    *table = (struct swiss_table_view){0};
    if (!map || !map->dirPtr || (map->dirLen ? entry >= (uint64_t)map->dirLen : entry > 0))
        return false;
    if (map->dirLen == 0) {
        *table = (struct swiss_table_view){
            .groups_address = address_of(map->dirPtr),
            .entries = 1,
            .groups = 1,
            .capacity = SWISS_GROUP_SLOTS,
            .used = (uint32_t)map->used,
            .growth_left = (uint32_t)(SWISS_GROUP_SLOTS - map->used),
        };
        return true;
    }
    const struct swiss_table *from = directory_of(map)[entry];
    *table = (struct swiss_table_view){
        .address = address_of(from),
        .groups_address = address_of(from->groups.data),
        .entry = (uint64_t)from->index,
        .entries = (uint64_t)table_entries(map, from),
        .groups = from->groups.lengthMask + 1,
        .capacity = from->capacity,
        .used = from->used,
        .growth_left = from->growthLeft,
        .tombstones = (uint32_t)max_growth(from->capacity) - from->used - from->growthLeft,
        .local_depth = from->localDepth,
    };
    return true;
}

// A group of the table at a directory entry that swiss_snapshot_table has found.
static char *group_in(const struct swiss_context *context, const struct swiss_map *map, uint64_t entry,
                      uint64_t index)
{
    return map->dirLen ? group_at(context->type, directory_of(map)[entry], index) : map->dirPtr;
}

// ---- windows -------------------------------------------------------------------------

// Room for so many groups; the buffers only grow.
static bool window_reserve(struct swiss_window *window, size_t count, bool raw)
{
    if (count > window->capacity) {
        struct swiss_group_view *groups = realloc(window->groups, count * sizeof *groups);
        if (!groups)
            return false;
        window->groups = groups;
        window->capacity = count;
    }
    size_t raw_needed = raw ? count * window->group_bytes : 0;
    if (raw_needed > window->raw_capacity) {
        uint8_t *bytes = realloc(window->raw, raw_needed);
        if (!bytes)
            return false;
        window->raw = bytes;
        window->raw_capacity = raw_needed;
    }
    return true;
}

static void fill_group(const struct swiss_type *type, char *group, bool texts, struct swiss_group_view *view)
{
    uint64_t word = ctrl_word(group);
    view->address = address_of(group);
    for (unsigned slot = 0; slot < SWISS_GROUP_SLOTS; slot++) {
        struct swiss_slot_view *to = &view->slots[slot];
        to->ctrl = (uint8_t)(word >> (8 * slot));
        to->live = to->ctrl < SWISS_EMPTY;
        to->key[0] = to->elem[0] = '\0';
        if (!texts || !to->live)
            continue;
        hmap_kind_format(type->key, slot_key(type, group, slot), to->key, sizeof to->key);
        hmap_kind_format(type->elem, slot_elem(type, group, slot), to->elem, sizeof to->elem);
    }
}

bool swiss_snapshot_window(const struct swiss_context *context, const struct swiss_map *map,
                           const struct swiss_window_request *request, struct swiss_window *window)
{
    const struct swiss_type *type = context->type;
    window->length = 0;
    window->group_bytes = type->group_bytes;
    if (!request->raw) {
        free(window->raw);
        window->raw = NULL;
        window->raw_capacity = 0;
    }
    if (!swiss_snapshot_table(context, map, request->entry, &window->table) ||
        request->first >= window->table.groups)
        return true;
    uint64_t count = window->table.groups - request->first;
    if (count > request->count)
        count = request->count;
    if (!window_reserve(window, count, request->raw))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        char *group = group_in(context, map, request->entry, request->first + i);
        window->groups[i].index = request->first + i;
        fill_group(type, group, request->texts, &window->groups[i]);
        if (request->raw)
            memcpy(window->raw + i * type->group_bytes, group, type->group_bytes);
    }
    window->length = count;
    return true;
}

void swiss_window_free(struct swiss_window *window)
{
    free(window->groups);
    free(window->raw);
    *window = (struct swiss_window){0};
}

// ---- how full ------------------------------------------------------------------------

static uint32_t slots_in(uint64_t mask)
{
    return (uint32_t)__builtin_popcountll(mask);
}

// a * b / c without overflow in between
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)a * b / c);
}

size_t swiss_snapshot_density(const struct swiss_context *context, const struct swiss_map *map,
                              uint64_t entry, struct swiss_density *densities, size_t cells)
{
    struct swiss_table_view table;
    if (!swiss_snapshot_table(context, map, entry, &table))
        return 0;
    if (cells > table.groups)
        cells = table.groups;
    for (size_t cell = 0; cell < cells; cell++) {
        struct swiss_density *density = &densities[cell];
        uint64_t first = scale(cell, table.groups, cells), end = scale(cell + 1, table.groups, cells);
        *density = (struct swiss_density){.first = first, .count = end - first};
        for (uint64_t i = first; i < end; i++) {
            uint64_t word = ctrl_word(group_in(context, map, entry, i));
            density->slots += SWISS_GROUP_SLOTS;
            density->live += slots_in(match_full(word));
            density->tombstones += slots_in(match_deleted(word));
        }
    }
    return cells;
}

size_t swiss_snapshot_directory_density(const struct swiss_context *context, const struct swiss_map *map,
                                        struct swiss_density *densities, size_t cells)
{
    uint64_t entries = map && map->dirPtr ? (uint64_t)(map->dirLen ? map->dirLen : 1) : 0;
    if (cells > entries)
        cells = entries;
    for (size_t cell = 0; cell < cells; cell++) {
        struct swiss_density *density = &densities[cell];
        uint64_t first = scale(cell, entries, cells), end = scale(cell + 1, entries, cells);
        *density = (struct swiss_density){.first = first, .count = end - first};
        struct swiss_table_view table;
        for (uint64_t i = first; i < end && swiss_snapshot_table(context, map, i, &table);
             i = table.entry + table.entries) {
            if (table.entry < first)
                continue;
            density->slots += table.capacity;
            density->live += table.used;
            density->tombstones += table.tombstones;
        }
    }
    return cells;
}

// How far searches go for the keys of a group.
static void survey_group(struct swiss_context *context, const struct swiss_map *map, char *group,
                         struct swiss_survey *survey)
{
    const struct swiss_type *type = context->type;
    const size_t last = sizeof survey->searches / sizeof survey->searches[0] - 1;
    uint64_t word = ctrl_word(group);
    survey->sampled++;
    survey->fill[slots_in(match_full(word))]++;
    survey->full_groups += match_empty(word) == 0;
    for (uint64_t rest = match_full(word); rest; rest &= rest - 1) {
        const void *key = slot_key(type, group, first_slot(rest));
        uint64_t hash = 0;
        if (!hmap_kind_equal(type->key, key, key) ||
            hmap_kind_hash(&context->base, type->key, key, map->seed, &hash) != HMAP_OK)
            continue;
        struct swiss_place place = swiss_locate(context, map, key, hash);
        size_t groups = place.probes - 1u;
        if (place.group)
            survey->searches[groups < last ? groups : last]++;
    }
}

static void survey_table(const struct swiss_table_view *table, struct swiss_survey *survey)
{
    survey->tables += table->address != 0;
    survey->places += table->entries;
    survey->slots += table->capacity;
    survey->live += table->used;
    survey->tombstones += table->tombstones;
}

void swiss_snapshot_survey(struct swiss_context *context, const struct swiss_map *map, uint64_t limit,
                           struct swiss_survey *survey)
{
    struct swiss_table_view table;
    uint64_t groups = 0, passed = 0, taken = 0;
    *survey = (struct swiss_survey){0};
    for (uint64_t entry = 0; swiss_snapshot_table(context, map, entry, &table);
         entry = table.entry + table.entries) {
        survey_table(&table, survey);
        groups += table.groups;
    }
    uint64_t wanted = limit && limit < groups ? limit : groups;
    for (uint64_t entry = 0; swiss_snapshot_table(context, map, entry, &table);
         entry = table.entry + table.entries) {
        for (; taken < wanted && scale(taken, groups, wanted) < passed + table.groups; taken++)
            survey_group(context, map, group_in(context, map, entry, scale(taken, groups, wanted) - passed),
                         survey);
        passed += table.groups;
    }
}

// A group of each of `limit` tables, evenly spread over the directory.
void swiss_snapshot_survey_some(struct swiss_context *context, const struct swiss_map *map, uint64_t limit,
                                struct swiss_survey *survey)
{
    enum { STRIDE = 37 }; // so that it is not the same group of each
    struct swiss_table_view table;
    if (!map || map->dirLen <= SWISS_SURVEYED_PLACES) {
        swiss_snapshot_survey(context, map, limit, survey);
        return;
    }
    *survey = (struct swiss_survey){.is_part = true};
    for (uint64_t i = 0, next = 0; i < limit; i++) {
        uint64_t entry = scale(i, (uint64_t)map->dirLen, limit);
        if (entry < next || !swiss_snapshot_table(context, map, entry, &table))
            continue;
        next = table.entry + table.entries;
        survey_table(&table, survey);
        survey_group(context, map, group_in(context, map, entry, i * STRIDE & (table.groups - 1)), survey);
    }
}

// ---- one key -------------------------------------------------------------------------

// Goes the way of a search through a table, or looks at the group of a small map.
static void follow(struct swiss_context *context, const struct swiss_map *map, const void *key,
                   struct swiss_explanation *explanation)
{
    const struct swiss_type *type = context->type;
    const struct swiss_table *table = map->dirLen ? table_for(map, explanation->hash) : NULL;
    struct swiss_place place = swiss_locate(context, map, key, explanation->hash);
    struct probe_sequence at = {explanation->group, 0};
    explanation->probes = place.probes;
    for (uint32_t i = 0; i < explanation->probes; i++) {
        char *group = table ? group_at(type, table, at.group) : map->dirPtr;
        uint64_t word = ctrl_word(group), hits = match_h2(word, explanation->h2);
        if (i < SWISS_EXPLAINED_GROUPS)
            explanation->path[i] = at.group;
        explanation->group_address = address_of(group);
        explanation->same_h2 += slots_in(hits);
        if (match_deleted(word) && !explanation->takes_tombstone) {
            explanation->takes_tombstone = true;
            explanation->tombstone_group = at.group;
        }
        if (group == place.group) {
            // Of the last group, the slots before the found one were compared.
            explanation->same_h2 -= slots_in(hits >> (8 * place.slot));
            explanation->found = true;
            explanation->found_group = at.group;
            explanation->slot = place.slot;
        }
        if (table)
            probe_next(&at, table);
    }
    explanation->takes_tombstone &= !explanation->found;
}

void swiss_explain(struct swiss_context *context, const struct swiss_map *map, const void *key,
                   struct swiss_explanation *explanation)
{
    *explanation = (struct swiss_explanation){0};
    uint64_t hash;
    if (swiss_hash(context, key, map ? map->seed : 0, &hash) != HMAP_OK) {
        explanation->unhashable = true;
        return;
    }
    explanation->hash = hash;
    explanation->h2 = hash_h2(hash);
    explanation->h1 = hash_h1(hash);
    if (!map || !map->dirPtr)
        return;
    if (map->dirLen) {
        const struct swiss_table *table = table_for(map, hash);
        explanation->has_table = true;
        explanation->entry = directory_index(map, hash);
        explanation->table = (uint64_t)table->index;
        explanation->depth = map->globalDepth;
        explanation->local_depth = table->localDepth;
        explanation->split_bit = (uint8_t)(63 - table->localDepth);
        explanation->groups = table->groups.lengthMask + 1;
        explanation->group = probe_start(table, hash).group;
    } else {
        explanation->groups = 1;
    }
    follow(context, map, key, explanation);
}

bool swiss_key_for_group(struct swiss_context *context, const struct swiss_map *map, uint64_t table,
                         uint64_t group, uint64_t max_attempts,
                         bool (*propose)(void *state, uint64_t attempt, void *key), void *state, void *key)
{
    uint64_t hash;
    for (uint64_t attempt = 0; map && map->dirLen && attempt < max_attempts; attempt++) {
        if (!propose(state, attempt, key))
            return false;
        if (swiss_hash(context, key, map->seed, &hash) != HMAP_OK)
            continue;
        const struct swiss_table *target = table_for(map, hash);
        if ((uint64_t)target->index == table && probe_start(target, hash).group == group)
            return true;
    }
    return false;
}
