// SPDX-License-Identifier: MIT
#include "scan/copy_table.h"

#include "base/slots.h"

enum { FIRST_CAPACITY = 512 };

// Doubles the room for keys and for what is beside them.
static bool table_grow(struct copy_table *table, void **beside, size_t element_bytes)
{
    struct copy_table grown = *table;
    grown.capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    grown.slots_count = grown.capacity * 2;
    if (grown.capacity >= UINT32_MAX / 2)
        return false;
    void *elements = reallocarray(*beside, grown.capacity, element_bytes);
    if (!elements)
        return false;
    *beside = elements;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < table->slots_count; i++)
        if (table->slots[i].number)
            *copy_table_slot(&grown, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = grown;
    return true;
}

bool copy_table_add(struct copy_table *table, uint64_t key, uint32_t copies, void **beside,
                    size_t element_bytes)
{
    if (table->count == table->capacity && !table_grow(table, beside, element_bytes))
        return false;
    table->count++;
    *copy_table_slot(table, key) = (struct copy_slot){key, copies, (uint32_t)table->count};
    return true;
}

void copy_table_free(struct copy_table *table)
{
    free(table->slots);
    *table = (struct copy_table){0};
}
