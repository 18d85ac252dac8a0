// SPDX-License-Identifier: MIT
#include "cli/change_set.h"

#include <stdlib.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t entry_hash(uint64_t hash, const struct type_index_entry *entry)
{
    if (!entry)
        return mix(hash, 1);
    hash = mix(mix(hash, entry->shape), (uint64_t)entry->kind << 1 | entry->size_known);
    return mix(hash, entry->size_known ? entry->size_bytes : 0);
}

// Never 0, which is an empty slot.
static uint64_t pair_hash(const struct entry_pair *pair)
{
    const uint64_t name = (pair->new_entry ? pair->new_entry : pair->old_entry)->name_hash;
    const uint64_t hash = entry_hash(entry_hash(name, pair->old_entry), pair->new_entry);
    return hash ? hash : 1;
}

static uint64_t *slot_of(const struct change_set *set, uint64_t hash)
{
    for (size_t i = (size_t)hash;; i++) {
        uint64_t *slot = &set->slots[i & (set->capacity - 1)];
        if (!*slot || *slot == hash)
            return slot;
    }
}

static bool grow(struct change_set *set)
{
    struct change_set grown = {.capacity = set->capacity ? 2 * set->capacity : 1024, .count = set->count};
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i])
            *slot_of(&grown, set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = grown;
    return true;
}

struct error *change_set_add(struct change_set *set, const struct entry_pair *pair, bool *is_new)
{
    if (2 * set->count >= set->capacity && !grow(set))
        return &error_out_of_memory;
    const uint64_t hash = pair_hash(pair);
    uint64_t *slot = slot_of(set, hash);
    *is_new = !*slot;
    set->count += *is_new;
    *slot = hash;
    return NULL;
}

void change_set_free(struct change_set *set)
{
    free(set->slots);
    *set = (struct change_set){0};
}
