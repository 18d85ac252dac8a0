// SPDX-License-Identifier: MIT
// In which order types are listed.
#ifndef STRATA_QUERY_LIST_ORDER_H
#define STRATA_QUERY_LIST_ORDER_H

#include "base/attributes.h"
#include "query/columns.h"

struct list_order {
    const struct column *column; // numbers from the largest down, texts from A
    bool reverse;
};

// Sorts the pointers, which are into one array, on up to `threads` threads. False when memory is short.
MUST_USE bool list_sort(const struct type_summary **summaries, size_t count, const struct list_order *order,
                        unsigned threads);

#endif
