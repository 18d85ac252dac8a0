// SPDX-License-Identifier: MIT
// Visits many types of one index by several threads: builds each graph, computes its layout, and hands both
// to a function. Types come in batches of whole units, so that a unit is opened once, and graphs are
// forgotten between batches once they have grown: memory does not grow with the file, unless its types all
// hang together.
//
//     entries   │u1 u1 u1│u2│u2 u3 …   batches
//     worker 1     ▓▓▓▓▓▓       ▓▓▓▓▓   each writes into an output of its own
//     worker 2            ▓▓▓▓
//     emit         1      2     3       in order, so the document does not depend on the threads
#ifndef STRATA_QUERY_WALK_H
#define STRATA_QUERY_WALK_H

#include "base/output.h"
#include "layout/layout.h"
#include "query/query.h"
#include "query/select.h"

struct walk_item {
    size_t position; // in the selection
    const struct type_index_entry *entry;
    const struct type *type;
    const struct layout *layout;
};

// What a visit may use: it belongs to the visit's thread.
struct walk_worker {
    size_t graph_first_bytes; // of the graph at hand, after its first batch; 0: none yet
    struct layouter *layouter;
    struct arena *scratch; // emptied after each batch, or sooner: for the visit at hand
    struct arena *kept;    // lives until walk_free
    struct output *output; // of the batch, kept whole until it is emitted
};

struct walk {
    const struct query *query;
    const struct selection *selection;
    // Called by any thread, for different items at once.
    struct error *(*visit)(void *context, struct walk_worker *worker, const struct walk_item *item);
    // Called for each batch, or parts of it, in order, never twice at once, by any thread, while others go on visiting until they
    // are a few batches ahead. It may write. NULL: nothing is emitted.
    void (*emit)(void *context, const struct output *output);
    void *context;
    const char *progress_label;
    const bool *passes_over; // by position: what need not be visited; NULL: nothing
    bool layouts_only; // as type_maker_layouts_only: visits spell no type but the item's own
    bool skips_names;  // as type_maker_skip_names: nor do they ask what parts are called

    struct arena *kept; // one a thread: what visits have put there; walk_free frees it
    size_t kept_count;
};

// Types that cannot be read are given to the query's notices and passed over. Fails on what visits return, and when
// memory is short.
MUST_USE struct error *walk_types(struct walk *walk);
void walk_free(struct walk *walk);

#endif
