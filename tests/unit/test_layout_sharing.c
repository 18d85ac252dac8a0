// SPDX-License-Identifier: MIT
// Who shares a cache line with whom. What parting costs is told by the compiler that compiles this.
#include "cmocka_all.h"
#include "layout/sharing.h"
#include "layout_bench.h"

#include <stdalign.h>
#include <string.h>

static struct type type_hot = {.kind = TYPE_ATOMIC,
                               .language = LANGUAGE_C,
                               .size_known = true,
                               .size_bytes = 8,
                               .size_bits = 64,
                               .address_bytes = 8,
                               .target = &type_long};

static struct sharing compute(void **state, const struct type *type, const struct sharing_options *options)
{
    struct layout_bench *bench = *state;
    const struct layout *layout = layout_bench_compute(bench, type);
    struct sharing sharing;
    assert_null(sharing_compute(bench->layouter, layout, options, &bench->arena, &sharing));
    return sharing;
}

static void test_two_atomics_in_a_line_contend(void **state)
{
    struct member members[] = {FIELD_AT("head", type_hot, 0), FIELD_AT("tail", type_hot, 8),
                               FIELD_AT("name", type_int, 16)};
    struct type type = RECORD("queue", 24, members);
    struct sharing sharing = compute(state, &type, NULL);
    struct parted {
        alignas(64) long head;
        alignas(64) long tail;
        alignas(64) int name;
    };
    assert_int_equal(sharing.hot_count, 2);
    assert_int_equal(sharing.contended_count, 1);
    assert_int_equal(sharing.lines_count, 1);
    assert_string_equal(sharing.lines[0].hot->name, "head");
    assert_string_equal(sharing.lines[0].other->name, "tail");
    assert_int_equal(sharing.lines[0].members_count, 3);
    assert_int_equal(sharing.parted_bytes, sizeof(struct parted));
}

static void test_atomics_on_lines_of_their_own_do_not(void **state)
{
    struct member members[] = {FIELD_AT("head", type_hot, 0), FIELD_AT("tail", type_hot, 64),
                               FIELD_AT("name", type_int, 128)};
    struct type type = RECORD("queue", 192, members);
    struct sharing sharing = compute(state, &type, NULL);
    assert_int_equal(sharing.hot_count, 2);
    assert_int_equal(sharing.lines_count, 0);
    assert_int_equal(sharing.parted_bytes, 192);
}

static void test_a_lock_and_its_data_share_but_do_not_contend(void **state)
{
    struct member members[] = {FIELD_AT("lock", type_hot, 0), FIELD_AT("data", type_long, 8)};
    struct type type = RECORD("guarded", 16, members);
    struct sharing sharing = compute(state, &type, NULL);
    assert_int_equal(sharing.lines_count, 1);
    assert_int_equal(sharing.contended_count, 0);
    assert_string_equal(sharing.lines[0].other->name, "data");
}

static void test_what_lies_in_a_member_counts(void **state)
{
    struct member inner_members[] = {FIELD_AT("text", type_long, 0), FIELD_AT("count", type_hot, 64)};
    struct type inner = RECORD("inner", 72, inner_members);
    struct member members[] = {FIELD_AT("in", inner, 0), FIELD_AT("flag", type_hot, 72),
                               FIELD_AT("far", type_hot, 128)};
    struct type type = RECORD("outer", 136, members);
    struct sharing sharing = compute(state, &type, NULL);
    assert_int_equal(sharing.hot_count, 3);
    assert_int_equal(sharing.contended_count, 1);
    assert_int_equal(sharing.lines[0].line, 1);
    assert_string_equal(sharing.lines[0].hot->name, "in");
    assert_string_equal(sharing.lines[0].other->name, "flag");
}

static void test_elements_of_an_array_share_with_each_other(void **state)
{
    struct array_dimension dimension = {.count_known = true, .count = 16};
    struct type array = {.kind = TYPE_ARRAY,
                         .size_known = true,
                         .size_bytes = 128,
                         .size_bits = 1024,
                         .target = &type_hot,
                         .dimensions = &dimension,
                         .dimensions_count = 1};
    struct member members[] = {FIELD_AT("slots", array, 0)};
    struct type type = RECORD("ring", 128, members);
    struct sharing sharing = compute(state, &type, NULL);
    assert_int_equal(sharing.contended_count, 2);
    assert_null(sharing.lines[0].other);
}

static void test_a_user_can_name_more(void **state)
{
    struct type own = SCALAR("int", 4);
    struct type named = {
        .kind = TYPE_TYPEDEF, .name = "my_lock_t", .size_known = true, .size_bytes = 4, .target = &own};
    struct member members[] = {FIELD_AT("a", named, 0), FIELD_AT("b", named, 4)};
    struct type type = RECORD("locks", 8, members);
    assert_int_equal(compute(state, &type, NULL).hot_count, 0);
    static const char *const names[] = {"my_*"};
    struct sharing_options options = {names, 1};
    assert_int_equal(compute(state, &type, &options).contended_count, 1);
}

static void test_names_are_known(void **state)
{
    (void)state;
    static const char *const hot[] = {"std::atomic<long>", "pthread_mutex_t", "sync.Mutex",
                                      "sync/atomic.Int64", "spinlock_t",      "core::sync::atomic::AtomicU32",
                                      "std::mutex"};
    static const char *const cold[] = {"std::atomics", "mutexes", "main.Mutex", "long", "my::std::mutex"};
    for (size_t i = 0; i < ARRAY_LENGTH(hot); i++)
        assert_true(sharing_is_hot(&(struct type){.kind = TYPE_STRUCT, .name = hot[i]}, NULL));
    for (size_t i = 0; i < ARRAY_LENGTH(cold); i++)
        assert_false(sharing_is_hot(&(struct type){.kind = TYPE_STRUCT, .name = cold[i]}, NULL));
}

// Forty thousand hot members, each as large as all memory.
static void test_hostile_types_end_soon(void **state)
{
    enum { COUNT = 40000 };
    struct member *members = calloc(COUNT, sizeof(*members));
    assert_non_null(members);
    for (size_t i = 0; i < COUNT; i++) {
        members[i] = (struct member)FIELD_AT("m", type_hot, i);
        members[i].size_bits = UINT64_MAX - i;
    }
    struct type type = {.kind = TYPE_STRUCT,
                        .name = "hostile",
                        .size_known = true,
                        .size_bytes = UINT64_MAX,
                        .members = members,
                        .members_count = COUNT};
    assert_true(compute(state, &type, NULL).hot_count <= COUNT);
    free(members);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, layout_bench_setup, layout_bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_two_atomics_in_a_line_contend),
        TEST(test_atomics_on_lines_of_their_own_do_not),
        TEST(test_a_lock_and_its_data_share_but_do_not_contend),
        TEST(test_what_lies_in_a_member_counts),
        TEST(test_elements_of_an_array_share_with_each_other),
        TEST(test_a_user_can_name_more),
        TEST(test_names_are_known),
        TEST(test_hostile_types_end_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
