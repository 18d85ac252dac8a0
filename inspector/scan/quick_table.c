// SPDX-License-Identifier: MIT
#include "scan/quick_table.h"

#include "base/slots.h"

enum { FIRST_SLOTS_COUNT = 1 << 10 };

struct error *quick_table_init(struct quick_table *table)
{
    *table = (struct quick_table){.slots_count = FIRST_SLOTS_COUNT};
    table->slots = slots_alloc(FIRST_SLOTS_COUNT, sizeof(*table->slots));
    return table->slots ? NULL : &error_out_of_memory;
}

void quick_table_free(struct quick_table *table)
{
    free(table->slots);
    free(table->identities);
    *table = (struct quick_table){0};
}

static struct quick_slot *free_slot(const struct quick_table *table, uint64_t key)
{
    size_t i = quick_table_place(table, key);
    while (table->slots[i].number)
        i = (i + 1) & (table->slots_count - 1);
    return &table->slots[i];
}

static bool table_grow(struct quick_table *table)
{
    struct quick_table grown = *table;
    grown.slots_count *= 2;
    grown.capacity = grown.slots_count / 2;
    uint64_t *identities = reallocarray(table->identities, grown.capacity, sizeof(*identities));
    if (!identities)
        return false;
    grown.identities = table->identities = identities;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < table->slots_count; i++)
        if (table->slots[i].number)
            *free_slot(&grown, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = grown;
    return true;
}

bool quick_table_add(struct quick_table *table, uint64_t key, uint64_t identity)
{
    if (table->count == table->capacity && (table->count >= UINT32_MAX || !table_grow(table)))
        return false;
    table->identities[table->count++] = identity;
    *free_slot(table, key) = (struct quick_slot){key, 0, (uint32_t)table->count};
    return true;
}
