// SPDX-License-Identifier: MIT
// Files of rules: what they mean, where they are wrong, and that nothing in them does harm.
#include "check/rules.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static struct rules *parse(const char *text)
{
    struct rules *rules = NULL;
    struct error *error = rules_parse(text, strlen(text), "budgets", &rules);
    if (error)
        fail_msg("%s", error->message);
    return rules;
}

static void test_types_in_a_row_share_their_rules(void **state)
{
    (void)state;
    struct rules *rules = parse("# first\n"
                                "type ns::Map<int, char>   # a comment\n"
                                "type list_*\n"
                                "\tmax_size 0x40\n"
                                "  offset( a.b ) == 8# no space\n"
                                "type {closure#0}\n"
                                "no_holes\r\n"
                                "hot my_lock_t");
    assert_int_equal(rules->blocks_count, 2);
    const struct rules_block *block = &rules->blocks[0];
    assert_int_equal(block->patterns_count, 2);
    assert_string_equal(block->patterns[0].text, "ns::Map<int, char>");
    assert_string_equal(block->patterns[1].text, "list_*");
    assert_int_equal(block->patterns[1].line, 3);
    assert_int_equal(block->patterns[1].column, 6);
    assert_int_equal(block->rules_count, 2);
    assert_int_equal(block->rules[0].kind, RULE_COMPARE);
    assert_int_equal(block->rules[0].metric, METRIC_SIZE);
    assert_int_equal(block->rules[0].operation, RULE_LESS_EQUAL);
    assert_int_equal(block->rules[0].number, 64);
    assert_string_equal(block->rules[1].fields[0], "a.b");
    assert_string_equal(block->rules[1].text, "offset( a.b ) == 8");
    assert_int_equal(block->rules[1].line, 5);
    assert_string_equal(rules->blocks[1].patterns[0].text, "{closure#0}");
    assert_string_equal(rules->blocks[1].rules[0].text, "no_holes");
    assert_int_equal(rules->hot_types_count, 1);
    assert_string_equal(rules->hot_types[0], "my_lock_t");
    rules_free(rules);
}

static void test_mistakes_are_told_with_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"", "budgets:1:1:"},
        {"# only a comment\n", "budgets:1:1:"},
        {"max_size 3", "budgets:1:1:"},
        {"type a", "budgets:1:6:"},
        {"type a\n  type b\n  max_size 3\ntype c\n", "budgets:4:6:"},
        {"type   \n", "budgets:1:8:"},
        {"type # a\n", "budgets:1:6:"},
        {"type a\n max_sise 3", "budgets:2:2:"},
        {"type a\n max_size x", "budgets:2:11:"},
        {"type a\n max_size 3x", "budgets:2:11:"},
        {"type a\n max_size 0x", "budgets:2:11:"},
        {"type a\n max_size 18446744073709551616", "budgets:2:11:"},
        {"type a\n max_size 3 4", "budgets:2:13:"},
        {"type a\n size 3", "budgets:2:7:"},
        {"type a\n size = 3", "budgets:2:7:"},
        {"type a\n offset == 3", "budgets:2:9:"},
        {"type a\n offset(a) 3", "budgets:2:12:"},
        {"type a\n offset() == 3", "budgets:2:9:"},
        {"type a\n offset(a == 3", "budgets:2:15:"},
        {"type a\n same_line(a)", "budgets:2:13:"},
        {"type a\n same_line(a, b, c)", "budgets:2:16:"},
        {"type a\n\n\n!", "budgets:4:1:"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct rules *rules = NULL;
        struct error *error = rules_parse(cases[i].text, strlen(cases[i].text), "budgets", &rules);
        if (!error)
            fail_msg("\"%s\" is no mistake", cases[i].text);
        if (strncmp(error->message, cases[i].place, strlen(cases[i].place)))
            fail_msg("\"%s\": %s, expected at %s", cases[i].text, error->message, cases[i].place);
        assert_int_equal(error->code, ERROR_USAGE);
        error_free(error);
    }
}

static void test_a_zero_byte_is_a_mistake(void **state)
{
    (void)state;
    struct rules *rules = NULL;
    struct error *error = rules_parse("type a\nno\0holes\n", 16, "budgets", &rules);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "budgets:2:3:"));
    error_free(error);
}

// Words of the language in any order: a mistake, or rules.
static void test_any_text_is_read_or_refused(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "type ", "a",  "\n", " ",        "max_size", " 1",   "offset",         "(",    ")",  ",",
        "==",    "<=", "#",  "no_holes", "\n",       "hot ", "same_line(a,b)", "\xff", "0x", "type b\n"};
    size_t read = 0;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        for (int i = rand() % 12; i >= 0; i--)
            strcat(text, pieces[(size_t)rand() % ARRAY_LENGTH(pieces)]);
        struct rules *rules = NULL;
        struct error *error = rules_parse(text, strlen(text), "b", &rules);
        assert_true((error != NULL) == (rules == NULL));
        read += rules != NULL;
        if (error)
            assert_int_equal(strncmp(error->message, "b:", 2), 0);
        error_free(error);
        rules_free(rules);
    }
    assert_true(read > 10);
}

static void test_blessed_breaks_may_only_get_better(void **state)
{
    (void)state;
    struct rules *rules = parse("type a\n size <= 16\n align >= 64\n offset(a) == 8\n size != 3\n");
    const struct rule *rule = rules->blocks[0].rules;
    assert_true(rule_is_no_worse(&rule[0], 24, 24));
    assert_true(rule_is_no_worse(&rule[0], 20, 24));
    assert_false(rule_is_no_worse(&rule[0], 25, 24));
    assert_true(rule_is_no_worse(&rule[1], 32, 16));
    assert_false(rule_is_no_worse(&rule[1], 8, 16));
    assert_true(rule_is_no_worse(&rule[2], 4, 12));
    assert_false(rule_is_no_worse(&rule[2], 13, 12));
    assert_true(rule_is_no_worse(&rule[3], 3, 3));
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_in_a_row_share_their_rules),
        cmocka_unit_test(test_mistakes_are_told_with_line_and_column),
        cmocka_unit_test(test_a_zero_byte_is_a_mistake),
        cmocka_unit_test(test_any_text_is_read_or_refused),
        cmocka_unit_test(test_blessed_breaks_may_only_get_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
