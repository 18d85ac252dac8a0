// SPDX-License-Identifier: MIT
// The memory a watched map lives in. Everything the model changes while it runs (the map, its buckets, its
// random numbers, its iterator, its latest events) lies in one region of address space, the allocator's own
// lists included. A state of the model is therefore the bytes of the region, and going back to it needs no
// knowledge of what they mean:
//
//     region   │ state │ root │ map, buckets, … │ never touched … │       first choice of place: where Go's
//              └──────── image (a memfd) ───────┘                       heap begins, 0xc000000000
//
// heap_save copies the used part into a memory file, heap_restore copies it back to the same addresses, so
// that pointers stay true. (Mapping the file over the region, copied on write, takes no time at first, but
// page faults then cost three times what the copy costs.)
//
// Not thread-safe.
#ifndef STRATA_WATCH_WATCH_HEAP_H
#define STRATA_WATCH_WATCH_HEAP_H

#include "base/error.h"
#include "hmapcore/hmap.h"

#define HEAP_PREFERRED_ADDRESS UINT64_C(0xc000000000)

struct heap {
    uint8_t *base;
    size_t reserved_bytes;
    size_t touched_bytes; // never less than what is in use; what lies behind is zero
};

// A saved state; all zeroes: none. The owner closes it.
struct heap_image {
    size_t size_bytes;
    size_t saved_bytes; // size_bytes when it is whole
    int fd;
};

// Reserves address space (not memory) and sets up a root object of `root_bytes` zeroes at its start.
MUST_USE struct error *heap_open(struct heap *heap, size_t root_bytes);
void heap_close(struct heap *heap);

// The root object: always at the same place.
void *heap_root(const struct heap *heap);

// Allocates from the region. Valid while the heap is open.
struct hmap_allocator heap_allocator(struct heap *heap);

size_t heap_used_bytes(const struct heap *heap);

// Costs a copy of what is in use.
MUST_USE struct error *heap_save(const struct heap *heap, struct heap_image *image);
// The same in pieces, between which the heap must not change: until image->saved_bytes is its size_bytes.
MUST_USE struct error *heap_save_begin(const struct heap *heap, struct heap_image *image);
MUST_USE struct error *heap_save_some(const struct heap *heap, struct heap_image *image, size_t most_bytes);
// Costs that copy back: some 10 ms for a map of a million entries. The image stays good.
MUST_USE struct error *heap_restore(struct heap *heap, const struct heap_image *image);
void heap_image_close(struct heap_image *image);

#endif
