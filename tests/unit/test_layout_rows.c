// SPDX-License-Identifier: MIT
// Rows and byte runs: in the order of addresses, complete, bounded whatever the input.
#include "cmocka_all.h"
#include "layout/rows.h"
#include "layout_bench.h"

#include <string.h>

static const struct layout *build(void **state, const struct type *type, const struct rows_options *options,
                                  struct rows *rows)
{
    struct layout_bench *bench = *state;
    const struct layout *layout;
    assert_null(layout_compute(bench->layouter, type, &layout));
    assert_null(rows_build(bench->layouter, layout, options, &bench->arena, rows));
    return layout;
}

// The runs touch and cover [0, size).
static void assert_tiles(void **state, const struct layout *layout, const struct rows *rows)
{
    struct layout_bench *bench = *state;
    struct byte_runs runs;
    assert_null(byte_runs_build(layout, rows, &bench->arena, &runs));
    uint64_t at = 0;
    for (size_t i = 0; i < runs.count; i++) {
        assert_int_equal(runs.data[i].start_bytes, at);
        assert_true(runs.data[i].end_bytes > at);
        at = runs.data[i].end_bytes;
    }
    assert_int_equal(at, layout->size_bits / 8);
}

static void test_members_and_gaps_come_in_order(void **state)
{
    // As Rust has it: declared in another order than placed.
    struct member members[] = {FIELD_AT("late", type_int, 16), FIELD_AT("early", type_char, 0),
                               FIELD_AT("middle", type_long, 8)};
    struct type type = RECORD("mixed", 24, members);
    struct rows rows;
    const struct layout *layout = build(state, &type, NULL, &rows);
    static const char *const expected[] = {"early", NULL, "middle", "late", NULL};
    assert_int_equal(rows.count, ARRAY_LENGTH(expected));
    uint64_t at_bits = 0;
    for (size_t i = 0; i < rows.count; i++) {
        assert_int_equal(rows.data[i].offset_bits, at_bits);
        at_bits += rows.data[i].size_bits;
        assert_int_equal(rows.data[i].kind, expected[i] ? ROW_MEMBER : ROW_GAP);
        if (expected[i])
            assert_string_equal(rows.data[i].name, expected[i]);
    }
    assert_int_equal(at_bits, layout->size_bits);
    assert_tiles(state, layout, &rows);
}

static void test_opened_members_have_absolute_offsets(void **state)
{
    struct member inner_members[] = {FIELD_AT("x", type_char, 0), FIELD_AT("y", type_int, 4)};
    struct type inner = RECORD("inner", 8, inner_members);
    struct member middle_members[] = {FIELD_AT("pad", type_int, 0), FIELD_AT("in", inner, 4)};
    struct type middle = RECORD("middle", 12, middle_members);
    struct member members[] = {FIELD_AT("first", type_long, 0), FIELD_AT("m", middle, 8)};
    struct type type = RECORD("outer", 24, members);
    struct rows rows;
    build(state, &type, &(struct rows_options){.expand = true}, &rows);
    const struct row *y = NULL;
    for (size_t i = 0; i < rows.count; i++)
        if (rows.data[i].name && !strcmp(rows.data[i].name, "y"))
            y = &rows.data[i];
    assert_non_null(y);
    assert_int_equal(y->offset_bits, 8 * (8 + 4 + 4));
    assert_int_equal(y->depth, 2);
    build(state, &type, &(struct rows_options){.expand = true, .depth = 1}, &rows);
    for (size_t i = 0; i < rows.count; i++)
        assert_true(rows.data[i].depth <= 1);
}

static const struct row *row_named(const struct rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->data[i].name && !strcmp(rows->data[i].name, name))
            return &rows->data[i];
    return NULL;
}

// Parts cost no level: what has no name is written in place in the source, too.
static void test_parts_without_a_name_are_opened_always(void **state)
{
    struct member inner_members[] = {FIELD_AT("x", type_char, 0)};
    struct type inner = RECORD("inner", 1, inner_members);
    struct member part_members[] = {FIELD_AT("seen", type_int, 0), FIELD_AT("closed", inner, 4)};
    struct type part = RECORD(NULL, 8, part_members);
    struct member members[] = {FIELD_AT("first", type_int, 0), FIELD_AT(NULL, part, 4)};
    struct type type = RECORD("outer", 12, members);
    struct rows rows;
    build(state, &type, NULL, &rows);
    assert_null(row_named(&rows, "seen"));
    build(state, &type, &(struct rows_options){.expand_anonymous = true}, &rows);
    assert_int_equal(row_named(&rows, "seen")->offset_bits, 8 * 4);
    assert_true(row_named(&rows, "closed")->is_leaf);
    assert_null(row_named(&rows, "x"));
    build(state, &type, &(struct rows_options){.expand_anonymous = true, .expand = true, .depth = 1}, &rows);
    assert_int_equal(row_named(&rows, "x")->offset_bits, 8 * 8);
}

// The array keeps its bytes in the map: the first element stands for all of them.
static void test_of_an_array_the_first_element_is_opened(void **state)
{
    struct layout_bench *bench = *state;
    struct member inner_members[] = {FIELD_AT("x", type_char, 0), FIELD_AT("y", type_int, 4)};
    struct type inner = RECORD("inner", 8, inner_members);
    struct array_dimension three = {.count_known = true, .count = 3};
    struct type array = {.kind = TYPE_ARRAY,
                         .size_known = true,
                         .size_bytes = 24,
                         .size_bits = 192,
                         .target = &inner,
                         .dimensions = &three,
                         .dimensions_count = 1};
    struct member members[] = {FIELD_AT("first", type_int, 0), FIELD_AT("all", array, 4)};
    struct type type = RECORD("outer", 28, members);
    struct rows rows;
    build(state, &type, &(struct rows_options){.expand = true}, &rows);
    assert_null(row_named(&rows, "[0].y"));
    const struct layout *layout =
        build(state, &type, &(struct rows_options){.expand = true, .elements = true}, &rows);
    assert_int_equal(row_named(&rows, "[0].y")->offset_bits, 8 * (4 + 4));
    assert_true(row_named(&rows, "[0].y")->is_element);
    struct byte_runs runs;
    assert_null(byte_runs_build(layout, &rows, &bench->arena, &runs));
    assert_int_equal(runs.count, 2);
    assert_string_equal(rows.data[runs.data[1].row].name, "all");
    assert_tiles(state, layout, &rows);
}

static void test_go_pads_behind_a_last_field_without_size(void **state)
{
    struct type nothing = SCALAR("struct {}", 0);
    struct member members[] = {FIELD_AT("a", type_long, 0), FIELD_AT("z", nothing, 8)};
    struct type type = RECORD("main.T", 16, members);
    struct rows rows;
    build(state, &type, NULL, &rows);
    assert_int_equal(rows.data[2].kind, ROW_GAP);
    assert_null(rows.data[2].kept_inside);
    struct type go_type = RECORD("main.T", 16, members);
    go_type.language = LANGUAGE_GO;
    build(state, &go_type, NULL, &rows);
    assert_string_equal(rows.data[2].kept_inside, "z");
}

static void test_a_border_stands_where_a_line_begins(void **state)
{
    struct member members[9];
    for (size_t i = 0; i < 9; i++)
        members[i] = (struct member)FIELD_AT("m", type_long, 8 * i + (i == 8 ? 4 : 0));
    struct type type = RECORD("lines", 80, members);
    struct rows rows;
    build(state, &type, NULL, &rows);
    size_t borders = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.data[i].kind != ROW_LINE)
            continue;
        borders++;
        assert_int_equal(rows.data[i].line, 1);
        assert_int_equal(rows.data[i].offset_bits, 512);
    }
    assert_int_equal(borders, 1);
    assert_false(rows.data[7].straddles);
}

// A hundred levels of ten members each would be 10^100 rows.
static void test_opening_stops_at_a_limit_and_says_so(void **state)
{
    enum { LEVELS = 40, WIDTH = 10 };
    static struct type types[LEVELS];
    static struct member members[LEVELS][WIDTH];
    types[0] = type_int;
    for (size_t level = 1; level < LEVELS; level++) {
        for (size_t i = 0; i < WIDTH; i++)
            members[level][i] = (struct member)FIELD_AT("m", types[level - 1], 0);
        types[level] = (struct type)RECORD("level", 4, members[level]);
    }
    struct rows rows;
    const struct layout *layout =
        build(state, &types[LEVELS - 1], &(struct rows_options){.expand = true, .rows_limit = 1000}, &rows);
    assert_true(rows.is_cut);
    assert_true(rows.count < 1000 + 100 * LEVELS);
    size_t cuts = 0;
    for (size_t i = 0; i < rows.count; i++)
        cuts += rows.data[i].kind == ROW_CUT && rows.data[i].cut_count > 0;
    assert_true(cuts > 0);
    assert_tiles(state, layout, &rows);
}

static void test_places_that_are_not_told_are_not_drawn(void **state)
{
    struct member members[] = {FIELD_AT("known", type_int, 4),
                               {.name = "somewhere", .type = &type_int, .size_known = true, .size_bits = 32}};
    struct type type = RECORD("vague", 16, members);
    struct rows rows;
    const struct layout *layout = build(state, &type, NULL, &rows);
    assert_int_equal(layout->accounting_bits[LAYOUT_UNKNOWN], 96);
    assert_int_equal(layout->own_waste_bits, 0);
    assert_false(rows.data[rows.count - 1].offset_known);
    assert_tiles(state, layout, &rows);
}

static void test_bit_fields_share_a_byte(void **state)
{
    struct layout_bench *bench = *state;
    struct member members[] = {BITS_AT("a", type_int, 0, 3), BITS_AT("b", type_int, 3, 7),
                               BITS_AT("c", type_int, 16, 8)};
    struct type type = RECORD("bits", 4, members);
    struct rows rows;
    const struct layout *layout = build(state, &type, NULL, &rows);
    struct byte_runs runs;
    assert_null(byte_runs_build(layout, &rows, &bench->arena, &runs));
    assert_int_equal(runs.count, 4);
    assert_int_equal(runs.data[0].kind, RUN_MIXED);
    assert_int_equal(runs.data[1].kind, RUN_ROW);
    assert_string_equal(rows.data[runs.data[1].row].name, "b");
    assert_int_equal(runs.data[2].kind, RUN_ROW);
    assert_string_equal(rows.data[runs.data[2].row].name, "c");
    assert_int_equal(runs.data[3].kind, RUN_GAP);
}

static void test_hostile_sizes_are_a_few_runs(void **state)
{
    struct member members[] = {
        FIELD_AT("a", type_int, 0),
        {.name = "wide",
         .type = &type_int,
         .offset_known = true,
         .size_known = true,
         .offset_bits = 1000,
         .size_bits = UINT64_MAX},
        {.name = "far",
         .type = &type_int,
         .offset_known = true,
         .size_known = true,
         .offset_bits = UINT64_MAX - 1,
         .size_bits = 32},
    };
    struct type type = RECORD("huge", UINT64_MAX, members);
    struct rows rows;
    const struct layout *layout = build(state, &type, &(struct rows_options){.expand = true}, &rows);
    assert_tiles(state, layout, &rows);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, layout_bench_setup, layout_bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_members_and_gaps_come_in_order),
        TEST(test_opened_members_have_absolute_offsets),
        TEST(test_a_border_stands_where_a_line_begins),
        TEST(test_opening_stops_at_a_limit_and_says_so),
        TEST(test_places_that_are_not_told_are_not_drawn),
        TEST(test_bit_fields_share_a_byte),
        TEST(test_hostile_sizes_are_a_few_runs),
        TEST(test_parts_without_a_name_are_opened_always),
        TEST(test_go_pads_behind_a_last_field_without_size),
        TEST(test_of_an_array_the_first_element_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
