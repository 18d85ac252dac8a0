// SPDX-License-Identifier: MIT
// Regular expressions: POSIX's extended ones, limited in what they may cost.
#include "cmocka_all.h"
#include "query/pattern.h"

#include <stdlib.h>
#include <string.h>

static bool matches(const char *pattern, const char *text)
{
    struct pattern *made;
    assert_null(pattern_create(pattern, strlen(pattern), &made));
    const bool result = pattern_matches(made, text);
    assert_null(pattern_problem(made));
    pattern_free(made);
    return result;
}

static void test_posix_extended_expressions(void **state)
{
    (void)state;
    assert_true(matches("^list_(head|node)$", "list_head"));
    assert_false(matches("^list_(head|node)$", "hlist_head"));
    assert_true(matches("[[:digit:]]{2,3}x", "a12x"));
    assert_false(matches("[[:digit:]]{2,3}x", "a1x"));
    assert_true(matches("[]a]+b", "]]b"));
    assert_true(matches("[^][:space:]]$", "x"));
    assert_true(matches("a\\.b", "a.b"));
    assert_false(matches("a\\.b", "axb"));
    assert_true(matches("", "anything"));
}

static void refuse(const char *pattern)
{
    struct pattern *made;
    struct error *error = pattern_create(pattern, strlen(pattern), &made);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_USAGE);
    assert_null(made);
    assert_null(strchr(error->message, '\n'));
    error_free(error);
}

static void test_what_costs_too_much_is_refused(void **state)
{
    (void)state;
    refuse("(");
    refuse("[a");
    refuse(")");
    refuse("[[:alpha:"); // and reads beyond its end
    refuse("[[:alpha:\nb)*");
    refuse("[[.a.]]");
    refuse("*a");
    refuse("(?i)a");
    refuse("a{2,1}");
    refuse("a{,");
    refuse("a{256}");
    refuse("\\Qa\\E");
    refuse("\\\\)*\\"); // TRE alone fills the memory
    refuse("a\\");
    refuse("(a)\\1");
    refuse("a{255}{255}");
    refuse("((((a{20}){20}){20}){20}){20}");
    refuse("(a+)+{200}{200}");
    char *deep = malloc(16001);
    memset(deep, '(', 16000);
    deep[16000] = '\0';
    refuse(deep);
    memset(deep, 'a', 16000);
    refuse(deep);
    free(deep);
}

// What a backtracking engine needs the age of the world for.
static void test_a_long_text_is_compared_once(void **state)
{
    (void)state;
    enum { LENGTH = 60000 };
    char *text = malloc(LENGTH + 1);
    memset(text, 'x', LENGTH);
    text[LENGTH] = '\0';
    assert_false(matches("x.*y", text));
    assert_false(matches("(x+x+)+y", text));
    assert_false(matches("(x*)*(x*)*y", text));
    text[LENGTH - 1] = 'y';
    assert_true(matches("(x+x+)+y", text));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posix_extended_expressions),
        cmocka_unit_test(test_what_costs_too_much_is_refused),
        cmocka_unit_test(test_a_long_text_is_compared_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
