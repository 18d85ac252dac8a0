// SPDX-License-Identifier: MIT
// What a go_runtime is made of; private to gomap/'s runtime_*.c and heap*.c.
#ifndef STRATA_GOMAP_RUNTIME_PARTS_H
#define STRATA_GOMAP_RUNTIME_PARTS_H

#include "base/arena.h"
#include "gomap/runtime_facts.h"
#include "object/image.h"

struct go_symbol {
    uint64_t address, size_bytes; // in memory
    const char *name;
};

// Offsets within the allocator's structs, in bytes.
struct go_heap_layout {
    uint16_t span_bytes; // as much of an mspan as is read
    uint16_t start, pages, freeindex, elements, alloc_bits, allocated, class_byte, state, elem_bytes,
        large_type;
    uint8_t count_bytes; // of freeindex and elements: 2, or a word up to 1.21
    uint32_t allspans;   // within mheap
    bool has_allspans;   // known from the debug information
    bool has_large_type;
};

struct go_runtime {
    const struct memory_target *target;
    const struct type_source *source; // NULL: no debug information
    struct image *image;              // the executable; NULL: it was not found
    struct arena arena;
    struct go_runtime_facts facts;
    struct go_heap_layout heap;
    struct go_symbol *symbols; // of variables, by address; in the arena
    size_t symbols_count;
};

// Each fills its part of the runtime, which has target, source, image, and facts.word_bytes.
MUST_USE struct error *runtime_read_symbols(struct go_runtime *runtime);
MUST_USE struct error *runtime_find_module(struct go_runtime *runtime);
MUST_USE struct error *runtime_read_layouts(struct go_runtime *runtime);

// A word of the program, of `size_bytes` 1 to 8, from its bytes.
static inline uint64_t runtime_number(const struct go_runtime *runtime, const uint8_t *bytes,
                                      unsigned size_bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++)
        value = value << 8 | bytes[runtime->facts.big_endian ? i : size_bytes - 1 - i];
    return value;
}

static inline uint64_t runtime_word(const struct go_runtime *runtime, const uint8_t *bytes)
{
    return runtime_number(runtime, bytes, runtime->facts.word_bytes);
}

// Reads what may fail without a message; false: not all of it can be read.
static inline bool runtime_try(const struct go_runtime *runtime, uint64_t address, void *buffer,
                               size_t size_bytes)
{
    struct memory_range range = {.address = address, .buffer = buffer, .size_bytes = size_bytes};
    return memory_read_ranges(runtime->target->memory, &range, 1) == 1;
}

#endif
