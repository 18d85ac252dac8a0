// SPDX-License-Identifier: MIT
// Where on the screen a click does something: filled in while drawing.
#ifndef STRATA_VIEW_HITS_H
#define STRATA_VIEW_HITS_H

#include <stddef.h>
#include <stdint.h>

enum hit_kind {
    HIT_NOTHING, // covers what was drawn there before
    HIT_KEY,     // as if the key `value` were pressed
    HIT_OWN,     // from here on each view's own
};

struct hit {
    int row, column, columns;
    unsigned kind;  // enum hit_kind, or the view's own
    uint64_t value; // of the first column
    uint64_t step;  // and how much more a column
    size_t depth;   // of the view that drew it; filled in by the stack of views
};

enum { HITS_MAX = 4096 }; // of one frame; what comes later is left out

struct hits {
    struct hit list[HITS_MAX];
    size_t length;
};

static inline void hits_add(struct hits *hits, struct hit hit)
{
    if (hits->length < HITS_MAX)
        hits->list[hits->length++] = hit;
}

// The latest hit that holds this cell, or NULL; its value at the cell in *value.
static inline const struct hit *hits_find(const struct hits *hits, int row, int column, uint64_t *value)
{
    for (size_t i = hits->length; i-- > 0;) {
        const struct hit *hit = &hits->list[i];
        if (row == hit->row && column >= hit->column && column < hit->column + hit->columns) {
            *value = hit->value + (uint64_t)(column - hit->column) * hit->step;
            return hit;
        }
    }
    return NULL;
}

#endif
