// SPDX-License-Identifier: MIT
#include "query/list_order.h"

#include "base/slices.h"

#include <stdlib.h>
#include <string.h>

// Types that are alike by the key go by name, then by place (addresses are those of one array).
static int summary_compare(const void *left, const void *right, void *context)
{
    const struct type_summary *a = *(const struct type_summary *const *)left;
    const struct type_summary *b = *(const struct type_summary *const *)right;
    const struct list_order *order = context;
    const struct column *column = order->column;
    const int sign = order->reverse ? -1 : 1;
    if (column->is_text) {
        const char *a_text = column_text(column, a), *b_text = column_text(column, b);
        int by_text = strcmp(a_text ? a_text : "", b_text ? b_text : "");
        if (by_text)
            return sign * by_text;
    } else {
        const uint64_t a_number = column_kept(column, a), b_number = column_kept(column, b);
        if (a_number != b_number)
            return a_number > b_number ? -sign : sign;
    }
    int by_name = column == &columns[COLUMN_NAME] ? 0 : strcmp(a->name, b->name);
    if (by_name)
        return by_name;
    return (a > b) - (a < b);
}

enum { PART_LEAST = 2048 };

// Parts are sorted side by side, then neighbours are merged until one is left.
struct sorting {
    const struct type_summary **summaries;
    size_t count, parts_count;
    const struct list_order *order;
};

static size_t part_start(const struct sorting *sorting, size_t part)
{
    return sorting->count * part / sorting->parts_count;
}

static void part_sort(void *context, size_t part)
{
    const struct sorting *sorting = context;
    const size_t start = part_start(sorting, part), end = part_start(sorting, part + 1);
    qsort_r(sorting->summaries + start, end - start, sizeof(*sorting->summaries), summary_compare,
            (void *)(uintptr_t)sorting->order);
}

// Merges [start, middle) and [middle, end); `left` is room for the first of them.
static void merge(const struct sorting *sorting, const struct type_summary **left, size_t start,
                  size_t middle, size_t end)
{
    const struct type_summary **summaries = sorting->summaries;
    const size_t left_count = middle - start;
    memcpy(left, summaries + start, left_count * sizeof(*left));
    for (size_t l = 0, r = middle, to = start; l < left_count; to++) {
        const bool takes_right =
            r < end && summary_compare(&summaries[r], &left[l], (void *)(uintptr_t)sorting->order) < 0;
        summaries[to] = takes_right ? summaries[r++] : left[l++];
    }
}

bool list_sort(const struct type_summary **summaries, size_t count, const struct list_order *order,
               unsigned threads)
{
    size_t parts_count = count / PART_LEAST < threads ? count / PART_LEAST : threads;
    parts_count = parts_count > THREADS_MOST ? THREADS_MOST : parts_count ? parts_count : 1;
    struct sorting sorting = {summaries, count, parts_count, order};
    if (!count)
        return true;
    const struct type_summary **left = reallocarray(NULL, count, sizeof(*left));
    if (!left)
        return false;
    slices_run(parts_count, threads, part_sort, &sorting);
    for (size_t width = 1; width < parts_count; width *= 2)
        for (size_t part = 0; part + width < parts_count; part += 2 * width) {
            const size_t behind = part + 2 * width < parts_count ? part + 2 * width : parts_count;
            merge(&sorting, left, part_start(&sorting, part), part_start(&sorting, part + width),
                  part_start(&sorting, behind));
        }
    free(left);
    return true;
}
