// SPDX-License-Identifier: MIT
// Keys, each with how often it was met and the number of its first: the quick pass keeps its keys so (scan_quick.c), and the
// table of definitions its identities (type_table.h). What else is known of each key is the owner's, in an array by number.
//
// Nearly all of millions of look-ups find what they look for and add one to its copies: all that they need stands in one slot.
#ifndef STRATA_SCAN_COPY_TABLE_H
#define STRATA_SCAN_COPY_TABLE_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy_slot {
    uint64_t key;
    uint32_t copies;
    uint32_t number; // of the first, from 1; 0: free
};

// Belongs to one thread. Zeroes are an empty table. Keys must be such that nobody who makes a file can choose them.
struct copy_table {
    struct copy_slot *slots; // open addressing; a power of two of them, or none
    size_t slots_count;
    size_t count, capacity; // of keys; never more than half of the slots are taken
};

static inline size_t copy_table_place(const struct copy_table *table, uint64_t key)
{
    return (size_t)(key >> 7) & (table->slots_count - 1);
}

// The slot of the key, or the free one that it would take. The table has slots.
static inline struct copy_slot *copy_table_slot(const struct copy_table *table, uint64_t key)
{
    size_t i = copy_table_place(table, key);
    while (table->slots[i].number && table->slots[i].key != key)
        i = (i + 1) & (table->slots_count - 1);
    return &table->slots[i];
}

// NULL: the table does not have the key.
static inline struct copy_slot *copy_table_find(const struct copy_table *table, uint64_t key)
{
    struct copy_slot *slot = LIKELY(table->slots_count != 0) ? copy_table_slot(table, key) : NULL;
    return slot && slot->number ? slot : NULL;
}

// Brings the place of the key on its way into the caches.
static inline void copy_table_prefetch(const struct copy_table *table, uint64_t key)
{
    if (LIKELY(table->slots_count != 0))
        __builtin_prefetch(&table->slots[copy_table_place(table, key)], 1);
}

// Adds a key that the table does not have. *beside, the owner's array of elements of that size, has room for element number - 1
// then, the last one. False when memory is short.
MUST_USE bool copy_table_add(struct copy_table *table, uint64_t key, uint32_t copies, void **beside,
                             size_t element_bytes);

void copy_table_free(struct copy_table *table);

#endif
