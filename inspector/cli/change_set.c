// SPDX-License-Identifier: MIT
#include "cli/change_set.h"

#include "base/secret.h"

#include <stdlib.h>

struct entry_words {
    uint64_t is_there, shape, kind, size_known, size_bytes;
};

static struct entry_words words_of(const struct type_index_entry *entry)
{
    if (!entry)
        return (struct entry_words){0};
    return (struct entry_words){true, entry->shape, entry->kind, entry->size_known,
                                entry->size_known ? entry->size_bytes : 0};
}

// Never 0, which is an empty slot. Two pairs of one hash would be one change, and the second be left out: names and shapes that
// were made for that must not do it, hence the secret.
static uint64_t pair_hash(const struct change_set *set, const struct entry_pair *pair)
{
    const struct {
        uint64_t name;
        struct entry_words old_entry, new_entry;
    } words = {secret_hash_text(set->secret, (pair->new_entry ? pair->new_entry : pair->old_entry)->name),
               words_of(pair->old_entry), words_of(pair->new_entry)};
    const uint64_t hash = secret_hash(set->secret, &words, sizeof(words));
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
    struct change_set grown = {
        .secret = set->secret, .capacity = set->capacity ? 2 * set->capacity : 1024, .count = set->count};
    if (!set->capacity)
        secret_draw(&grown.secret, sizeof(grown.secret));
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
    const uint64_t hash = pair_hash(set, pair);
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
