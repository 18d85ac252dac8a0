// SPDX-License-Identifier: MIT
// What a comparison of two layouts says, and why.
#include "cmocka_all.h"
#include "layout/diff.h"
#include "layout/diff_text.h"
#include "layout_bench.h"

#include <string.h>

static struct diff compare(void **state, const struct type *old_type, const struct type *new_type)
{
    struct layout_bench *bench = *state;
    const struct type *types[2] = {old_type, new_type};
    struct diff_side sides[2] = {{0}};
    struct rows *rows = arena_alloc_array(&bench->arena, 2, sizeof(*rows));
    assert_non_null(rows);
    layouter_forget(bench->layouter); // tests reuse the memory of types
    for (size_t i = 0; i < 2; i++) {
        assert_null(layout_compute(bench->layouter, types[i], &sides[i].layout));
        assert_null(rows_build(bench->layouter, sides[i].layout, NULL, &bench->arena, &rows[i]));
        sides[i].rows = &rows[i];
    }
    struct diff diff;
    assert_null(diff_compute(&sides[0], &sides[1], &bench->arena, &diff));
    return diff;
}

static void test_nothing_differs_from_itself(void **state)
{
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 4)};
    struct type type = RECORD("one", 8, members);
    struct diff diff = compare(state, &type, &type);
    assert_false(diff.differs);
    assert_string_equal(diff.sentence, "");
}

static void test_what_grew_pushes_what_is_behind(void **state)
{
    struct member olds[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 4),
                            FIELD_AT("c", type_int, 8)};
    struct member news[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 8),
                            FIELD_AT("c", type_int, 16)};
    struct type old_type = RECORD("one", 12, olds), new_type = RECORD("one", 24, news);
    struct diff diff = compare(state, &old_type, &new_type);
    assert_true(diff.differs);
    assert_string_equal(diff.sentence, "`b` grew by 4 bytes, pushing `c` by 8 bytes");
    diff = compare(state, &new_type, &old_type);
    assert_string_equal(diff.sentence, "`b` shrank by 4 bytes, pulling `c` by 8 bytes");
}

// Whoever passes the fewest others by is said to have moved.
static void test_one_that_changed_places_is_not_pushed(void **state)
{
    struct member olds[] = {FIELD_AT("a", type_int, 0), FIELD_AT("b", type_int, 4),
                            FIELD_AT("c", type_int, 8), FIELD_AT("d", type_int, 12)};
    struct member news[] = {FIELD_AT("d", type_int, 0), FIELD_AT("a", type_int, 4),
                            FIELD_AT("b", type_int, 8), FIELD_AT("c", type_int, 12)};
    struct type old_type = RECORD("one", 16, olds), new_type = RECORD("one", 16, news);
    struct diff diff = compare(state, &old_type, &new_type);
    for (size_t i = 0; i < diff.count; i++)
        assert_int_equal(diff.members[i].is_reordered, !strcmp(diff.members[i].name, "d"));
    assert_string_equal(diff.sentence, "`d` changed places, pushing `a` and 2 more by 4 bytes");
}

static void test_a_new_name_at_the_same_place_is_a_rename(void **state)
{
    struct member olds[] = {FIELD_AT("a", type_int, 0), FIELD_AT("b", type_int, 4)};
    struct member news[] = {FIELD_AT("a", type_int, 0), FIELD_AT("z", type_int, 4)};
    struct type old_type = RECORD("one", 8, olds), new_type = RECORD("one", 8, news);
    struct diff diff = compare(state, &old_type, &new_type);
    assert_int_equal(diff.count, 2);
    assert_int_equal(diff.members[1].kind, DIFF_RENAMED);
    assert_string_equal(diff.sentence, "`b` is now called `z`");
}

static void test_padding_takes_in_what_fits(void **state)
{
    struct member olds[] = {FIELD_AT("a", type_long, 0), FIELD_AT("b", type_int, 8)};
    struct member news[] = {FIELD_AT("a", type_long, 0), FIELD_AT("b", type_int, 8),
                            FIELD_AT("c", type_char, 12)};
    struct type old_type = RECORD("one", 16, olds), new_type = RECORD("one", 16, news);
    assert_string_equal(compare(state, &old_type, &new_type).sentence,
                        "`c` (1 byte) was added, in what was padding");
}

static void test_a_crossing_is_told(void **state)
{
    struct type head = SCALAR("head", 56);
    struct type wide = SCALAR("wide", 60);
    struct member olds[] = {FIELD_AT("head", head, 0), FIELD_AT("tail", type_long, 56)};
    struct member news[] = {FIELD_AT("head", wide, 0), FIELD_AT("tail", type_long, 60)};
    struct type old_type = RECORD("one", 64, olds), new_type = RECORD("one", 68, news);
    const struct diff diff = compare(state, &old_type, &new_type);
    assert_non_null(strstr(diff.sentence, "; `tail` now crosses into cache line 1"));
}

// Hundred members of one name, or of none, go by their order.
static void test_members_of_one_name_go_by_their_order(void **state)
{
    enum { COUNT = 100 };
    struct member olds[COUNT], news[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        olds[i] = (struct member)FIELD_AT("same", type_int, 4 * i);
        news[i] = (struct member)FIELD_AT("same", type_int, 4 * i);
        olds[i].name = news[i].name = i % 3 ? "same" : NULL;
    }
    struct type old_type = RECORD("one", 4 * COUNT, olds), new_type = RECORD("one", 4 * COUNT, news);
    assert_false(compare(state, &old_type, &new_type).differs);
    new_type.members_count--;
    struct diff diff = compare(state, &old_type, &new_type);
    assert_true(diff.differs);
    assert_int_equal(diff.count, COUNT);
    assert_int_equal(diff.members[COUNT - 1].kind, DIFF_REMOVED);
}

// Each line is one type to a C compiler: _Generic would pick the same branch.
static void test_spellings_of_one_type_are_one(void **state)
{
    struct layout_bench *bench = *state;
    static const char *const spellings[][2] = {
        {"long unsigned int", "unsigned long"},
        {"long int", "long"},
        {"long long unsigned int *", "unsigned long long *"},
        {"short unsigned int[4]", "unsigned short[4]"},
        {"short int", "short"},
        {"unsigned int", "unsigned"},
        {"const long unsigned int *const", "const unsigned long *const"},
        {"void (*)(long int, short unsigned int)", "void (*)(long, unsigned short)"},
        {"Map<long unsigned int, unsigned char>", "Map<unsigned long, unsigned char>"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(spellings); i++)
        assert_string_equal(diff_type_text(spellings[i][0], &bench->arena),
                            diff_type_text(spellings[i][1], &bench->arena));
    static const char *const different[][2] = {
        {"unsigned long", "long"}, {"long long", "long"},
        {"signed char", "char"},   {"unsigned short", "unsigned char"},
        {"longer", "long"},        {"struct unsigned_long", "unsigned long"},
        {"long double", "long"},   {"unsigned int", "unsigned long"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(different); i++)
        assert_string_not_equal(diff_type_text(different[i][0], &bench->arena),
                                diff_type_text(different[i][1], &bench->arena));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, layout_bench_setup, layout_bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_differs_from_itself),
        TEST(test_what_grew_pushes_what_is_behind),
        TEST(test_one_that_changed_places_is_not_pushed),
        TEST(test_a_new_name_at_the_same_place_is_a_rename),
        TEST(test_padding_takes_in_what_fits),
        TEST(test_a_crossing_is_told),
        TEST(test_members_of_one_name_go_by_their_order),
        TEST(test_spellings_of_one_type_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
