// SPDX-License-Identifier: MIT
// Filters and names of types as a user writes them.
#include "cmocka_all.h"
#include "query/match.h"
#include "query/where.h"
#include "type/qualified_name.h"

#include <stdio.h>
#include <string.h>

static const struct type_summary summary = {.name = "ns::Map<int, char>",
                                            .kind = "struct",
                                            .language = "c++",
                                            .declared_file = "map.h",
                                            .declared_line = 12,
                                            .size_known = true,
                                            .size_bytes = 4096,
                                            .align_bytes = 8,
                                            .members = 5,
                                            .holes = 2,
                                            .own_waste_bits = 12,
                                            .deep_waste_bits = 80,
                                            .savings_bytes = 16,
                                            .hot_members = 2,
                                            .contended_lines = 1,
                                            .cache_lines = 64,
                                            .copies = 3};

static void test_comparisons(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool matches;
    } cases[] = {
        {"size == 4096", true},
        {"size==4k", true},
        {"size >= 0x1000 && size <= 4096", true},
        {"size > 4096", false},
        {"size < 1M", true},
        {"size != 4096", false},
        {"align = 8", true},
        {"members == 5", true},
        {"holes > 2 || cachelines == 64", true},
        {"waste == 2", true}, // 12 bits, rounded up
        {"deep_waste == 10", true},
        {"deep == 10 && lines == 64", true},
        {"saves == 1", false},
        {"savings == 16", true},
        {"hot == 2 && contended == 1", true},
        {"straddlers == 0 && copies == 3 && line == 12", true},
        {"!(holes > 1)", false},
        {"!holes > 2", true},
        {"holes > 2 || holes > 1 && size == 1", false}, // && binds tighter
        {"(holes > 2 || holes > 1) && size == 4096", true},
        {"kind == struct && language == c++", true},
        {"kind != 'struct'", false},
        {"name ~ '^ns::'", true},
        {"name ~ \"Map<int, char>$\"", true},
        {"name !~ '^std::'", true},
        {"file == 'map.h'", true},
        {"name == \"say \\\"hi\\\"\"", false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct where *where = NULL;
        struct error *error = where_parse(cases[i].text, &where);
        if (error)
            fail_msg("%s: %s", cases[i].text, error->message);
        if (where_matches(where, &summary) != cases[i].matches)
            fail_msg("%s", cases[i].text);
        where_free(where);
    }
    assert_true(where_matches(NULL, &summary));
}

static void test_what_is_not_known_matches_no_comparison(void **state)
{
    (void)state;
    const struct type_summary unknown = {.name = "x", .kind = "struct"};
    static const char *const texts[] = {"size >= 0", "size != 1", "align < 100", "line == 0"};
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct where *where = NULL;
        assert_null(where_parse(texts[i], &where));
        assert_false(where_matches(where, &unknown));
        where_free(where);
    }
}

// Each column is its own: of a summary in which every number and text differs, an expression on one column
// sees that one alone, whatever its place in the table.
static void test_every_column_can_be_compared(void **state)
{
    (void)state;
    static char texts[COLUMNS][8];
    struct type_summary all = {.size_known = true};
    for (size_t i = 0; i < COLUMNS; i++) {
        char *field = (char *)&all + columns[i].field_offset_bytes;
        snprintf(texts[i], sizeof(texts[i]), "t%zu", i);
        if (columns[i].is_text)
            *(const char **)(void *)field = texts[i];
        else
            *(uint64_t *)(void *)field = columns[i].unit == COLUMN_BITS ? 8 * (100 + i) : 100 + i;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        char text[64];
        struct where *where = NULL;
        assert_non_null(columns[i].name);
        assert_non_null(columns[i].key);
        assert_non_null(columns[i].meaning);
        assert_ptr_equal(column_named(columns[i].name, strlen(columns[i].name)), &columns[i]);
        snprintf(text, sizeof(text), columns[i].is_text ? "%s == t%zu" : "%s == 1%02zu", columns[i].name, i);
        assert_null(where_parse(text, &where));
        assert_true(where_matches(where, &all));
        assert_int_equal(where_needs(where), columns[i].needs);
        where_free(where);
    }
}

static void test_errors_tell_the_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *column;
    } cases[] = {
        {"", "column 1:"},
        {"size", "column 5:"},
        {"size >", "column 7:"},
        {"size > x", "column 8:"},
        {"size > 12z", "column 8:"},
        {"size > 99999999999999999999", "column 8:"},
        {"size > 18446744073709551615k", "column 8:"},
        {"colour == red", "column 1:"},
        {"size > 1 &&", "column 12:"},
        {"size > 1 size < 3", "column 10:"},
        {"(size > 1", "column 1:"},
        {"size > 1)", "column 9:"},
        {"size ~ 'x'", "column 6:"},
        {"name < 'x'", "column 6:"},
        {"name ~ '('", "column 8:"},
        {"name == 'x", "column 9:"},
        {"name == ", "column 9:"},
        {"|| size", "column 1:"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct where *where = NULL;
        struct error *error = where_parse(cases[i].text, &where);
        if (!error)
            fail_msg("%s: no error", cases[i].text);
        if (!strstr(error->message, cases[i].column))
            fail_msg("%s: %s", cases[i].text, error->message);
        error_free(error);
    }
}

static void test_nesting_has_an_end(void **state)
{
    (void)state;
    static char deep[100000];
    memset(deep, '(', sizeof(deep) - 1);
    struct where *where = NULL;
    struct error *error = where_parse(deep, &where);
    assert_non_null(error);
    error_free(error);
    memset(deep, '!', sizeof(deep) - 1);
    error = where_parse(deep, &where);
    assert_non_null(error);
    error_free(error);
}

static bool fits(const char *pattern, const char *name)
{
    struct match match;
    assert_null(match_create(pattern, &match));
    bool result = match_pattern(&match, name);
    match_free(&match);
    return result;
}

static void test_patterns(void **state)
{
    (void)state;
    assert_true(fits("main.Demo", "main.Demo"));
    assert_true(fits("struct main.Demo", "main.Demo"));
    assert_true(fits("ns::Map<int, char>", "ns::Map<int, char>"));
    assert_true(fits("Box<int *>", "Box<int *>"));
    assert_true(fits("[]uint8", "[]uint8"));
    assert_true(fits("list_*", "list_head"));
    assert_false(fits("list_*", "hlist_head"));
    assert_true(fits("/head$/", "list_head"));
    assert_true(fits("/^(a|b), c/", "b, c"));
    assert_false(fits("demo", "Demo"));
    assert_false(fits("/", "x"));
    assert_true(fits("/", "/"));
    struct match match;
    struct error *error = match_create("/[/", &match);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
}

static size_t distance(const char *asked, const char *name)
{
    struct match match;
    assert_null(match_create(asked, &match));
    size_t result = match_distance(&match, name);
    match_free(&match);
    return result;
}

static bool is_exact(const char *text, const char *name)
{
    struct match match;
    assert_null(match_create(text, &match));
    bool result = match_exact(&match, name);
    match_free(&match);
    return result;
}

static void test_spaces_count_between_words_only(void **state)
{
    (void)state;
    assert_true(is_exact("Map<int,char>", "Map<int, char>"));
    assert_true(is_exact("A<B<int>>", "A<B<int> >"));
    assert_true(is_exact("A<B<int> >", "A<B<int>>"));
    assert_true(is_exact(" struct  Demo ", "Demo"));
    assert_true(is_exact("interface{}", "interface {}"));
    assert_true(is_exact("A<unsigned  int>", "A<unsigned int>"));
    assert_false(is_exact("A<unsignedint>", "A<unsigned int>"));
    assert_false(is_exact("A<unsigned int>", "A<unsignedint>"));
    assert_false(is_exact("Map<int,char>", "Map<int, char>::Node"));
    assert_false(is_exact("", "Demo"));
    assert_false(is_exact("Demo", ""));
}

static void test_near_names(void **state)
{
    (void)state;
    assert_true(distance("std::vector<int>", "std::vector<int, std::allocator<int> >") < SIZE_MAX);
    assert_true(distance("vector", "std::vector<int, std::allocator<int> >") < SIZE_MAX);
    assert_true(distance("std::vector<int>", "std::vector<int, std::allocator<int> >::pointer") == SIZE_MAX);
    assert_true(distance("std::vector<int>", "std::vector<char, std::allocator<char> >") == SIZE_MAX);
    assert_true(distance("std::vector", "std::vector<char>") > distance("std::vector", "std::Vector"));
    assert_true(distance("Demo", "main.Demo") < distance("Demo", "demo"));
    assert_true(distance("Demo", "ns::Demo") < SIZE_MAX);
    assert_true(distance("task_strcut", "task_struct") < SIZE_MAX);
    assert_true(distance("demo", "Demo") < distance("demo", "dome"));
    assert_true(distance("demo", "something_else") == SIZE_MAX);
    static char long_name[10000];
    memset(long_name, 'x', sizeof(long_name) - 1);
    assert_true(distance("demo", long_name) == SIZE_MAX);
    assert_string_equal(name_last_part("a::B<c::D>::E", NAME_ANY), "E");
    assert_string_equal(name_last_part("a/b.C[d/e.F]", NAME_ANY), "C[d/e.F]");
    assert_string_equal(name_last_part("plain", NAME_ANY), "plain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_what_is_not_known_matches_no_comparison),
        cmocka_unit_test(test_every_column_can_be_compared),
        cmocka_unit_test(test_errors_tell_the_column),
        cmocka_unit_test(test_nesting_has_an_end),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_near_names),
        cmocka_unit_test(test_spaces_count_between_words_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
