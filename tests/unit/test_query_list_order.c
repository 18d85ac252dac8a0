// SPDX-License-Identifier: MIT
// The order of long lists, which are sorted in parts side by side and then merged: every element once, and
// neighbours as the rule has them.
#include "cmocka_all.h"
#include "query/list_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 40000, NAME_BYTES = 16 };

struct types {
    struct type_summary *summaries;
    char (*names)[NAME_BYTES];
};

// Few sizes and few names, so that all three rules (number, name, place) are needed.
static struct types types_make(void)
{
    struct types types = {calloc(MOST, sizeof(*types.summaries)), calloc(MOST, NAME_BYTES)};
    uint32_t random = 12345;
    assert_non_null(types.summaries);
    assert_non_null(types.names);
    for (size_t i = 0; i < MOST; i++) {
        random = random * 1664525 + 1013904223;
        snprintf(types.names[i], NAME_BYTES, "type%u", random >> 16 & 1023);
        types.summaries[i] = (struct type_summary){.name = types.names[i], .size_bytes = random >> 28};
    }
    return types;
}

static void types_free(struct types *types)
{
    free(types->summaries);
    free(types->names);
}

// Whether b may stand behind a, said anew: numbers go down, names and places up; --reverse turns the key
// only.
static bool may_follow(const struct type_summary *a, const struct type_summary *b,
                       const struct list_order *order)
{
    if (order->column == &columns[COLUMN_SIZE] && a->size_bytes != b->size_bytes)
        return order->reverse ? a->size_bytes < b->size_bytes : a->size_bytes > b->size_bytes;
    int by_name = strcmp(a->name, b->name);
    if (by_name)
        return order->column == &columns[COLUMN_NAME] && order->reverse ? by_name > 0 : by_name < 0;
    return a < b;
}

static void test_long_lists(void **state)
{
    (void)state;
    struct types types = types_make();
    const struct type_summary **sorted = calloc(MOST, sizeof(*sorted));
    assert_non_null(sorted);
    static const size_t counts[] = {0, 1, 2, 4095, 4096, 4097, 6145, 3 * 2048, 5 * 2048 + 1, MOST};
    static const unsigned threads[] = {1, 2, 3, 7, 16, 64};
    static const struct list_order orders[] = {{&columns[COLUMN_SIZE], false},
                                               {&columns[COLUMN_SIZE], true},
                                               {&columns[COLUMN_NAME], false},
                                               {&columns[COLUMN_NAME], true}};
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++)
        for (size_t t = 0; t < sizeof(threads) / sizeof(*threads); t++)
            for (size_t o = 0; o < sizeof(orders) / sizeof(*orders); o++) {
                bool *seen = calloc(MOST, sizeof(*seen));
                assert_non_null(seen);
                for (size_t i = 0; i < counts[c]; i++)
                    sorted[i] = &types.summaries[i];
                assert_true(list_sort(sorted, counts[c], &orders[o], threads[t]));
                for (size_t i = 0; i < counts[c]; i++) {
                    assert_false(seen[sorted[i] - types.summaries]);
                    seen[sorted[i] - types.summaries] = true;
                    if (i && !may_follow(sorted[i - 1], sorted[i], &orders[o]))
                        fail_msg("%zu types, %u threads: %s of %zu bytes stands before %s of %zu bytes",
                                 counts[c], threads[t], sorted[i - 1]->name,
                                 (size_t)sorted[i - 1]->size_bytes, sorted[i]->name,
                                 (size_t)sorted[i]->size_bytes);
                }
                free(seen);
            }
    free(sorted);
    types_free(&types);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
