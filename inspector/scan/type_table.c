// SPDX-License-Identifier: MIT
#include "scan/type_table.h"

#include "dwarf/unit.h"
#include "scan/type_hash.h"
#include <stdlib.h>
#include <string.h>

// Identities are made without a secret, so that somebody could make a file whose types all want one place. Each identity has a
// key of its own: all steps can be undone.
static uint64_t key_of(const struct type_table *table, uint64_t identity)
{
    uint64_t key = (identity ^ table->seed) * (table->seed | 1);
    key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 32;
}

void type_table_prefetch(const struct type_table *table, uint64_t identity)
{
    copy_table_prefetch(&table->identities, key_of(table, identity));
}

bool type_table_has(const struct type_table *table, uint64_t identity)
{
    return copy_table_find(&table->identities, key_of(table, identity));
}

bool type_table_count(struct type_table *table, uint64_t identity)
{
    struct copy_slot *slot = copy_table_find(&table->identities, key_of(table, identity));
    if (slot)
        slot->copies++;
    return slot;
}

void type_table_count_more(struct type_table *table, uint64_t identity, uint32_t copies)
{
    copy_table_slot(&table->identities, key_of(table, identity))->copies += copies;
}

void type_table_count_at(struct type_table *table, uint64_t identity, uint32_t copies,
                         const struct type_place *first)
{
    struct copy_slot *slot = copy_table_slot(&table->identities, key_of(table, identity));
    struct type_index_entry *entry = &table->entries[slot->number - 1];
    slot->copies += copies;
    if (!die_ref_before(die_ref_of(first->id), die_ref_of(entry->id)))
        return;
    entry->id = first->id;
    entry->declared_file = first->declared_file;
    entry->declared_line = first->declared_line;
}

static bool entry_add(struct type_table *table, uint64_t key, const struct type_index_entry *entry)
{
    void *entries = table->entries;
    const bool is_added =
        copy_table_add(&table->identities, key, entry->copies, &entries, sizeof(*table->entries));
    table->entries = entries;
    if (is_added)
        table->entries[table->identities.count - 1] = *entry;
    return is_added;
}

bool type_table_add(struct type_table *table, uint64_t identity, const struct type_index_entry *entry)
{
    return entry_add(table, key_of(table, identity), entry);
}

struct error *type_table_merge(struct type_table *into, struct type_table *from)
{
    arena_adopt(&into->names, &from->names);
    for (size_t i = 0; i < from->identities.slots_count; i++) {
        const struct copy_slot *slot = &from->identities.slots[i];
        if (!slot->number)
            continue;
        struct type_index_entry *other = &from->entries[slot->number - 1];
        struct copy_slot *known = copy_table_find(&into->identities, slot->key);
        if (!known) {
            other->copies = slot->copies;
            if (!entry_add(into, slot->key, other))
                return &error_out_of_memory;
            continue;
        }
        known->copies += slot->copies;
        struct type_index_entry *entry = &into->entries[known->number - 1];
        if (die_ref_before(die_ref_of(other->id), die_ref_of(entry->id)))
            *entry = *other;
    }
    return NULL;
}

static int entry_compare(const void *a, const void *b)
{
    const struct type_index_entry *left = a, *right = b;
    const struct die_ref left_die = die_ref_of(left->id), right_die = die_ref_of(right->id);
    if (die_ref_before(left_die, right_die))
        return -1;
    if (die_ref_before(right_die, left_die))
        return 1;
    return strcmp(left->name, right->name);
}

// ---- definitions that tell less -------------------------------------------------------------------------

// Definitions that agree in all but the sizes of their members' types, of which some tell not all.
struct outline_group {
    uint64_t key;
    struct type_index_entry *fullest; // tells all sizes; NULL: none does, or not met yet
    struct type_index_entry *first;   // of those that do not tell all
    uint64_t *sizes;                  // all that those tell together: the first's
    bool is_ambiguous;                // some differ
};

static uint64_t outline_key(const struct type_index_entry *entry)
{
    return hash_mix(hash_mix(entry->name_hash, entry->outline),
                    hash_mix(entry->kind, entry->size_known ? entry->size_bytes : UINT64_MAX));
}

static int group_compare(const void *a, const void *b)
{
    const struct outline_group *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

static struct outline_group *group_of(struct outline_group *groups, size_t count,
                                      const struct type_index_entry *entry)
{
    const struct outline_group key = {.key = outline_key(entry)};
    return entry->outline ? bsearch(&key, groups, count, sizeof(key), group_compare) : NULL;
}

// Adds what the entry tells to what is known of the group.
static void group_add_sizes(struct outline_group *group, const struct type_index_entry *entry)
{
    if (entry->part_sizes_count != group->first->part_sizes_count)
        group->is_ambiguous = true;
    for (size_t i = 0; !group->is_ambiguous && i < entry->part_sizes_count; i++) {
        const uint64_t size = entry->part_sizes[i];
        if (group->sizes[i] == TYPE_SIZE_UNKNOWN)
            group->sizes[i] = size;
        group->is_ambiguous = size != TYPE_SIZE_UNKNOWN && size != group->sizes[i];
    }
}

static void group_meet(struct outline_group *group, struct type_index_entry *entry)
{
    if (entry->unknown_sizes == 0) {
        group->is_ambiguous |= group->fullest != NULL;
        group->fullest = entry;
    } else if (!group->first) {
        group->first = entry;
        group->sizes = entry->part_sizes;
    } else {
        group_add_sizes(group, entry);
    }
}

// The definition that the entry is a copy of.
static struct type_index_entry *group_original(const struct outline_group *group,
                                               struct type_index_entry *entry)
{
    if (!group || group->is_ambiguous)
        return entry;
    return group->fullest ? group->fullest : group->first;
}

// Most files have none, but for types with a flexible array; those are alone in their groups.
static bool fold_poorer(struct type_index_entry *entries, size_t *entries_count)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < *entries_count; i++)
        count += entries[i].outline && entries[i].unknown_sizes;
    if (count == 0)
        return true;
    struct outline_group *groups = calloc(count, sizeof(*groups));
    if (!groups)
        return false;
    count = 0;
    for (size_t i = 0; i < *entries_count; i++)
        if (entries[i].outline && entries[i].unknown_sizes)
            groups[count++].key = outline_key(&entries[i]);
    qsort(groups, count, sizeof(*groups), group_compare);
    for (size_t i = 0; i < *entries_count; i++) {
        struct outline_group *group = group_of(groups, count, &entries[i]);
        if (group)
            group_meet(group, &entries[i]);
    }
    for (size_t i = 0; i < *entries_count; i++) {
        struct type_index_entry *original = group_original(group_of(groups, count, &entries[i]), &entries[i]);
        if (original != &entries[i]) {
            original->copies += entries[i].copies;
            entries[i].copies = 0; // folded
        }
    }
    for (size_t i = 0; i < *entries_count; i++)
        if (entries[i].copies > 0)
            entries[kept++] = entries[i];
    *entries_count = kept;
    free(groups);
    return true;
}

bool type_table_finish(struct type_table *table, struct type_index *index)
{
    const struct copy_table *identities = &table->identities;
    size_t count = identities->count;
    for (size_t i = 0; i < identities->slots_count; i++)
        if (identities->slots[i].number)
            table->entries[identities->slots[i].number - 1].copies = identities->slots[i].copies;
    if (count)
        qsort(table->entries, count, sizeof(*table->entries), entry_compare);
    if (!fold_poorer(table->entries, &count))
        return false;
    index->entries = table->entries;
    index->entries_count = count;
    arena_adopt(&index->arena, &table->names);
    table->entries = NULL;
    type_table_free(table);
    return true;
}

void type_table_free(struct type_table *table)
{
    free(table->entries);
    copy_table_free(&table->identities);
    arena_free(&table->names);
    *table = (struct type_table){.seed = table->seed};
}
