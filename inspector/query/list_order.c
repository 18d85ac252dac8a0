// SPDX-License-Identifier: MIT
#include "query/list_order.h"

#include "base/slices.h"

#include <stdlib.h>
#include <string.h>

// Types that are alike by the key go by name, then by place (addresses are those of one array).
static int summary_compare(const struct type_summary *a, const struct type_summary *b,
                           const struct list_order *order)
{
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

// What is sorted: most are told apart by a number, without a look at the types.
struct keyed_line {
    uint64_t key; // in the list's order: the number, or how the text begins
    const struct type_summary *summary;
};

// The first eight bytes compare as strcmp does.
static uint64_t text_key(const char *text)
{
    uint64_t key = 0;
    for (int i = 0; i < 8; i++) {
        key = key << 8 | (unsigned char)*text;
        text += *text != '\0';
    }
    return key;
}

static uint64_t key_of(const struct type_summary *summary, const struct list_order *order)
{
    const char *text = order->column->is_text ? column_text(order->column, summary) : NULL;
    const uint64_t key =
        order->column->is_text ? text_key(text ? text : "") : ~column_kept(order->column, summary);
    return order->reverse ? ~key : key;
}

static int line_compare(const void *left, const void *right, void *context)
{
    const struct keyed_line *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return summary_compare(a->summary, b->summary, context);
}

enum { PART_LEAST = 2048 };

// Parts are sorted side by side, then neighbours are merged until one is left.
struct sorting {
    const struct type_summary **summaries;
    struct keyed_line *lines, *left; // as many; `left` is room for merging
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
    for (size_t i = start; i < end; i++) {
        const struct type_summary *summary = sorting->summaries[i];
        sorting->lines[i] = (struct keyed_line){key_of(summary, sorting->order), summary};
    }
    qsort_r(sorting->lines + start, end - start, sizeof(*sorting->lines), line_compare,
            (void *)(uintptr_t)sorting->order);
}

// Merges [start, middle) and [middle, end).
static void merge(const struct sorting *sorting, size_t start, size_t middle, size_t end)
{
    struct keyed_line *lines = sorting->lines, *left = sorting->left;
    const size_t left_count = middle - start;
    memcpy(left, lines + start, left_count * sizeof(*left));
    for (size_t l = 0, r = middle, to = start; l < left_count; to++) {
        const bool takes_right =
            r < end && line_compare(&lines[r], &left[l], (void *)(uintptr_t)sorting->order) < 0;
        lines[to] = takes_right ? lines[r++] : left[l++];
    }
}

bool list_sort(const struct type_summary **summaries, size_t count, const struct list_order *order,
               unsigned threads)
{
    size_t parts_count = count / PART_LEAST < threads ? count / PART_LEAST : threads;
    parts_count = parts_count > THREADS_MOST ? THREADS_MOST : parts_count ? parts_count : 1;
    if (!count)
        return true;
    struct sorting sorting = {.summaries = summaries,
                              .lines = reallocarray(NULL, count, 2 * sizeof(struct keyed_line)),
                              .count = count,
                              .parts_count = parts_count,
                              .order = order};
    if (!sorting.lines)
        return false;
    sorting.left = sorting.lines + count;
    slices_run(parts_count, threads, part_sort, &sorting);
    for (size_t width = 1; width < parts_count; width *= 2)
        for (size_t part = 0; part + width < parts_count; part += 2 * width) {
            const size_t behind = part + 2 * width < parts_count ? part + 2 * width : parts_count;
            merge(&sorting, part_start(&sorting, part), part_start(&sorting, part + width),
                  part_start(&sorting, behind));
        }
    for (size_t i = 0; i < count; i++)
        summaries[i] = sorting.lines[i].summary;
    free(sorting.lines);
    return true;
}
