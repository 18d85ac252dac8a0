// SPDX-License-Identifier: MIT
// Go's classic map (Go 1.19 to 1.23) in C: the same decisions and, given the same seeds, the same bytes, and
// it tells what it does. See hmap_layout.h for the picture.
//
// A map variable is a `struct hmap *`, as in Go: copying it copies 8 bytes and shares the map; NULL is Go's
// nil map, which reads as empty and refuses assignment. What Go keeps in its runtime and its compiler in the
// type of the variable, is here in a context that goes with each call: the map type, the hash and its keys,
// the source of random numbers, the allocator and the sink of events. Maps of one type can share a context.
//
//     struct hmap_type type;
//     struct hmap_context context;
//     hmap_type_make(&type, &hmap_kind_int64, &hmap_kind_int64);
//     hmap_context_init(&context, &type, HMAP_GO_1_22, HMAP_HASH_AES, 0x5eed);
//     struct hmap *map;
//     hmap_make(&context, 0, &map);                                   m := make(map[int64]int64)
//     struct hmap_result slot = hmap_assign(&context, map, &key);     m[key] = …
//     if (slot.status == HMAP_OK)
//         *(int64_t *)slot.elem = 42;                                      … 42
//     hmap_destroy(&context, map);
//
// Pointers to keys and elements stay good until the next write to the map (a growth may move them). The map
// does not own what its keys and elements point at: a string's bytes are the caller's.
//
// Faults are values. On any status but HMAP_OK the map holds what it held (an evacuation step that was due
// may have been done: it changes where entries lie, not what the map holds). Only
// HMAP_CONCURRENT_WRITES found at the end of a write means that two threads were inside at once: such a map
// is fit for hmap_destroy only.
//
// Threads: any number may find and iterate at once while none writes. The hashWriting flag catches some
// mistakes, as in Go, and makes nothing safe. The context's sink and random source must stand being called
// from all these threads; the random source that hmap_context_init sets does.
//
// The invariants, which hmap_check (hmap_check.h) tests: each live key is in exactly one place, which its
// hash gives: the old bucket while that is not evacuated, else the new one; after an empty-rest slot nothing
// lives in the chain; a new bucket whose old one is not yet evacuated is empty; count, noverflow (below B =
// 16) and the overflow list are exact.
#ifndef HMAP_H
#define HMAP_H

#include "hmap_event.h"
#include "hmap_layout.h"
#include "hmap_type.h"

// Whose behaviour: 1.19 and 1.22 differ in the rounding of array sizes, the width of random numbers and what
// clear does to old iterators; 1.23 has another fallback hash than 1.22.
enum hmap_flavour {
    HMAP_GO_1_19,
    HMAP_GO_1_22,
    HMAP_GO_1_23,
};

enum hmap_hash_algorithm {
    HMAP_HASH_AES,          // the runtime's; by the CPU's AES instructions where it has them
    HMAP_HASH_AES_PORTABLE, // the same values without them
    HMAP_HASH_FALLBACK,     // the runtime's where the CPU has no AES
    HMAP_HASH_FEW,          // for tests: `few` distinct values, so that chains grow
    HMAP_HASH_IDENTITY,     // for tests: of key n < 256 the bucket is n modulo the buckets, and n gives the
                            // tophash too
    // The runtime's on other machines, to hash as a program does that runs there; see hmap_hash_machines.h.
    HMAP_HASH_AES_ARM64,
    HMAP_HASH_AES_386,
    HMAP_HASH_FALLBACK_32,
};

// One draw a call, uniform 64 bits; a 32-bit draw takes the low half.
struct hmap_random {
    uint64_t (*next)(void *state);
    void *state;
};

// `allocate` returns zeroed memory aligned to 16 bytes, or NULL. `release` gets the same size back.
struct hmap_allocator {
    void *(*allocate)(void *state, size_t size_bytes);
    void (*release)(void *state, void *memory, size_t size_bytes);
    void *state;
};

struct hmap_context {
    _Alignas(16) uint8_t aes_schedule[128]; // runtime.aeskeysched
    uint64_t hash_key[4];                   // runtime.hashkey
    const struct hmap_type *type;
    enum hmap_flavour flavour;
    enum hmap_hash_algorithm algorithm;
    bool aes_instructions; // use them: algorithm is HMAP_HASH_AES and this CPU has them
    bool hashes_runs; // as Go 1.27: a composite key is hashed by runs of plain bytes, across what is nested
    uint32_t few;     // HMAP_HASH_FEW: 1 to 256, at first 4
    struct hmap_sink sink;
    struct hmap_random random;
    struct hmap_allocator allocator;
    uint64_t random_state; // of the default random source
};

// Sets up a context with no sink, malloc as the allocator and a random source that the seed determines, from
// which the AES key schedule and the fallback's keys are drawn too: equal seeds give equal maps. Change
// fields afterwards as you like, before the first map is made (the sink: at any time when no operation
// runs). The default random source's state is inside: do not copy the context. Borrows `type`. The context
// owns nothing and needs no end.
void hmap_context_init(struct hmap_context *context, const struct hmap_type *type, enum hmap_flavour flavour,
                       enum hmap_hash_algorithm algorithm, uint64_t seed);

// What find, assign and delete return; travels in two registers.
struct hmap_result {
    void *elem; // find: NULL when the key is not there; assign: where the element goes; delete: NULL
    enum hmap_status status; // not HMAP_OK: elem is NULL
    uint32_t found;          // 1: the key was there before; 0: it was not
};

// make(map[K]V, hint). A hint that is negative or absurdly large is ignored, as Go does. *map is NULL on
// failure.
HMAP_MUST_USE enum hmap_status hmap_make(struct hmap_context *context, int64_t hint, struct hmap **map);

// Frees the map and all it allocated; iterators over it end too. NULL is fine.
void hmap_destroy(struct hmap_context *context, struct hmap *map);

// len(m)
static inline int64_t hmap_length(const struct hmap *map)
{
    return map ? map->count : 0;
}

// v, ok := m[k]. A fault is reported even when the map is nil or empty (an interface key of an unhashable
// kind).
HMAP_MUST_USE struct hmap_result hmap_find(struct hmap_context *context, struct hmap *map, const void *key);

// v := m[k]: copies the element to *elem, or zeros where there is none.
HMAP_MUST_USE enum hmap_status hmap_load(struct hmap_context *context, struct hmap *map, const void *key,
                                         void *elem);

// m[k] = …: the slot for the element, which holds the old element, or zeros when the key is new. The caller
// stores the element after the call, which is when hashWriting is off again: as in Go.
HMAP_MUST_USE struct hmap_result hmap_assign(struct hmap_context *context, struct hmap *map, const void *key);

// m[k] = v in one call.
HMAP_MUST_USE enum hmap_status hmap_store(struct hmap_context *context, struct hmap *map, const void *key,
                                          const void *elem);

// delete(m, k)
HMAP_MUST_USE struct hmap_result hmap_delete(struct hmap_context *context, struct hmap *map, const void *key);

// clear(m). Buckets are kept, hash0 is drawn anew.
HMAP_MUST_USE enum hmap_status hmap_clear(struct hmap_context *context, struct hmap *map);

// maps.Clone(m) of Go 1.22 on: repacked, with as many buckets as its entries need. A nil map's clone is nil.
// Indirect keys are copied where Go may share them, because here each map owns its memory.
HMAP_MUST_USE enum hmap_status hmap_clone(struct hmap_context *context, struct hmap *map,
                                          struct hmap **clone);

// for k, v := range m: a random start, then the buckets' order. Growth, insertion and deletion in between
// are Go's: each entry that lives throughout comes once, a deleted one not any more, a new one perhaps.
//
//     struct hiter iter;
//     enum hmap_status status = hmap_iter_start(context, map, &iter);
//     for (; status == HMAP_OK && iter.key; status = hmap_iter_next(context, &iter))
//         …
//     hmap_iter_stop(&iter);  // needed when the loop is left early, harmless else
//
// An iterator keeps replaced bucket arrays alive until it has ended or is stopped.
HMAP_MUST_USE enum hmap_status hmap_iter_start(struct hmap_context *context, struct hmap *map,
                                               struct hiter *iter);
HMAP_MUST_USE enum hmap_status hmap_iter_next(struct hmap_context *context, struct hiter *iter);
void hmap_iter_stop(struct hiter *iter);

// The routines the compiler calls where it knows the key's kind; hmap_find and its like come here by
// type->variant.
HMAP_MUST_USE struct hmap_result hmap_fast32_find(struct hmap_context *context, struct hmap *map,
                                                  uint32_t key);
HMAP_MUST_USE struct hmap_result hmap_fast32_assign(struct hmap_context *context, struct hmap *map,
                                                    uint32_t key);
HMAP_MUST_USE struct hmap_result hmap_fast32_delete(struct hmap_context *context, struct hmap *map,
                                                    uint32_t key);
HMAP_MUST_USE struct hmap_result hmap_fast64_find(struct hmap_context *context, struct hmap *map,
                                                  uint64_t key);
HMAP_MUST_USE struct hmap_result hmap_fast64_assign(struct hmap_context *context, struct hmap *map,
                                                    uint64_t key);
HMAP_MUST_USE struct hmap_result hmap_fast64_delete(struct hmap_context *context, struct hmap *map,
                                                    uint64_t key);
HMAP_MUST_USE struct hmap_result hmap_faststr_find(struct hmap_context *context, struct hmap *map,
                                                   struct hmap_string key);
HMAP_MUST_USE struct hmap_result hmap_faststr_assign(struct hmap_context *context, struct hmap *map,
                                                     struct hmap_string key);
HMAP_MUST_USE struct hmap_result hmap_faststr_delete(struct hmap_context *context, struct hmap *map,
                                                     struct hmap_string key);

// The hash of a key under a seed, as a map of the context's type would take it. HMAP_UNHASHABLE is the only
// fault. A NaN's hash is another one each time.
HMAP_MUST_USE enum hmap_status hmap_hash(struct hmap_context *context, const void *key, uint32_t seed,
                                         uint64_t *hash);

// Go's message for a fault, with the kind's name where it is "hash of unhashable type …" (`key` may be NULL
// for all other faults). At most size_bytes with the terminator. Returns `text`.
char *hmap_fault_describe(const struct hmap_context *context, enum hmap_status status, const void *key,
                          char *text, size_t size_bytes);

#endif
