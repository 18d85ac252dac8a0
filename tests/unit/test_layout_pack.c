// SPDX-License-Identifier: MIT
// Orders of members: none is smaller, whatever has to stay; sizes of heap blocks; hostile types.
#include "cmocka_all.h"
#include "layout/pack.h"
#include "layout/size_class.h"
#include "layout_bench.h"

#include <elf.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static struct pack compute(void **state, const struct type *type, const struct pack_options *options)
{
    struct layout_bench *bench = *state;
    const struct layout *layout = layout_bench_compute(bench, type);
    struct pack pack;
    assert_null(pack_compute(bench->layouter, layout, options, &bench->arena, &pack));
    return pack;
}

// --- Against all orders ---

enum { MEMBERS_MOST = 6 };

struct plain {
    uint64_t size_bytes, align_bytes;
};

static uint64_t placed_bytes(const struct plain *members, const size_t *order, size_t count)
{
    uint64_t at = 0, align = 1;
    for (size_t i = 0; i < count; i++) {
        const struct plain *member = &members[order[i]];
        while (at % member->align_bytes)
            at++;
        at += member->size_bytes;
        align = member->align_bytes > align ? member->align_bytes : align;
    }
    while (at % align)
        at++;
    return at;
}

static uint64_t least_bytes(const struct plain *members, size_t *order, size_t from, size_t count)
{
    if (from >= count)
        return placed_bytes(members, order, count);
    uint64_t least = UINT64_MAX;
    for (size_t i = from; i < count; i++) {
        size_t kept = order[from];
        order[from] = order[i];
        order[i] = kept;
        uint64_t size = least_bytes(members, order, from + 1, count);
        least = size < least ? size : least;
        order[i] = order[from];
        order[from] = kept;
    }
    return least;
}

// Members that are kept in front leave odd places to start from, where sorting by alignment is not enough.
static void test_no_order_is_smaller(void **state)
{
    static const uint64_t aligns[] = {1, 1, 2, 4, 8, 16};
    size_t searched = 0, saved = 0;
    srand(3);
    for (int round = 0; round < 600; round++) {
        size_t count = 1 + (size_t)rand() % MEMBERS_MOST, keep = (size_t)rand() % (count + 1),
               order[MEMBERS_MOST];
        struct plain plain[MEMBERS_MOST];
        struct type types[MEMBERS_MOST];
        struct member members[MEMBERS_MOST];
        uint64_t at = 0, align = 1;
        for (size_t i = 0; i < count; i++) {
            uint64_t own = aligns[(size_t)rand() % ARRAY_LENGTH(aligns)];
            // An odd multiple of the alignment is an array; a declared alignment also gives what is no
            // multiple.
            plain[i] = (struct plain){own * (1 + (uint64_t)rand() % 3), own};
            bool is_raised = rand() % 6 == 0;
            types[i] = (struct type)SCALAR("element", plain[i].align_bytes);
            types[i].size_bytes = plain[i].size_bytes;
            types[i].size_bits = 8 * plain[i].size_bytes;
            types[i].declared_align_bytes = plain[i].align_bytes;
            if (is_raised)
                plain[i].align_bytes *= 2;
            while (at % plain[i].align_bytes)
                at++;
            members[i] = (struct member)FIELD_AT("m", types[i], at);
            members[i].declared_align_bytes = plain[i].align_bytes;
            at += plain[i].size_bytes;
            align = plain[i].align_bytes > align ? plain[i].align_bytes : align;
            order[i] = i;
        }
        while (at % align)
            at++;
        struct type type = RECORD("random", at, members);
        type.members_count = count;
        struct pack pack = compute(state, &type, &(struct pack_options){.keep_first = keep});
        if (pack.refusal)
            fail_msg("%s", pack.refusal);
        assert_int_equal(pack.size_bytes, least_bytes(plain, order, keep, count));
        assert_int_not_equal(pack.proof, PACK_UNPROVEN);
        assert_true(pack.bound_bytes <= pack.size_bytes && pack.size_bytes <= pack.was_bytes);
        for (size_t i = 0; i < keep; i++)
            assert_int_equal(pack.places[i].offset_bits, members[i].offset_bits);
        searched += pack.proof == PACK_SEARCHED;
        saved += pack.size_bytes < pack.was_bytes;
    }
    assert_true(searched > 5);
    assert_true(saved > 50);
}

static void test_groups_stay_together(void **state)
{
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 8),
                               FIELD_AT("c", type_char, 16), FIELD_AT("d", type_long, 24),
                               FIELD_AT("e", type_char, 32)};
    struct type type = RECORD("grouped", 40, members);
    const char *const names[] = {"e", "b"};
    struct pack_group group = {names, 2};
    struct pack pack = compute(state, &type, &(struct pack_options){.groups = &group, .groups_count = 1});
    assert_null(pack.refusal);
    size_t e = 0;
    while (strcmp(pack.places[e].member->name, "e"))
        e++;
    assert_true(e + 1 < pack.count);
    assert_string_equal(pack.places[e + 1].member->name, "b");
    assert_int_equal(pack.places[e + 1].offset_bits, (pack.places[e].offset_bits + 8 + 63) / 64 * 64);

    const char *const missing[] = {"nobody"};
    struct pack_group wrong = {missing, 1};
    struct layout_bench *bench = *state;
    struct pack ignored;
    struct error *error =
        pack_compute(bench->layouter, pack.layout,
                     &(struct pack_options){.groups = &wrong, .groups_count = 1}, &bench->arena, &ignored);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
}

// --- What is not reordered ---

static void test_a_layout_that_the_rules_do_not_explain_is_left_alone(void **state)
{
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 8)};
    struct type type = RECORD("strange", 16, members);
    struct pack pack = compute(state, &type, NULL);
    assert_non_null(pack.refusal);
    assert_non_null(strstr(pack.refusal, "b is at offset 8:0"));
    struct member fine[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 4)};
    struct type too_large = RECORD("large", 64, fine);
    assert_non_null(compute(state, &too_large, NULL).refusal);
}

static void test_unions_and_packed_types_are_left_alone(void **state)
{
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 1)};
    struct type packed = RECORD("packed", 5, members);
    assert_non_null(strstr(compute(state, &packed, NULL).refusal, "packed"));
    struct member both[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_int, 0)};
    struct type shared = RECORD("shared", 4, both);
    shared.kind = TYPE_UNION;
    assert_non_null(strstr(compute(state, &shared, NULL).refusal, "union"));
    assert_non_null(compute(state, &type_int, NULL).refusal);
}

static void test_interfaces_are_left_alone_unless_forced(void **state)
{
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 8),
                               FIELD_AT("c", type_char, 16)};
    struct type type = RECORD("stat", 24, members);
    type.declared_file = "/usr/include/x86_64-linux-gnu/bits/struct_stat.h";
    assert_non_null(strstr(compute(state, &type, NULL).refusal, "system header"));
    struct pack pack = compute(state, &type, &(struct pack_options){.force = true});
    assert_null(pack.refusal);
    assert_int_equal(pack.size_bytes, 16);
}

static void test_hostile_numbers_do_no_harm(void **state)
{
    static const uint64_t odd[] = {0, 1, 7, UINT64_C(1) << 60, UINT64_MAX / 8, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(odd); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(odd); j++) {
            struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 8),
                                       BITS_AT("c", type_int, 128, 3), FIELD_AT("d", type_int, 20)};
            members[1].offset_bits = odd[i];
            members[2].size_bits = odd[j];
            members[3].declared_align_bytes = odd[i];
            struct type type = RECORD("hostile", odd[j], members);
            struct pack pack = compute(
                state, &type, &(struct pack_options){.keep_first = odd[j] > SIZE_MAX ? 0 : (size_t)odd[j]});
            assert_true(pack.refusal || pack.size_bytes <= pack.was_bytes);
        }
}

// --- Heap blocks ---

// The chunk of a block is what malloc lets it use, and the word in front of it.
static void test_glibc_blocks_are_as_malloc_says(void **state)
{
    (void)state;
    const struct abi *abi = abi_of_machine(EM_X86_64, 64);
    void *least = malloc(1);
    const bool is_glibc = malloc_usable_size(least) > 1;
    free(least);
    if (!is_glibc) // a sanitizer's allocator gives what is asked for
        skip_because("no allocator of glibc's to compare with (a sanitizer has its own)");
    for (size_t size = 0; size < 3000; size++) {
        void *block = malloc(size);
        assert_non_null(block);
        assert_int_equal(size_class_glibc_bytes(size, abi, 8), malloc_usable_size(block) + sizeof(size_t));
        free(block);
    }
}

static void test_go_classes_grow_with_the_request(void **state)
{
    (void)state;
    uint64_t before = 0;
    for (uint64_t size = 1; size < 40000; size++) {
        uint64_t class = size_class_go_bytes(size);
        assert_true(class >= size && class >= before);
        assert_int_equal(size_class_go_bytes(class), class);
        before = class;
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, layout_bench_setup, layout_bench_teardown)
    const struct CMUnitTest tests[] = {
        // First: blocks that other tests free leave remainders, which malloc gives away with the next block.
        TEST(test_glibc_blocks_are_as_malloc_says),
        TEST(test_no_order_is_smaller),
        TEST(test_groups_stay_together),
        TEST(test_a_layout_that_the_rules_do_not_explain_is_left_alone),
        TEST(test_unions_and_packed_types_are_left_alone),
        TEST(test_interfaces_are_left_alone_unless_forced),
        TEST(test_hostile_numbers_do_no_harm),
        TEST(test_go_classes_grow_with_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
