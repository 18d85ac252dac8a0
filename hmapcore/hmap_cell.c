// SPDX-License-Identifier: MIT
#include "hmap_cell.h"

static void cell_push(struct hmap_cell **list, struct hmap_cell *cell)
{
    cell->previous = NULL;
    cell->next = *list;
    if (*list)
        (*list)->previous = cell;
    *list = cell;
}

static void cells_free(const struct hmap_allocator *allocator, struct hmap_cell **list, size_t size_bytes)
{
    while (*list) {
        struct hmap_cell *cell = *list;
        *list = cell->next;
        allocator->release(allocator->state, cell, sizeof *cell + size_bytes);
    }
}

void *hmap_cells_allocate(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                          size_t size_bytes)
{
    struct hmap_cell *cell = allocator->allocate(allocator->state, sizeof *cell + size_bytes);
    if (!cell)
        return NULL;
    cell_push(&cells->live[which], cell);
    return cell + 1;
}

void hmap_cells_drop(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                     size_t size_bytes, void *object, bool keep)
{
    struct hmap_cell *cell = (struct hmap_cell *)object - 1;
    if (cell->previous)
        cell->previous->next = cell->next;
    else
        cells->live[which] = cell->next;
    if (cell->next)
        cell->next->previous = cell->previous;
    if (keep) {
        cell_push(&cells->retired[which], cell);
        return;
    }
    allocator->release(allocator->state, cell, sizeof *cell + size_bytes);
    hmap_cells_collect(allocator, cells, which, size_bytes);
}

void hmap_cells_drop_all(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                         size_t size_bytes, bool keep)
{
    while (cells->live[which] && keep) {
        struct hmap_cell *cell = cells->live[which];
        cells->live[which] = cell->next;
        cell_push(&cells->retired[which], cell);
    }
    cells_free(allocator, &cells->live[which], size_bytes);
}

void hmap_cells_collect(const struct hmap_allocator *allocator, struct hmap_cells *cells, int which,
                        size_t size_bytes)
{
    cells_free(allocator, &cells->retired[which], size_bytes);
}
