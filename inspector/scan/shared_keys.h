// SPDX-License-Identifier: MIT
// Keys that several threads meet: each is taken by the one that comes first, who does what there is to do for it.
#ifndef STRATA_SCAN_SHARED_KEYS_H
#define STRATA_SCAN_SHARED_KEYS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SHARED_KEYS_SLOTS = 1 << 16 };

// Zeroes are an empty set. It does not grow: when it is half full all further keys are new to everybody. Keys must be such that
// nobody who makes a file can choose them.
struct shared_keys {
    atomic_uint_least64_t slots[SHARED_KEYS_SLOTS]; // open addressing; 0: free
    atomic_uint_least32_t count;
};

// Whether the key is the caller's to deal with: nobody has taken it, or it is not kept. Thread-safe; nothing but the key is
// handed over.
static inline bool shared_keys_take(struct shared_keys *keys, uint64_t key)
{
    enum { STEPS_MOST = 64 };
    for (unsigned i = 0; i < STEPS_MOST && key; i++) {
        atomic_uint_least64_t *slot = &keys->slots[((key >> 7) + i) % SHARED_KEYS_SLOTS];
        uint64_t there = atomic_load_explicit(slot, memory_order_relaxed);
        if (there == key)
            return false;
        if (there)
            continue;
        if (atomic_load_explicit(&keys->count, memory_order_relaxed) >= SHARED_KEYS_SLOTS / 2)
            return true;
        if (atomic_compare_exchange_strong_explicit(slot, &there, key, memory_order_relaxed,
                                                    memory_order_relaxed)) {
            atomic_fetch_add_explicit(&keys->count, 1, memory_order_relaxed);
            return true;
        }
        if (there == key)
            return false;
    }
    return true;
}

#endif
