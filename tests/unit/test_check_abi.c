// SPDX-License-Identifier: MIT
// Types recomputed by the ABI's rules: what agrees, what is explained and by what, what is a finding and
// which field it names. tests/oracle/verify.py does the same with every compiler's real output.
#include "check/abi_recompute.h"
#include "cmocka_all.h"
#include "layout_bench.h"

#include <string.h>

struct bench {
    struct layout_bench layout;
    struct abi_recomputed result;
};

static struct abi_recomputed *recompute(struct bench *bench, const struct type *type, bool may_be_unstated)
{
    layout_bench_open(&bench->layout);
    struct abi_options abi = {.alignments_may_be_unstated = may_be_unstated};
    assert_null(abi_recompute(bench->layout.layouter, type, &abi, &bench->layout.arena, &bench->result));
    return &bench->result;
}

static void bench_end(struct bench *bench)
{
    layout_bench_close(&bench->layout);
}

static void expect(const struct type *type, enum abi_verdict verdict, unsigned reasons)
{
    struct bench bench;
    const struct abi_recomputed *result = recompute(&bench, type, false);
    assert_string_equal(abi_verdict_word(result->verdict), abi_verdict_word(verdict));
    assert_int_equal(result->reasons, reasons);
    bench_end(&bench);
}

// One finding, of the named member (NULL: the size), with what it should be.
static void expect_finding_that(const struct type *type, enum abi_verdict verdict, const char *name,
                                uint64_t computed_bits)
{
    struct bench bench;
    const struct abi_recomputed *result = recompute(&bench, type, false);
    assert_string_equal(abi_verdict_word(result->verdict), abi_verdict_word(verdict));
    assert_int_equal(result->findings_count, 1);
    if (name)
        assert_string_equal(result->findings[0].member->name, name);
    else
        assert_null(result->findings[0].member);
    assert_int_equal(result->findings[0].computed_bits, computed_bits);
    bench_end(&bench);
}

static void expect_finding(const struct type *type, const char *name, uint64_t computed_bits)
{
    expect_finding_that(type, ABI_DIFFERS, name, computed_bits);
}

static void natural_placement(void **state)
{
    (void)state;
    struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT("b", type_long, 8),
                               FIELD_AT("c", type_int, 16)};
    const struct type demo = RECORD("Demo", 24, members);
    expect(&demo, ABI_AGREES, 0);
}

static void one_wrong_number_is_one_finding(void **state)
{
    (void)state;
    for (uint64_t wrong = 0; wrong < 24; wrong++) {
        struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT("b", type_long, wrong),
                                   FIELD_AT("c", type_int, 16)};
        const struct type demo = RECORD("Demo", 24, members);
        if (wrong != 8)
            expect_finding(&demo, "b", 64);
    }
    for (uint64_t size = 1; size < 64; size++) {
        struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT("b", type_long, 8),
                                   FIELD_AT("c", type_int, 16)};
        const struct type demo = RECORD("Demo", size, members);
        // struct { bool a; long b; int c; long : 64; } has 32 bytes and no trace of the last one.
        bool may_be_legal = size > 24 && size % 8 == 0;
        if (size != 24)
            expect_finding_that(&demo, may_be_legal ? ABI_UNDECIDED : ABI_DIFFERS, NULL, 24 * 8);
    }
}

static void packing_explains(void **state)
{
    (void)state;
    struct member all[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 1),
                           FIELD_AT("c", type_int, 9)};
    const struct type packed = RECORD("Packed", 13, all);
    expect(&packed, ABI_EXPLAINED, 1u << ABI_PACKED);
    struct member two[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 2),
                           FIELD_AT("c", type_int, 10)};
    const struct type pragma_pack_2 = RECORD("Pragma2", 14, two);
    expect(&pragma_pack_2, ABI_EXPLAINED, 1u << ABI_PACKED);
    struct member one[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 1),
                           FIELD_AT("c", type_int, 12)};
    const struct type packed_member = RECORD("PackedMember", 16, one);
    expect(&packed_member, ABI_EXPLAINED, 1u << ABI_PACKED);
}

static void alignment_must_be_stated_where_it_can_be(void **state)
{
    (void)state;
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_char, 16)};
    struct type aligned = RECORD("Aligned", 32, members);
    struct bench bench;
    // struct { char a; char : 8; … char b; char : 8; … } is another that has these places.
    assert_int_equal(recompute(&bench, &aligned, false)->verdict, ABI_UNDECIDED);
    assert_int_equal(bench.result.findings_count, 2);
    bench_end(&bench);
    aligned.language = LANGUAGE_GO; // which has no unnamed bit-fields
    assert_int_equal(recompute(&bench, &aligned, false)->verdict, ABI_DIFFERS);
    bench_end(&bench);
    aligned.language = LANGUAGE_C;
    const struct abi_recomputed *result = recompute(&bench, &aligned, true);
    assert_int_equal(result->verdict, ABI_EXPLAINED);
    assert_int_equal(result->reasons, 1u << ABI_ALIGNED_UNSTATED);
    bench_end(&bench);
    members[1].declared_align_bytes = 16;
    expect(&aligned, ABI_AGREES, 0);
}

static void bit_fields_keep_to_their_units(void **state)
{
    (void)state;
    struct member fits[] = {BITS_AT("a", type_int, 0, 20), BITS_AT("b", type_int, 32, 20)};
    const struct type two_units = RECORD("TwoUnits", 8, fits);
    expect(&two_units, ABI_AGREES, 0);
    struct member crosses[] = {BITS_AT("a", type_int, 0, 20), BITS_AT("b", type_int, 21, 20)};
    const struct type crossing = RECORD("Crossing", 8, crosses);
    expect_finding(&crossing, "b", 32);
    struct member apart[] = {BITS_AT("a", type_int, 0, 5), BITS_AT("b", type_int, 12, 5)};
    const struct type unnamed = RECORD("Unnamed", 4, apart);
    expect(&unnamed, ABI_EXPLAINED, 1u << ABI_UNNAMED_BITS);
}

static void cplusplus_tails_and_empties(void **state)
{
    (void)state;
    struct member base_members[] = {FIELD_AT("a", type_long, 0), FIELD_AT("b", type_char, 8)};
    struct type base = RECORD("Base", 16, base_members);
    struct member derived_members[] = {BASE_AT(base, 0), FIELD_AT("c", type_char, 9),
                                       FIELD_AT("d", type_short, 10)};
    struct type derived = RECORD("Derived", 16, derived_members);
    base.language = derived.language = LANGUAGE_CPLUSPLUS;
    expect(&derived, ABI_EXPLAINED, 1u << ABI_TAIL_REUSE);
    struct type empty = {.kind = TYPE_STRUCT,
                         .name = "Empty",
                         .language = LANGUAGE_CPLUSPLUS,
                         .size_known = true,
                         .size_bytes = 1,
                         .size_bits = 8,
                         .address_bytes = 8};
    expect(&empty, ABI_AGREES, 0);
    struct member empty_base_members[] = {BASE_AT(empty, 0), FIELD_AT("a", type_int, 0)};
    struct type empty_base = RECORD("EmptyBase", 4, empty_base_members);
    empty_base.language = LANGUAGE_CPLUSPLUS;
    expect(&empty_base, ABI_AGREES, 0);
}

static void what_is_not_told_is_no_finding(void **state)
{
    (void)state;
    const struct type bare = {
        .kind = TYPE_UNION, .language = LANGUAGE_C, .size_known = true, .size_bytes = 8, .size_bits = 64};
    expect(&bare, ABI_UNKNOWN, 0);
    struct type opaque = {.kind = TYPE_STRUCT, .name = "opaque", .language = LANGUAGE_C};
    struct member members[] = {FIELD_AT("a", opaque, 0)};
    members[0].size_known = false;
    const struct type holder = RECORD("Holder", 8, members);
    expect(&holder, ABI_UNKNOWN, 0);
}

static void numbers_without_sense(void **state)
{
    (void)state;
    struct member members[] = {FIELD_AT("a", type_char, 0), FIELD_AT("b", type_long, 8)};
    members[0].size_bits = UINT64_MAX;
    members[1].offset_bits = UINT64_MAX - 3;
    struct type type = RECORD("Hostile", 24, members);
    type.size_bytes = UINT64_MAX / 8;
    type.size_bits = UINT64_MAX - 7;
    struct bench bench;
    assert_int_equal(recompute(&bench, &type, true)->verdict, ABI_DIFFERS);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(natural_placement),
        cmocka_unit_test(one_wrong_number_is_one_finding),
        cmocka_unit_test(packing_explains),
        cmocka_unit_test(alignment_must_be_stated_where_it_can_be),
        cmocka_unit_test(bit_fields_keep_to_their_units),
        cmocka_unit_test(cplusplus_tails_and_empties),
        cmocka_unit_test(what_is_not_told_is_no_finding),
        cmocka_unit_test(numbers_without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
