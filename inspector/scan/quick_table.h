// SPDX-License-Identifier: MIT
// The keys that a thread has met (quick_unit.h), each with how often, and which definition was the first.
#ifndef STRATA_SCAN_QUICK_TABLE_H
#define STRATA_SCAN_QUICK_TABLE_H

#include "base/attributes.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// All that the look-up of a copy needs: nearly all are copies.
struct quick_slot {
    uint64_t key;
    uint32_t copies; // besides the first
    uint32_t number; // of the first, from 1; 0: free
};

// Starts zeroed.
struct quick_table {
    struct quick_slot *slots; // open addressing; a power of two of them
    size_t slots_count;
    uint64_t *identities; // of the firsts
    size_t count, capacity;
};

MUST_USE struct error *quick_table_init(struct quick_table *table);
void quick_table_free(struct quick_table *table);

static inline size_t quick_table_place(const struct quick_table *table, uint64_t key)
{
    return (size_t)(key >> 7) & (table->slots_count - 1);
}

// Counts one more copy; false when the table does not have the key.
static inline bool quick_table_count(struct quick_table *table, uint64_t key)
{
    size_t i = quick_table_place(table, key);
    while (table->slots[i].number) {
        if (LIKELY(table->slots[i].key == key)) {
            table->slots[i].copies++;
            return true;
        }
        i = (i + 1) & (table->slots_count - 1);
    }
    return false;
}

// Adds a key that the table does not have, and the identity of its definition. False when memory is short.
MUST_USE bool quick_table_add(struct quick_table *table, uint64_t key, uint64_t identity);

#endif
