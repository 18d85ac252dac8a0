// SPDX-License-Identifier: MIT
#include "scan/type_memo.h"

#include "base/slots.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS_COUNT = 1 << 13 };

bool type_memo_init(struct type_memo *memo)
{
    *memo = (struct type_memo){.slots_count = FIRST_SLOTS_COUNT, .oldest_key = 1, .next_key = 1};
    memo->slots = slots_alloc(FIRST_SLOTS_COUNT, sizeof(*memo->slots));
    return memo->slots != NULL;
}

void type_memo_free(struct type_memo *memo)
{
    free(memo->slots);
    *memo = (struct type_memo){0};
}

void type_memo_forget(struct type_memo *memo)
{
    memo->used = 0;
    memo->oldest_key = memo->next_key;
    if (memo->next_key > UINT32_MAX / 2) { // start over, long before the keys run out
        memset(memo->slots, 0, memo->slots_count * sizeof(*memo->slots));
        memo->oldest_key = memo->next_key = 1;
    }
}

uint32_t type_memo_keys(struct type_memo *memo, uint64_t count)
{
    if (count >= UINT32_MAX - memo->next_key)
        return 0;
    uint32_t first = memo->next_key;
    memo->next_key += (uint32_t)count;
    return first;
}

// The slot of the key, or the free one that it would take.
static struct type_memo_slot *slot_for(const struct type_memo *memo, uint32_t key)
{
    const uint32_t mask = memo->slots_count - 1;
    uint32_t i = key >> TYPE_MEMO_SHIFT & mask;
    while (memo->slots[i].key != key && memo->slots[i].key >= memo->oldest_key)
        i = (i + 1) & mask;
    return &memo->slots[i];
}

static bool memo_grow(struct type_memo *memo)
{
    struct type_memo grown = *memo;
    grown.slots_count *= 2;
    grown.slots = grown.slots_count ? slots_alloc(grown.slots_count, sizeof(*grown.slots)) : NULL;
    if (!grown.slots)
        return false;
    for (uint32_t i = 0; i < memo->slots_count; i++)
        if (memo->slots[i].key >= memo->oldest_key)
            *slot_for(&grown, memo->slots[i].key) = memo->slots[i];
    free(memo->slots);
    *memo = grown;
    return true;
}

bool type_memo_store(struct type_memo *memo, uint32_t key, const struct type_facts *facts)
{
    if (facts->size_known && facts->size_bytes >= UINT32_MAX)
        return true;
    struct type_memo_slot *slot = slot_for(memo, key);
    if (slot->key != key) {
        if (memo->used >= memo->slots_count / 2) {
            if (!memo_grow(memo))
                return false;
            slot = slot_for(memo, key);
        }
        memo->used++;
    }
    *slot = (struct type_memo_slot){key, facts->size_known ? (uint32_t)facts->size_bytes + 1 : 0,
                                    facts->name_hash};
    return true;
}
