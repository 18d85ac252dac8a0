// SPDX-License-Identifier: MIT
// The allocator's spans of a Go program, and every map that lies in them, whether a variable leads to it or not.
//
//     runtime.mheap_.allspans ─► span (8 kB pages of objects of one size) ─► objects in use ─► is it a map's header?
//
// Where mheap_ cannot be found, every 48th byte of every page of the writable mappings is tried instead: the same
// maps, but no spans.
#ifndef STRATA_GOMAP_HEAP_H
#define STRATA_GOMAP_HEAP_H

#include "gomap/rtype.h"
#include "gomap/runtime_facts.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct go_heap; // a look at the spans at one moment

enum heap_span_state {
    HEAP_SPAN_FREE,
    HEAP_SPAN_IN_USE, // objects of the collector
    HEAP_SPAN_MANUAL, // stacks and the like
};

struct heap_span {
    uint64_t base, size_bytes; // of whole pages
    uint64_t elem_bytes;       // of an object as the allocator hands it out, header included
    uint32_t elements;
    uint32_t allocated; // as the span counts them; it lags behind what a thread has taken
    enum heap_span_state state;
    bool has_pointers;   // its objects are scanned
    uint64_t large_type; // a single large object's rtype; 0: unknown, or small ones
};

enum map_type_proof {
    MAP_TYPE_UNKNOWN,
    MAP_TYPE_LIKELY, // of all map types of the program it explains best what its slots hold: their size, where their
                     // pointers lead, and no other one explains as much
    MAP_TYPE_PROVEN, // the allocator says so: a malloc header, or the span of a large object
};

// What looks like a map's header in all that can be tested; see go_heap_probe.
struct heap_map {
    uint64_t address; // of the header
    bool is_swiss;
    uint64_t count;       // entries, as the header says
    uint64_t slots;       // its first group or bucket; 0: none yet
    uint64_t slots_bytes; // a group's or bucket's size where the structure fixes it; 0: it does not
    uint64_t rtype;       // of its map type; 0: unknown
    enum map_type_proof proof;
};

// Returns an error to stop.
typedef struct error *(*heap_each_map)(void *context, const struct heap_map *map);

// Looks at the spans. Not an error: a program whose mheap_ is not found, which has no spans. *heap is the caller's;
// `runtime` and `types` are borrowed until go_heap_close, `types` is used. Not thread-safe.
MUST_USE struct error *go_heap_open(const struct go_runtime *runtime, struct go_types *types,
                                    struct go_heap **heap);
void go_heap_close(struct go_heap *heap); // NULL is fine

FOR_TESTS size_t go_heap_spans_count(const struct go_heap *heap); // 0: mheap_ was not found

// The span in whose pages the address lies; false: none. Fast.
bool go_heap_span_of(const struct go_heap *heap, uint64_t address, struct heap_span *span);

// The object that holds the address: its base and what the allocator gave for it (elem_bytes; for a large one all
// pages). is_allocated: its allocation bit is set, or it was taken since the last sweep. false: no object.
bool go_heap_object_of(const struct go_heap *heap, uint64_t address, uint64_t *base, uint64_t *size_bytes,
                       bool *is_allocated);

// Calls each(context, map) for all maps of the heap, by address: headers that are objects of their own. Garbage that
// is not yet swept is among them. Maps that hold nothing and never did (no group, no bucket) cannot be told from other
// objects and are left out. Returns the error of `each`.
MUST_USE struct error *go_heap_maps(struct go_heap *heap, heap_each_map each, void *context);

// Whether a map's header lies at the address, by all tests of structure; on true *map is filled, its type too where
// the allocator or the program's types prove it. `rtype`: the map type that it must have; 0: any. Bounded work: at
// most as many directory places as can be read at once (2^24), a sample of the groups.
bool go_heap_probe(struct go_heap *heap, uint64_t address, uint64_t rtype, struct heap_map *map);

// A word of the program's data that holds a map.
struct heap_root {
    uint64_t address; // of the word
    const char *name; // the symbol's, or "bss+0x1b08b60"; for the call only
    struct heap_map map;
};

typedef struct error *(*heap_each_root)(void *context, const struct heap_root *root);

// Calls each(context, root) for every word of the data and bss regions that points at a map, by address: the roots of
// a program without debug information. Words inside of larger variables are among them. Empty maps without group
// or bucket are left out.
MUST_USE struct error *go_heap_roots(struct go_heap *heap, heap_each_root each, void *context);

#endif
