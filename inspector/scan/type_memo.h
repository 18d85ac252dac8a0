// SPDX-License-Identifier: MIT
// What has been found out about the types of one unit (and of those it refers to), by their place.
//
// Slots hold a key, not an address: each unit entered gets the next range of keys, so what is left from
// earlier units is stale by its key alone and nothing has to be cleared. Neighbours in the file are
// neighbours here: a struct and the types of its members share cache lines.
#ifndef STRATA_SCAN_TYPE_MEMO_H
#define STRATA_SCAN_TYPE_MEMO_H

#include <stdbool.h>
#include <stdint.h>

struct type_facts {
    uint64_t name_hash;
    uint64_t size_bytes;
    bool size_known;
};

struct type_memo_slot {
    uint32_t key;  // 0: never used
    uint32_t size; // size_bytes + 1; 0: not known
    uint64_t name_hash;
};

struct type_memo {
    struct type_memo_slot *slots;
    uint32_t slots_count; // a power of 2
    uint32_t used;        // by keys from oldest_key on
    uint32_t oldest_key;  // smaller ones are stale
    uint32_t next_key;    // the first that no unit has
};

bool type_memo_init(struct type_memo *memo); // false: memory is short
void type_memo_free(struct type_memo *memo);

// Makes everything so far stale.
void type_memo_forget(struct type_memo *memo);

// A range of `count` keys; the first is returned. 0 when there are not that many left: forget, and ask again.
uint32_t type_memo_keys(struct type_memo *memo, uint64_t count);

// Remembers; what has a size past 32 bits is not kept. False: memory is short.
bool type_memo_store(struct type_memo *memo, uint32_t key, const struct type_facts *facts);

// DIEs of types are 5 bytes and more apart.
enum { TYPE_MEMO_SHIFT = 2 };

static inline bool type_memo_find(const struct type_memo *memo, uint32_t key, struct type_facts *facts)
{
    const uint32_t mask = memo->slots_count - 1;
    for (uint32_t i = key >> TYPE_MEMO_SHIFT & mask;; i = (i + 1) & mask) {
        const struct type_memo_slot *slot = &memo->slots[i];
        if (slot->key == key) {
            *facts = (struct type_facts){slot->name_hash, slot->size ? slot->size - 1 : 0, slot->size != 0};
            return true;
        }
        if (slot->key < memo->oldest_key)
            return false;
    }
}

#endif
