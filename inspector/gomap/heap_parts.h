// SPDX-License-Identifier: MIT
// What a go_heap is made of; private to gomap/heap*.c.
#ifndef STRATA_GOMAP_HEAP_PARTS_H
#define STRATA_GOMAP_HEAP_PARTS_H

#include "gomap/heap.h"
#include "gomap/pages.h"
#include "gomap/rtype.h"
#include "gomap/runtime_parts.h"

struct heap_span_record {
    struct heap_span span;
    uint64_t alloc_bits; // address
    uint32_t freeindex;  // objects below it are allocated
};

struct go_heap {
    const struct go_runtime *runtime;
    struct go_types *types;
    struct page_cache *pages;       // what is read of maps; forgotten when a walk begins
    struct heap_span_record *spans; // in use or manual, by base, without overlaps
    size_t spans_count;
    const struct rtype *const *maps; // of the program
    size_t maps_count;
    bool has_swiss, has_classic; // what the program's map types are; of a program that has none, both
};

const struct heap_span_record *heap_record_of(const struct go_heap *heap, uint64_t address); // NULL: none

// The object in use that begins at `address`, or a word before it (with a malloc header): its size behind `address`
// in *size_bytes and its span, which is NULL where the spans are not known. false: nothing can begin there.
bool heap_begins_at(const struct go_heap *heap, uint64_t address, uint64_t *size_bytes,
                    const struct heap_span_record **record);

// The structural tests of one header, whose bytes are here (as many as the larger header has). On true fills
// all but rtype, proof and slots_bytes, and what its slots lie in.
struct heap_slots {
    uint64_t address; // of the array of groups or buckets
    uint64_t count;   // of groups or buckets in it; at least 1
    uint64_t used;    // full slots of these groups; of buckets (and their overflow ones) unknown
    bool is_used_known;
};
bool heap_test_swiss(struct go_heap *heap, uint64_t address, const uint8_t *header, struct heap_map *map,
                     struct heap_slots *slots);
bool heap_test_classic(struct go_heap *heap, uint64_t address, const uint8_t *header, struct heap_map *map,
                       struct heap_slots *slots);

// Finds the type by what the allocator says, else by size and content. `rtype`: it must be this one; 0: any.
// false: it is another one.
bool heap_type_map(struct go_heap *heap, const struct heap_slots *slots, uint64_t rtype,
                   struct heap_map *map);

static inline unsigned heap_word_bytes(const struct go_heap *heap)
{
    return heap->runtime->facts.word_bytes;
}

#endif
