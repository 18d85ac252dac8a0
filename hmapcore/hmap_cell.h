// SPDX-License-Identifier: MIT
// Keys and elements that are stored behind a pointer: each an allocation of its own, in a list that its map
// owns, as Go's garbage collector would.
#ifndef HMAP_CELL_H
#define HMAP_CELL_H

#include "hmap.h"

enum { CELL_KEY, CELL_ELEM, CELL_KINDS };

// In front of the object.
struct hmap_cell {
    struct hmap_cell *next;
    struct hmap_cell *previous;
};

struct hmap_cells {
    struct hmap_cell *live[CELL_KINDS];
    struct hmap_cell *retired[CELL_KINDS]; // no longer the map's, but an iterator may still read them
};

// A zeroed object of size_bytes; NULL when memory is short. `which` is CELL_KEY or CELL_ELEM; all of one kind
// have one size.
void *hmap_cells_allocate(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                          size_t size_bytes);
// Gives one back, or with `keep` puts it aside.
void hmap_cells_drop(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                     size_t size_bytes, void *object, bool keep);
void hmap_cells_drop_all(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                         size_t size_bytes, bool keep);
// Gives back what was put aside.
void hmap_cells_collect(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                        size_t size_bytes);

static inline uint64_t hmap_cells_count(const struct hmap_cells *cells, int which)
{
    uint64_t count = 0;
    for (const struct hmap_cell *cell = cells->live[which]; cell; cell = cell->next)
        count++;
    return count;
}

#endif
