// SPDX-License-Identifier: MIT
// A type of a walk as documents want it.
#ifndef STRATA_QUERY_DESCRIBE_H
#define STRATA_QUERY_DESCRIBE_H

#include "query/described.h"
#include "query/select.h"
#include "query/walk.h"

// Which of several different definitions of one name and kind each selected type is.
struct definitions {
    unsigned *numbers, *counts; // by position: 1 of 1 when alone
};

MUST_USE struct error *definitions_number(const struct selection *selection, struct definitions *definitions);
void definitions_free(struct definitions *definitions);

// A described type, and what it points to.
struct description {
    struct described_type type;
    struct pack pack;
    struct sharing sharing;
    struct pack_trial trial;
};

// Fills the description from the item, with the parts of enum describe_part that are asked for. `definitions`
// NULL: each is 1 of 1; `rows` is used with DESCRIBE_ROWS only. What it needs of its own lives in the
// worker's scratch arena. It points into itself: it must not be copied. Fails only when memory is short.
// Thread-safe: the worker is the thread's own.
MUST_USE struct error *describe_type(struct walk_worker *worker, const struct walk_item *item,
                                     const struct definitions *definitions, unsigned parts,
                                     const struct rows_options *rows, struct description *description);

#endif
