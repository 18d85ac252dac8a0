// SPDX-License-Identifier: MIT
// The filter of strata browse as it is typed: what fits, how well, and that what is not whole yet changes nothing.
#include "cmocka_all.h"

#include "base/attributes.h"
#include "browse/browse_filter.h"

#include <string.h>

static enum filter_fit fit(const char *text, const char *name)
{
    struct filter filter = {.kind = FILTER_NONE};
    assert_null(filter_set(&filter, text));
    const enum filter_fit result = filter_fit(&filter, name, NULL, NULL);
    filter_free(&filter);
    return result;
}

static void test_names_by_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        enum filter_fit fit;
    } cases[] = {
        {"", "anything", FIT_WITHIN},
        {"list_head", "list_head", FIT_EXACT},
        {"LIST", "list_head", FIT_NOT}, // a capital minds the case
        {"List", "ListHead", FIT_PREFIX},
        {"list", "ListHead", FIT_PREFIX},
        {"list", "hlist_node", FIT_WITHIN},
        {"demo", "zoo::Demo", FIT_EXACT}, // the last part is the name that people have in mind
        {"de", "zoo::Demo", FIT_PREFIX},
        {"pair<int", "zoo::Pair<int>", FIT_PREFIX},
        {"head list", "list_head", FIT_WITHIN},
        {"list zzz", "list_head", FIT_NOT},
        {"  list   ", "list_head", FIT_PREFIX},
        {"operator<", "operator<", FIT_EXACT},
        {"aab", "aaab", FIT_WITHIN},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        if (fit(cases[i].text, cases[i].name) != cases[i].fit)
            fail_msg("\"%s\" of %s: %d", cases[i].text, cases[i].name,
                     (int)fit(cases[i].text, cases[i].name));
}

static void test_expressions_and_members(void **state)
{
    (void)state;
    static const char members[] = "next\0prev\0data\0";
    struct filter filter = {.kind = FILTER_NONE};
    assert_int_equal(fit("/^li.*d$", "list_head"), FIT_WITHIN);
    assert_int_equal(fit("/^li.*d$/", "list_head"), FIT_WITHIN);
    assert_int_equal(fit("/^head/", "list_head"), FIT_NOT);
    assert_int_equal(fit("/", "list_head"), FIT_WITHIN);
    assert_null(filter_set(&filter, ".ne"));
    assert_int_equal(filter_fit(&filter, "x", NULL, members), FIT_PREFIX);
    assert_int_equal(filter_fit(&filter, "x", NULL, NULL), FIT_NOT); // not known yet
    assert_null(filter_set(&filter, ".data"));
    assert_int_equal(filter_fit(&filter, "x", NULL, members), FIT_EXACT);
    assert_null(filter_set(&filter, ".nothing"));
    assert_int_equal(filter_fit(&filter, "x", NULL, members), FIT_NOT);
    filter_free(&filter);
}

static void test_what_is_not_whole_changes_nothing(void **state)
{
    (void)state;
    const struct type_summary large = {.name = "x", .size_known = true, .size_bytes = 100},
                              small = {.name = "x", .size_known = true, .size_bytes = 10};
    struct filter filter = {.kind = FILTER_NONE};
    assert_null(filter_set(&filter, "size > 6"));
    assert_string_equal(filter.problem, "");
    assert_int_equal(filter_fit(&filter, "x", &large, NULL), FIT_WITHIN);
    assert_int_equal(filter_fit(&filter, "x", &small, NULL), FIT_WITHIN);
    assert_null(filter_set(&filter, "size > 64"));
    assert_int_equal(filter_fit(&filter, "x", &small, NULL), FIT_NOT);
    assert_int_equal(filter_fit(&filter, "x", NULL, NULL), FIT_NOT);
    for (size_t i = 0; i < 3; i++) {
        static const char *const halves[] = {"size > 64 &&", "size > 64 && (", "size > 64 && ho"};
        assert_null(filter_set(&filter, halves[i]));
        assert_true(*filter.problem);
        assert_int_equal(filter_fit(&filter, "x", &large, NULL), FIT_WITHIN);
        assert_int_equal(filter_fit(&filter, "x", &small, NULL), FIT_NOT);
    }
    assert_null(filter_set(&filter, "/a("));
    assert_true(*filter.problem);
    assert_int_equal(filter_fit(&filter, "x", &small, NULL), FIT_NOT); // as before
    assert_null(filter_set(&filter, ""));
    assert_string_equal(filter.problem, "");
    assert_int_equal(filter_fit(&filter, "x", &small, NULL), FIT_WITHIN);
    filter_free(&filter);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    char text[2 * FILTER_BYTES];
    struct filter filter = {.kind = FILTER_NONE};
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_null(filter_set(&filter, text));
    assert_int_equal(filter_fit(&filter, "a", NULL, NULL), FIT_NOT);
    for (size_t i = 1; i < sizeof(text) - 1; i += 2)
        text[i] = ' ';
    assert_null(filter_set(&filter, text)); // more words than are kept
    assert_int_equal(filter_fit(&filter, "a", NULL, NULL), FIT_PREFIX);
    filter_free(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_by_words), cmocka_unit_test(test_expressions_and_members),
        cmocka_unit_test(test_what_is_not_whole_changes_nothing), cmocka_unit_test(test_long_texts_are_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
