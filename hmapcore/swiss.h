// SPDX-License-Identifier: MIT
// Go's map of today (Go 1.24 on, a Swiss table) in C: the same decisions and, given the same seeds, the same
// bytes, and it tells what it does. See swiss_layout.h for the picture. The classic map (hmap.h) has the same
// shape of interface; kinds of keys, hashes, random sources and allocators are the same ones.
//
// A map variable is a `struct swiss_map *`, as in Go: copying it copies 8 bytes and shares the map; NULL is
// Go's nil map, which reads as empty and refuses assignment.
//
//     struct swiss_type type;
//     struct swiss_context context;
//     swiss_type_make(&type, &hmap_kind_int64, &hmap_kind_int64);
//     swiss_context_init(&context, &type, SWISS_GO_1_25, HMAP_HASH_AES, 0x5eed);
//     struct swiss_map *map;
//     swiss_make(&context, 0, &map);                                  m := make(map[int64]int64)
//     struct hmap_result slot = swiss_assign(&context, map, &key);    m[key] = …
//     if (slot.status == HMAP_OK)
//         *(int64_t *)slot.elem = 42;                                      … 42
//     swiss_destroy(&context, map);
//
// Pointers to keys and elements stay good until the next write to the map (a growth may move them). The map
// does not own what its keys and elements point at: a string's bytes are the caller's.
//
// Faults are values. On any status but HMAP_OK the map is what it was, to the byte; only
// HMAP_CONCURRENT_WRITES found at the end of a write means that two threads were inside at once: such a map is
// fit for swiss_destroy only.
//
// Threads: any number may find and iterate at once while none writes. The `writing` byte catches some
// mistakes, as in Go, and makes nothing safe. The context's sink and random source must stand being called
// from all these threads; the random source that swiss_context_init sets does.
//
// The invariants, which swiss_check (swiss_check.h) tests: each live key is where a search for it comes; no
// group has both an empty slot and a tombstone; used + tombstones + growthLeft of a table is its maximum load;
// a table stands in exactly the directory entries that its index and depth say.
#ifndef SWISS_H
#define SWISS_H

#include "hmap.h"
#include "swiss_event.h"
#include "swiss_layout.h"
#include "swiss_type.h"

// Whose behaviour. 1.25 brought pruning of tombstones, another clear and another clone; 1.26 changed which
// groups clear zeroes; 1.27 overwrites in a full small map without growing it, prunes for pointer keys too,
// and hashes struct keys by runs of plain bytes, across structs and arrays inside.
enum swiss_flavour {
    SWISS_GO_1_24,
    SWISS_GO_1_25,
    SWISS_GO_1_26,
    SWISS_GO_1_27,
};

struct swiss_context {
    struct hmap_context base; // hash with its keys, random source, allocator; its type and sink are not used
    const struct swiss_type *type;
    enum swiss_flavour flavour;
    struct swiss_sink sink;
};

// As hmap_context_init: no sink, malloc as the allocator, and a random source that the seed determines, from
// which the hash's keys are drawn too: equal seeds give equal maps. Change fields afterwards as you like,
// before the first map is made (the sink: at any time when no operation runs). Do not copy the context.
// Borrows `type`. The context owns nothing and needs no end.
void swiss_context_init(struct swiss_context *context, const struct swiss_type *type,
                        enum swiss_flavour flavour, enum hmap_hash_algorithm algorithm, uint64_t seed);

// make(map[K]V, hint). A hint that is negative or absurdly large is ignored, as Go does. *map is NULL on
// failure.
HMAP_MUST_USE enum hmap_status swiss_make(struct swiss_context *context, int64_t hint,
                                          struct swiss_map **map);

// Frees the map and all it allocated; iterators over it end too. NULL is fine.
void swiss_destroy(struct swiss_context *context, struct swiss_map *map);

// len(m)
static inline int64_t swiss_length(const struct swiss_map *map)
{
    return map ? (int64_t)map->used : 0;
}

// v, ok := m[k]. A fault is reported even when the map is nil or empty (an interface key of an unhashable
// kind).
HMAP_MUST_USE struct hmap_result swiss_find(struct swiss_context *context, struct swiss_map *map,
                                            const void *key);

// v := m[k]: copies the element to *elem, or zeros where there is none.
HMAP_MUST_USE enum hmap_status swiss_load(struct swiss_context *context, struct swiss_map *map,
                                          const void *key, void *elem);

// m[k] = …: the slot for the element, which holds the old element, or zeros when the key is new. The caller
// stores the element after the call, which is when `writing` is off again: as in Go.
HMAP_MUST_USE struct hmap_result swiss_assign(struct swiss_context *context, struct swiss_map *map,
                                              const void *key);

// m[k] = v in one call.
HMAP_MUST_USE enum hmap_status swiss_store(struct swiss_context *context, struct swiss_map *map,
                                           const void *key, const void *elem);

// delete(m, k)
HMAP_MUST_USE struct hmap_result swiss_delete(struct swiss_context *context, struct swiss_map *map,
                                              const void *key);

// clear(m). Tables and directory are kept, the seed is drawn anew.
HMAP_MUST_USE enum hmap_status swiss_clear(struct swiss_context *context, struct swiss_map *map);

// maps.Clone(m): in Go 1.24 a fresh map that the entries are put into, later a copy of it all, tombstones and
// seed included. A nil map's clone is nil.
HMAP_MUST_USE enum hmap_status swiss_clone(struct swiss_context *context, struct swiss_map *map,
                                           struct swiss_map **clone);

// for k, v := range m: a random start in the directory and in each table. Growth, insertion and deletion in
// between are Go's: each entry that lives throughout comes once, a deleted one not any more, a new one perhaps.
//
//     struct swiss_iter iter;
//     enum hmap_status status = swiss_iter_start(context, map, &iter);
//     for (; status == HMAP_OK && iter.key; status = swiss_iter_next(context, &iter))
//         …
//     swiss_iter_stop(&iter);  // needed when the loop is left early, harmless else
//
// An iterator keeps replaced tables alive until it has ended or is stopped.
HMAP_MUST_USE enum hmap_status swiss_iter_start(struct swiss_context *context, struct swiss_map *map,
                                                struct swiss_iter *iter);
HMAP_MUST_USE enum hmap_status swiss_iter_next(struct swiss_context *context, struct swiss_iter *iter);
void swiss_iter_stop(struct swiss_iter *iter);

// The routines the compiler calls where it knows the key's kind; swiss_find and its like come here by
// type->variant.
HMAP_MUST_USE struct hmap_result swiss_fast32_find(struct swiss_context *context, struct swiss_map *map,
                                                   uint32_t key);
HMAP_MUST_USE struct hmap_result swiss_fast32_assign(struct swiss_context *context, struct swiss_map *map,
                                                     uint32_t key);
HMAP_MUST_USE struct hmap_result swiss_fast32_delete(struct swiss_context *context, struct swiss_map *map,
                                                     uint32_t key);
HMAP_MUST_USE struct hmap_result swiss_fast64_find(struct swiss_context *context, struct swiss_map *map,
                                                   uint64_t key);
HMAP_MUST_USE struct hmap_result swiss_fast64_assign(struct swiss_context *context, struct swiss_map *map,
                                                     uint64_t key);
HMAP_MUST_USE struct hmap_result swiss_fast64_delete(struct swiss_context *context, struct swiss_map *map,
                                                     uint64_t key);
HMAP_MUST_USE struct hmap_result swiss_faststr_find(struct swiss_context *context, struct swiss_map *map,
                                                    struct hmap_string key);
HMAP_MUST_USE struct hmap_result swiss_faststr_assign(struct swiss_context *context, struct swiss_map *map,
                                                      struct hmap_string key);
HMAP_MUST_USE struct hmap_result swiss_faststr_delete(struct swiss_context *context, struct swiss_map *map,
                                                      struct hmap_string key);

// The hash of a key under a seed, as a map of the context's type would take it. HMAP_UNHASHABLE is the only
// fault. A NaN's hash is another one each time.
HMAP_MUST_USE enum hmap_status swiss_hash(struct swiss_context *context, const void *key, uint64_t seed,
                                          uint64_t *hash);

// Go's message for a fault, as hmap_fault_describe.
char *swiss_fault_describe(const struct swiss_context *context, enum hmap_status status, const void *key,
                           char *text, size_t size_bytes);

#endif
