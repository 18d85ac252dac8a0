#include "dwarf/type_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

static size_t slot_of(const struct type_table *table, uint64_t identity)
{
    return (size_t)(identity >> 7) & (table->slots_count - 1);
}

// Doubles the room for entries and, with it, the slots: never more than half of them are taken.
static bool table_grow(struct type_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    if (capacity >= UINT32_MAX / 2)
        return false;
    struct type_index_entry *entries = reallocarray(table->entries, capacity, sizeof(*entries));
    if (entries)
        table->entries = entries;
    uint64_t *identities = reallocarray(table->identities, capacity, sizeof(*identities));
    if (identities)
        table->identities = identities;
    uint32_t *slots = calloc(capacity * 2, sizeof(*slots));
    if (!entries || !identities || !slots) {
        free(slots);
        return false;
    }
    free(table->slots);
    table->slots = slots;
    table->slots_count = capacity * 2;
    table->capacity = capacity;
    for (size_t i = 0; i < table->count; i++) {
        size_t slot = slot_of(table, identities[i]);
        while (slots[slot])
            slot = (slot + 1) & (table->slots_count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    return true;
}

struct type_index_entry *type_table_get(struct type_table *table, uint64_t identity, bool *is_new)
{
    *is_new = false;
    if (table->count == table->capacity && !table_grow(table))
        return NULL;
    size_t slot = slot_of(table, identity);
    for (; table->slots[slot]; slot = (slot + 1) & (table->slots_count - 1))
        if (table->identities[table->slots[slot] - 1] == identity)
            return &table->entries[table->slots[slot] - 1];
    *is_new = true;
    table->slots[slot] = (uint32_t)++table->count;
    table->identities[table->count - 1] = identity;
    struct type_index_entry *entry = &table->entries[table->count - 1];
    *entry = (struct type_index_entry){0};
    return entry;
}

// Units of an alternate file come behind all of the file's own.
static bool comes_before(struct die_ref a, struct die_ref b, const struct unit_table *own)
{
    if (a.unit->table != b.unit->table)
        return a.unit->table == own;
    if (a.unit->number != b.unit->number)
        return a.unit->number < b.unit->number;
    return a.offset < b.offset;
}

static const struct unit_table *outermost(struct die_ref a, struct die_ref b)
{
    return a.unit->table->alternate ? a.unit->table : b.unit->table;
}

struct error *type_table_merge(struct type_table *into, struct type_table *from)
{
    arena_adopt(&into->names, &from->names);
    for (size_t i = 0; i < from->count; i++) {
        const struct type_index_entry *other = &from->entries[i];
        bool is_new;
        struct type_index_entry *entry = type_table_get(into, from->identities[i], &is_new);
        if (!entry)
            return &error_out_of_memory;
        uint32_t copies = is_new ? 0 : entry->copies;
        if (is_new || comes_before(other->die, entry->die, outermost(other->die, entry->die)))
            *entry = *other;
        else
            copies += other->copies - entry->copies;
        entry->copies += copies;
    }
    return NULL;
}

static int entry_compare(const void *a, const void *b)
{
    const struct type_index_entry *left = a, *right = b;
    const struct unit_table *own = outermost(left->die, right->die);
    if (comes_before(left->die, right->die, own))
        return -1;
    if (comes_before(right->die, left->die, own))
        return 1;
    return strcmp(left->name, right->name);
}

void type_table_finish(struct type_table *table, struct type_index *index)
{
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
    free(table->identities);
    free(table->slots);
    arena_free(&table->names);
    *table = (struct type_table){0};
}
