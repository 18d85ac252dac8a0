#include "scan/type_table.h"

#include "base/slots.h"
#include "dwarf/unit.h"
#include <stdlib.h>
#include <string.h>

struct type_table_slot {
    uint64_t identity;
    uint32_t number; // of the entry, from 1; 0: free
    uint32_t copies;
};

enum { FIRST_CAPACITY = 1024 };

static size_t slot_of(const struct type_table *table, uint64_t identity)
{
    return (size_t)(identity >> 7) & (table->slots_count - 1);
}

// The slot of the identity, or the free one that it would take.
static struct type_table_slot *slot_for(const struct type_table *table, uint64_t identity)
{
    size_t i = slot_of(table, identity);
    while (table->slots[i].number && table->slots[i].identity != identity)
        i = (i + 1) & (table->slots_count - 1);
    return &table->slots[i];
}

// Doubles the room for entries and, with it, the slots: never more than half of them are taken.
static bool table_grow(struct type_table *table)
{
    struct type_table grown = *table;
    grown.capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    grown.slots_count = grown.capacity * 2;
    if (grown.capacity >= UINT32_MAX / 2)
        return false;
    struct type_index_entry *entries = reallocarray(table->entries, grown.capacity, sizeof(*table->entries));
    if (!entries)
        return false;
    grown.entries = table->entries = entries;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < table->slots_count; i++)
        if (table->slots[i].number)
            *slot_for(&grown, table->slots[i].identity) = table->slots[i];
    free(table->slots);
    *table = grown;
    return true;
}

void type_table_prefetch(const struct type_table *table, uint64_t identity)
{
    if (table->slots)
        __builtin_prefetch(&table->slots[slot_of(table, identity)], 1);
}

bool type_table_count(struct type_table *table, uint64_t identity)
{
    struct type_table_slot *slot = table->slots ? slot_for(table, identity) : NULL;
    if (!slot || !slot->number)
        return false;
    slot->copies++;
    return true;
}

bool type_table_add(struct type_table *table, uint64_t identity, const struct type_index_entry *entry)
{
    if (table->count == table->capacity && !table_grow(table))
        return false;
    table->entries[table->count++] = *entry;
    *slot_for(table, identity) = (struct type_table_slot){identity, (uint32_t)table->count, entry->copies};
    return true;
}

struct error *type_table_merge(struct type_table *into, struct type_table *from)
{
    arena_adopt(&into->names, &from->names);
    for (size_t i = 0; i < from->slots_count; i++) {
        const struct type_table_slot *slot = &from->slots[i];
        if (!slot->number)
            continue;
        struct type_index_entry *other = &from->entries[slot->number - 1];
        struct type_table_slot *known = into->slots ? slot_for(into, slot->identity) : NULL;
        if (!known || !known->number) {
            other->copies = slot->copies;
            if (!type_table_add(into, slot->identity, other))
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

void type_table_finish(struct type_table *table, struct type_index *index)
{
    for (size_t i = 0; i < table->slots_count; i++)
        if (table->slots[i].number)
            table->entries[table->slots[i].number - 1].copies = table->slots[i].copies;
    if (table->count)
        qsort(table->entries, table->count, sizeof(*table->entries), entry_compare);
    index->entries = table->entries;
    index->entries_count = table->count;
    arena_adopt(&index->arena, &table->names);
    table->entries = NULL;
    type_table_free(table);
}

void type_table_free(struct type_table *table)
{
    free(table->entries);
    free(table->slots);
    arena_free(&table->names);
    *table = (struct type_table){0};
}
