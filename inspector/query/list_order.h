// In which order types are listed.
#ifndef STRATA_QUERY_LIST_ORDER_H
#define STRATA_QUERY_LIST_ORDER_H

#include "report/list.h"

enum sort_key {
    SORT_NONE,
    SORT_NAME,
    SORT_SIZE,
    SORT_ALIGN,
    SORT_MEMBERS,
    SORT_HOLES,
    SORT_WASTE,
    SORT_DEEP_WASTE,
    SORT_COPIES,
    SORT_SAVINGS,
    SORT_CACHELINES,
};

struct list_order {
    enum sort_key key; // numbers from the largest down
    bool reverse;
};

// Sorts the pointers, which are into one array, on up to `threads` threads. False when memory is short.
MUST_USE bool list_sort(const struct type_summary **summaries, size_t count, const struct list_order *order,
                        unsigned threads);

#endif
