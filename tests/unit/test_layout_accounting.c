// SPDX-License-Identifier: MIT
// The accounting of every bit, against the compiler (offsetof, sizeof, _Alignof) and against a bitmap counted
// the slow way. The sum of the classes equals the size: always.
#include "cmocka_all.h"
#include "layout/layout.h"
#include "layout_bench.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static uint64_t sum(const struct layout *layout)
{
    uint64_t bits = 0;
    for (int class = 0; class < LAYOUT_CLASSES; class ++)
        bits += layout->accounting_bits[class];
    return bits;
}

static const struct layout *compute(void **state, const struct type *type)
{
    struct layout_bench *bench = *state;
    const struct layout *layout = NULL;
    assert_null(layout_compute(bench->layouter, type, &layout));
    assert_non_null(layout);
    assert_true(sum(layout) == layout->size_bits);
    return layout;
}

// Layouts are known by the addresses of their types, and these are used again.
static void forget(void **state)
{
    const struct layout_bench *bench = *state;
    layouter_forget(bench->layouter);
}

#define assert_bits(layout, class, bits) assert_int_equal((layout)->accounting_bits[class], bits)

struct demo {
    bool a;
    int64_t b;
    int32_t c;
};
#define DEMO_FIELD(field, of_type)                                                                           \
    {                                                                                                        \
        .name = #field, .type = &(of_type), .offset_known = true, .size_known = true,                        \
        .offset_bits = 8 * offsetof(struct demo, field), .size_bits = 8 * sizeof(((struct demo *)0)->field)  \
    }
static struct member demo_members[] = {DEMO_FIELD(a, type_bool), DEMO_FIELD(b, type_long),
                                       DEMO_FIELD(c, type_int)};
static struct type demo_type = RECORD("demo", sizeof(struct demo), demo_members);

static void test_the_demo_has_a_hole_and_padding_at_the_end(void **state)
{
    const struct layout *layout = compute(state, &demo_type);
    assert_int_equal(layout->size_bits, 8 * sizeof(struct demo));
    assert_bits(layout, LAYOUT_HOLE, 8 * (offsetof(struct demo, b) - sizeof(bool)));
    assert_bits(layout, LAYOUT_TAIL_PADDING,
                8 * (sizeof(struct demo) - offsetof(struct demo, c) - sizeof(int32_t)));
    assert_bits(layout, LAYOUT_MEMBER, 8 * (1 + 8 + 4));
    assert_int_equal(layout->own_waste_bits, 8 * (sizeof(struct demo) - 13));
    assert_int_equal(layout->align.bytes, _Alignof(struct demo));
    assert_int_equal(layout->align.source, ALIGN_ABI);
    assert_ptr_equal(layout->align.from, &demo_members[1]);
    assert_int_equal(layout->gaps_count, 2);
    assert_ptr_equal(layout->gaps[0].before, &demo_members[0]);
    assert_ptr_equal(layout->gaps[0].after, &demo_members[1]);
    assert_ptr_equal(layout->gaps[1].before, &demo_members[2]);
    assert_null(layout->gaps[1].after);
    assert_int_equal(layout->holes_count, 1);
    assert_int_equal(layout->cache_lines, 1);
    assert_false(layout->align.packed);
}

struct packed_demo {
    char a;
    int b;
    short c;
} __attribute__((packed));

static void test_a_member_at_a_forbidden_offset_proves_packed(void **state)
{
    struct member members[] = {
        FIELD_AT("a", type_char, offsetof(struct packed_demo, a)),
        FIELD_AT("b", type_int, offsetof(struct packed_demo, b)),
        FIELD_AT("c", type_short, offsetof(struct packed_demo, c)),
    };
    struct type type = RECORD("packed_demo", sizeof(struct packed_demo), members);
    const struct layout *layout = compute(state, &type);
    assert_true(layout->align.packed);
    assert_ptr_equal(layout->align.packed_proof, &members[1]);
    assert_int_equal(layout->align.packed_natural_bytes, _Alignof(int));
    assert_int_equal(layout->align.bytes, _Alignof(struct packed_demo));
    assert_int_equal(layout->align.source, ALIGN_PROVEN);
    assert_int_equal(layout->own_waste_bits, 0);
}

#pragma pack(push, 2)
struct pack2 {
    char a;
    long b;
    char c;
};
#pragma pack(pop)

static void test_pack_2_leaves_alignment_2(void **state)
{
    struct member members[] = {
        FIELD_AT("a", type_char, offsetof(struct pack2, a)),
        FIELD_AT("b", type_long, offsetof(struct pack2, b)),
        FIELD_AT("c", type_char, offsetof(struct pack2, c)),
    };
    struct type type = RECORD("pack2", sizeof(struct pack2), members);
    const struct layout *layout = compute(state, &type);
    assert_true(layout->align.packed);
    assert_int_equal(layout->align.bytes, _Alignof(struct pack2));
}

static void test_a_size_that_is_no_multiple_proves_packed(void **state)
{
    struct small {
        int a;
        char b;
    } __attribute__((packed));
    struct member members[] = {
        FIELD_AT("a", type_int, offsetof(struct small, a)),
        FIELD_AT("b", type_char, offsetof(struct small, b)),
    };
    struct type type = RECORD("small", sizeof(struct small), members);
    const struct layout *layout = compute(state, &type);
    assert_true(layout->align.packed);
    assert_null(layout->align.packed_proof);
    assert_int_equal(layout->align.bytes, _Alignof(struct small));
}

// unsigned a : 3; then int b: the rest of a's byte is a bit hole, the bytes up to b are a hole.
static void test_gaps_behind_bit_fields_split_at_bytes(void **state)
{
    struct member members[] = {BITS_AT("a", type_int, 0, 3), FIELD_AT("b", type_int, 4),
                               BITS_AT("c", type_int, 64, 9), BITS_AT("d", type_int, 84, 4)};
    struct type type = RECORD("bits", 16, members);
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_BITFIELD, 3 + 9 + 4);
    assert_bits(layout, LAYOUT_BIT_HOLE, 5 + 7 + 4); // behind a; behind c to bit 80; before d
    assert_bits(layout, LAYOUT_HOLE, 24);
    assert_bits(layout, LAYOUT_TAIL_PADDING, 40);
    assert_int_equal(layout->holes_count, 2);
    assert_int_equal(layout->gaps_count, 5);
    assert_int_equal(layout->gaps[2].offset_bits, 73);
    assert_int_equal(layout->gaps[2].size_bits, 7);
    assert_int_equal(layout->gaps[3].offset_bits, 80);
    assert_ptr_equal(layout->gaps[3].after, &members[3]);
}

static void test_a_union_shares(void **state)
{
    struct member members[] = {FIELD_AT("l", type_long, 0), FIELD_AT("d", demo_type, 0),
                               FIELD_AT("c", type_char, 0)};
    struct type type = RECORD("u", 32, members);
    type.kind = TYPE_UNION;
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_UNION_SHARED, 64);
    assert_bits(layout, LAYOUT_MEMBER, 128);
    assert_bits(layout, LAYOUT_TAIL_PADDING, 64);
    assert_int_equal(layout->own_waste_bits, 64);
    assert_int_equal(layout->deep_waste_bits, 64 + 88); // the largest member is the demo
    assert_int_equal(layout->overlaps_count, 0);
}

static void test_deep_waste_counts_array_elements(void **state)
{
    struct array_dimension dimensions[] = {{.count_known = true, .count = 3},
                                           {.count_known = true, .count = 5}};
    struct type array = {.kind = TYPE_ARRAY,
                         .size_known = true,
                         .size_bytes = 15 * 24,
                         .target = &demo_type,
                         .dimensions = dimensions,
                         .dimensions_count = 2};
    struct member members[] = {FIELD_AT("demos", array, 0), FIELD_AT("one", demo_type, 360)};
    struct type type = RECORD("many", 384, members);
    const struct layout *layout = compute(state, &type);
    assert_int_equal(layout->own_waste_bits, 0);
    assert_int_equal(layout->deep_waste_bits, 16 * 88);
    assert_int_equal(layout->align.bytes, 8);
    assert_int_equal(layout->cache_lines, 6);
}

// struct B { long l; char c; }  struct D : B { char d; int e; }: d and e lie in B's tail (Itanium C++ ABI).
static void test_a_derived_class_reuses_its_bases_tail(void **state)
{
    struct member base_members[] = {FIELD_AT("l", type_long, 0), FIELD_AT("c", type_char, 8)};
    struct type base = RECORD("B", 16, base_members);
    struct member members[] = {BASE_AT(base, 0), FIELD_AT("d", type_char, 9), FIELD_AT("e", type_int, 12)};
    struct type derived = RECORD("D", 16, members);
    const struct layout *layout = compute(state, &derived);
    assert_bits(layout, LAYOUT_REUSED_TAIL, 8 + 32);
    assert_bits(layout, LAYOUT_BASE, 128 - 40);
    assert_int_equal(layout->own_waste_bits, 0);
    assert_int_equal(layout->deep_waste_bits, 16); // bytes 10 and 11 of B's seven stay unused
    assert_int_equal(layout->overlaps_count, 0);
}

static void test_empty_bases_are_not_counted_twice(void **state)
{
    struct type empty = {.kind = TYPE_CLASS,
                         .name = "Empty",
                         .size_known = true,
                         .size_bytes = 1,
                         .language = LANGUAGE_CPLUSPLUS};
    struct member members[] = {BASE_AT(empty, 0), FIELD_AT("x", type_int, 0)};
    struct type type = RECORD("WithEmpty", 4, members);
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_MEMBER, 32);
    assert_int_equal(layout->overlaps_count, 0);
    assert_int_equal(layout->deep_waste_bits, 0);
    const struct layout *alone = compute(state, &empty);
    assert_bits(alone, LAYOUT_TAIL_PADDING, 8);
    assert_int_equal(alone->align.bytes, 1);
}

// class V { long v; }  class D : virtual V { vptr; int d; }: V's place is found at run time.
static void test_a_virtual_base_leaves_the_end_unknown(void **state)
{
    struct member v_members[] = {FIELD_AT("v", type_long, 0)};
    struct type v = RECORD("V", 8, v_members);
    struct member members[] = {
        {.kind = MEMBER_VIRTUAL_BASE, .name = "V", .type = &v, .size_known = true, .size_bits = 64},
        {.kind = MEMBER_VPTR,
         .name = "_vptr.D",
         .type = &type_long,
         .offset_known = true,
         .size_known = true,
         .size_bits = 64,
         .is_artificial = true},
        FIELD_AT("d", type_int, 8),
    };
    struct type d = RECORD("D", 24, members);
    const struct layout *layout = compute(state, &d);
    assert_bits(layout, LAYOUT_VPTR, 64);
    assert_bits(layout, LAYOUT_MEMBER, 32);
    assert_bits(layout, LAYOUT_UNKNOWN, 96);
    assert_true(layout->has_dynamic_part);
    assert_int_equal(layout->own_waste_bits, 0);
    // As a base of E it is only as large as its own part: E's int lies right behind d.
    struct member e_members[] = {BASE_AT(d, 0), FIELD_AT("e", type_int, 12)};
    struct type e = RECORD("E", 24, e_members);
    const struct layout *outer = compute(state, &e);
    assert_bits(outer, LAYOUT_BASE, 96);
    assert_bits(outer, LAYOUT_MEMBER, 32);
    assert_bits(outer, LAYOUT_UNKNOWN, 64);
    assert_int_equal(outer->overlaps_count, 0);
}

// enum { A(u8), B(u8, u32), C }: Rust describes each variant as a struct of the enum's size.
static void test_variants_are_accounted_one_by_one(void **state)
{
    struct member a_fields[] = {FIELD_AT("__0", type_char, 1)};
    struct member b_fields[] = {FIELD_AT("__0", type_char, 1), FIELD_AT("__1", type_int, 4)};
    struct type a = RECORD("A", 12, a_fields), b = RECORD("B", 12, b_fields);
    struct type c = {.kind = TYPE_STRUCT, .name = "C", .size_known = true, .size_bytes = 12};
    a.language = b.language = c.language = LANGUAGE_RUST;
    struct member a_member = FIELD_AT("A", a, 0), b_member = FIELD_AT("B", b, 0),
                  c_member = FIELD_AT("C", c, 0);
    struct member tag = FIELD_AT(NULL, type_char, 0);
    tag.kind = MEMBER_DISCRIMINANT;
    struct variant variants[] = {{.name = "A", .values_text = "0", .members = &a_member, .members_count = 1},
                                 {.name = "B", .values_text = "1", .members = &b_member, .members_count = 1},
                                 {.name = "C", .values_text = "2", .members = &c_member, .members_count = 1}};
    struct variant_part part = {.discriminant = &tag, .variants = variants, .variants_count = 3};
    struct type type = {.kind = TYPE_STRUCT,
                        .language = LANGUAGE_RUST,
                        .name = "E",
                        .size_known = true,
                        .size_bytes = 12,
                        .declared_align_bytes = 4,
                        .variant_parts = &part,
                        .variant_parts_count = 1};
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_MEMBER, 8);   // the discriminant
    assert_bits(layout, LAYOUT_VARIANT, 40); // byte 1 and bytes 4 to 8
    assert_bits(layout, LAYOUT_HOLE, 16);
    assert_bits(layout, LAYOUT_TAIL_PADDING, 32);
    assert_int_equal(layout->variants_count, 3);
    assert_int_equal(layout->variants[0].waste_bits, 80);
    assert_int_equal(layout->variants[1].waste_bits, 48);
    assert_int_equal(layout->variants[2].waste_bits, 88);
    assert_int_equal(layout->align.source, ALIGN_DECLARED);
    assert_int_equal(layout->overlaps_count, 0);
}

// A discriminant in a niche of the payload takes no bits of its own.
static void test_a_niche_is_not_an_overlap(void **state)
{
    struct member some_fields[] = {FIELD_AT("__0", type_long, 0)};
    struct type some = RECORD("Some", 8, some_fields);
    some.language = LANGUAGE_RUST;
    struct member some_member = FIELD_AT("Some", some, 0), tag = FIELD_AT(NULL, type_long, 0);
    struct variant variants[] = {{.name = "Some", .members = &some_member, .members_count = 1}};
    struct variant_part part = {.discriminant = &tag, .variants = variants, .variants_count = 1};
    struct type type = {.kind = TYPE_STRUCT,
                        .language = LANGUAGE_RUST,
                        .size_known = true,
                        .size_bytes = 8,
                        .variant_parts = &part,
                        .variant_parts_count = 1};
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_VARIANT, 64);
    assert_int_equal(layout->variants[0].waste_bits, 0);
    assert_int_equal(layout->overlaps_count, 0);
}

static void test_a_flexible_array_takes_no_space(void **state)
{
    struct flexible {
        int n;
        char c;
        char data[];
    };
    struct array_dimension dimension = {.count_known = false};
    struct type array = {
        .kind = TYPE_ARRAY, .target = &type_char, .dimensions = &dimension, .dimensions_count = 1};
    struct member members[] = {FIELD_AT("n", type_int, 0),
                               FIELD_AT("c", type_char, 4),
                               {.name = "data",
                                .type = &array,
                                .offset_known = true,
                                .offset_bits = 8 * offsetof(struct flexible, data)}};
    struct type type = RECORD("flexible", sizeof(struct flexible), members);
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_TAIL_PADDING, 24);
    assert_bits(layout, LAYOUT_UNKNOWN, 0);
    assert_int_equal(layout->align.bytes, _Alignof(struct flexible));
}

static void test_a_member_of_unknown_size_reaches_to_the_next(void **state)
{
    struct type opaque = {.kind = TYPE_OTHER};
    struct member members[] = {FIELD_AT("a", type_int, 0),
                               {.name = "b", .type = &opaque, .offset_known = true, .offset_bits = 32},
                               FIELD_AT("c", type_char, 12),
                               FIELD_AT("d", type_int, 16)};
    struct type type = RECORD("partly", 24, members);
    const struct layout *layout = compute(state, &type);
    assert_bits(layout, LAYOUT_UNKNOWN, 64);
    assert_bits(layout, LAYOUT_HOLE, 24);
    assert_bits(layout, LAYOUT_TAIL_PADDING, 32);
}

static void test_alignment_follows_the_machine(void **state)
{
    (void)state;
    struct type address8 = type_long, address4 = type_long, go4 = type_long,
                complex_double = type_long_double;
    address4.address_bytes = 4;
    go4.address_bytes = 4;
    go4.language = LANGUAGE_GO;
    complex_double.encoding = ENCODING_COMPLEX_FLOAT;
    const struct abi *x86_64 = abi_of_machine(EM_X86_64, 64), *i386 = abi_of_machine(EM_386, 32);
    assert_int_equal(abi_scalar_align_bytes(x86_64, &address8), _Alignof(long));
    assert_int_equal(abi_scalar_align_bytes(x86_64, &type_long_double), _Alignof(long double));
    assert_int_equal(abi_scalar_align_bytes(x86_64, &complex_double), _Alignof(_Complex double));
    assert_int_equal(abi_scalar_align_bytes(i386, &address4), 4);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_X86_64, 32), &address4), 8);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_S390, 64), &type_long_double), 8);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_68K, 32), &type_int), 2);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_ARM, 32), &address4), 8);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_ARM, 32), &go4), 4);
    struct type x87 = SCALAR("long double", 12);
    assert_int_equal(abi_scalar_align_bytes(i386, &x87), 4);
    assert_string_equal(abi_of_machine(0xfffe, 64)->name, "unknown");
    // Of a machine that nobody names, only what machines have in common is known.
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_NONE, 64), &type_long), 8);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_NONE, 64), &type_long_double), 0);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_NONE, 32), &type_int), 4);
    assert_int_equal(abi_scalar_align_bytes(abi_of_machine(EM_NONE, 32), &address4), 0); // 8 bytes
}

static void test_declared_alignment_wins(void **state)
{
    struct aligned {
        char c;
        int i __attribute__((aligned(32)));
    };
    struct member members[] = {FIELD_AT("c", type_char, 0),
                               FIELD_AT("i", type_int, offsetof(struct aligned, i))};
    members[1].declared_align_bytes = 32;
    struct type type = RECORD("aligned", sizeof(struct aligned), members);
    const struct layout *layout = compute(state, &type);
    assert_int_equal(layout->align.bytes, _Alignof(struct aligned));
    assert_ptr_equal(layout->align.from, &members[1]);
    struct type declared = demo_type;
    declared.declared_align_bytes = 16;
    declared.size_bytes = 32;
    layout = compute(state, &declared);
    assert_int_equal(layout->align.bytes, 16);
    assert_int_equal(layout->align.source, ALIGN_DECLARED);
}

// clang states what the source asks for, not what the type gets.
static void test_a_hole_proves_more_than_is_declared(void **state)
{
    struct __attribute__((aligned(2))) asked {
        char c;
        long long l;
    };
    struct member members[] = {FIELD_AT("c", type_char, 0),
                               FIELD_AT("l", type_long, offsetof(struct asked, l))};
    struct type type = RECORD("asked", sizeof(struct asked), members);
    type.declared_align_bytes = 2;
    const struct layout *layout = compute(state, &type);
    assert_int_equal(layout->align.bytes, _Alignof(struct asked));
    assert_int_equal(layout->align.source, ALIGN_ABI);
    assert_false(layout->align.packed);
}

static void test_alignments_that_cannot_be_are_passed_over(void **state)
{
    static const uint64_t wrong[] = {3, 12, UINT64_MAX, UINT64_C(1) << 61, UINT64_C(1) << 63};
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        struct member members[] = {FIELD_AT("c", type_char, 0), FIELD_AT("i", type_int, 4)};
        members[1].declared_align_bytes = wrong[i];
        struct type type = RECORD("odd", 8, members);
        type.declared_align_bytes = wrong[i];
        const struct layout *layout = compute(state, &type);
        assert_int_equal(layout->align.bytes, 4);
        assert_int_equal(layout->align.source, ALIGN_ABI);
        forget(state);
    }
}

static void test_straddlers_could_fit_in_a_line(void **state)
{
    struct array_dimension dimension = {.count_known = true, .count = 200};
    struct type large = {.kind = TYPE_ARRAY,
                         .size_known = true,
                         .size_bytes = 200,
                         .target = &type_char,
                         .dimensions = &dimension,
                         .dimensions_count = 1};
    struct member members[] = {FIELD_AT("pad", type_int, 0), FIELD_AT("cut", demo_type, 48),
                               FIELD_AT("large", large, 72)};
    struct type type = RECORD("lines", 272, members);
    const struct layout *layout = compute(state, &type);
    assert_int_equal(layout->straddlers_count, 1);
    assert_true(layout_member_straddles(layout, &members[1]));
    assert_false(layout_member_straddles(layout, &members[2]));
    assert_int_equal(layout->cache_lines, 5);
}

// --- Hostile graphs ---

static void test_hostile_numbers_keep_the_sum(void **state)
{
    const uint64_t sizes[] = {0, 1, 7, UINT64_MAX, UINT64_MAX / 8, UINT64_MAX / 8 + 1, UINT64_C(1) << 63};
    struct array_dimension dimension = {.count_known = true, .count = UINT64_C(1) << 63};
    struct type array = {.kind = TYPE_ARRAY,
                         .size_known = true,
                         .size_bytes = UINT64_MAX,
                         .target = &demo_type,
                         .dimensions = &dimension,
                         .dimensions_count = 1,
                         .stride_bits = UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        struct member members[] = {
            FIELD_AT("overlaps", type_long, 2),
            FIELD_AT("too", type_long, 4),
            {.name = "far",
             .type = &type_long,
             .offset_known = true,
             .size_known = true,
             .offset_bits = UINT64_MAX - 3,
             .size_bits = 64},
            {.name = "wide",
             .type = &array,
             .offset_known = true,
             .size_known = true,
             .offset_bits = 256,
             .size_bits = UINT64_MAX},
            {.name = "bits",
             .kind = MEMBER_BITFIELD,
             .type = &type_int,
             .offset_known = true,
             .size_known = true,
             .offset_bits = 5,
             .size_bits = 100},
        };
        struct type *type = calloc(1, sizeof(*type));
        *type = (struct type)RECORD("hostile", sizes[i], members);
        const struct layout *layout = compute(state, type);
        assert_true(layout->deep_waste_bits <= layout->size_bits);
        assert_true(layout->outside_count > 0);
        free(type);
        forget(state);
    }
}

static void test_a_type_without_a_size_has_nothing_to_account(void **state)
{
    struct type type = demo_type;
    type.size_known = false;
    const struct layout *layout = compute(state, &type);
    assert_false(layout->size_known);
    assert_int_equal(layout->size_bits, 0);
    assert_int_equal(layout->align.bytes, 8);
    struct type declaration = {
        .kind = TYPE_STRUCT, .is_declaration = true, .size_known = true, .size_bytes = 9};
    assert_int_equal(compute(state, &declaration)->size_bits, 0);
}

static void test_contents_that_are_not_told_are_unknown(void **state)
{
    struct type opaque = {.kind = TYPE_STRUCT, .size_known = true, .size_bytes = 40};
    const struct layout *layout = compute(state, &opaque);
    assert_bits(layout, LAYOUT_UNKNOWN, 320);
    assert_int_equal(layout->own_waste_bits, 0);
}

static void test_a_type_that_holds_itself_ends(void **state)
{
    struct type a, b;
    struct member in_a[] = {
        {.name = "b", .type = &b, .offset_known = true, .size_known = true, .size_bits = 64}};
    struct member in_b[] = {
        {.name = "a", .type = &a, .offset_known = true, .size_known = true, .size_bits = 64}};
    a = (struct type)RECORD("a", 8, in_a);
    b = (struct type)RECORD("b", 8, in_b);
    compute(state, &a);
    compute(state, &b);
    struct type loop = {.kind = TYPE_TYPEDEF};
    loop.target = &loop;
    compute(state, &loop);
}

// Recursion as deep as this would overrun the stack.
static void test_deep_nesting_needs_no_stack(void **state)
{
    enum { DEPTH = 300000 };
    struct type *types = calloc(DEPTH, sizeof(*types));
    struct member *members = calloc(DEPTH, sizeof(*members));
    assert_true(types && members);
    types[0] = demo_type;
    for (size_t i = 1; i < DEPTH; i++) {
        members[i] = (struct member)FIELD_AT("m", types[i - 1], 0);
        types[i] = types[0];
        types[i].members = &members[i];
        types[i].members_count = 1;
    }
    assert_int_equal(compute(state, &types[DEPTH - 1])->deep_waste_bits, 88);
    forget(state);
    free(types);
    free(members);
}

static void test_a_million_members(void **state)
{
    enum { COUNT = 1000000 };
    struct member *members = calloc(COUNT, sizeof(*members));
    assert_non_null(members);
    for (size_t i = 0; i < COUNT; i++)
        members[i] = (struct member)FIELD_AT("m", type_short, 4 * ((i * 7919) % COUNT));
    struct type type = RECORD("million", 4 * (uint64_t)COUNT, demo_members);
    type.members = members;
    type.members_count = COUNT;
    const struct layout *layout = compute(state, &type);
    assert_int_equal(layout->own_waste_bits, 16 * (uint64_t)COUNT);
    assert_int_equal(layout->gaps_count, COUNT);
    forget(state);
    free(members);
}

// --- Random graphs against a bitmap ---

static uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void random_member(uint32_t *seed, struct member *member, uint64_t size_bits,
                          struct type *const types[])
{
    static const uint64_t wild[] = {UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 62, 1};
    struct type *type = types[random_next(seed) % 4];
    *member = (struct member){.kind = random_next(seed) % 3 ? MEMBER_FIELD : MEMBER_BITFIELD,
                              .name = "m",
                              .type = type,
                              .offset_known = true,
                              .size_known = true,
                              .offset_bits = random_next(seed) % (size_bits + 16),
                              .size_bits = 8 * type->size_bytes};
    if (member->kind == MEMBER_BITFIELD)
        member->size_bits = random_next(seed) % 20;
    else
        member->offset_bits &= ~UINT64_C(7);
    if (random_next(seed) % 40 == 0)
        member->offset_bits = wild[random_next(seed) % ARRAY_LENGTH(wild)];
    if (random_next(seed) % 40 == 0)
        member->size_bits = wild[random_next(seed) % ARRAY_LENGTH(wild)];
}

// How many of the type's bits no member (0), one (1), or several (2) cover.
static void count_slowly(const struct type *type, uint64_t counts[3])
{
    for (uint64_t bit = 0; bit < type->size_bytes * 8; bit++) {
        unsigned covers = 0;
        for (size_t i = 0; i < type->members_count; i++) {
            const struct member *member = &type->members[i];
            covers += bit >= member->offset_bits && bit - member->offset_bits < member->size_bits;
        }
        counts[covers > 2 ? 2 : covers]++;
    }
}

static void test_random_graphs_agree_with_a_bitmap(void **state)
{
    struct type *const types[] = {&type_char, &type_short, &type_int, &type_long};
    uint32_t seed = 20220101;
    for (int round = 0; round < 20000; round++) {
        struct member members[12];
        struct type type = RECORD("random", random_next(&seed) % 40, members);
        type.kind = random_next(&seed) % 4 ? TYPE_STRUCT : TYPE_UNION;
        type.members_count = 1 + random_next(&seed) % 12;
        for (size_t i = 0; i < type.members_count; i++)
            random_member(&seed, &members[i], 8 * type.size_bytes, types);
        const struct layout *layout = compute(state, &type);
        const uint64_t *bits = layout->accounting_bits;
        uint64_t counts[3] = {0}, gaps_bits = 0, last_end_bits = 0;
        count_slowly(&type, counts);
        assert_int_equal(bits[LAYOUT_HOLE] + bits[LAYOUT_BIT_HOLE] + bits[LAYOUT_TAIL_PADDING], counts[0]);
        assert_int_equal(bits[LAYOUT_MEMBER] + bits[LAYOUT_BITFIELD], counts[1]);
        assert_int_equal(bits[LAYOUT_UNION_SHARED], counts[2]);
        for (size_t i = 0; i < layout->gaps_count; i++) {
            assert_true(layout->gaps[i].offset_bits >= last_end_bits);
            last_end_bits = layout->gaps[i].offset_bits + layout->gaps[i].size_bits;
            gaps_bits += layout->gaps[i].size_bits;
        }
        assert_int_equal(gaps_bits, counts[0]);
        forget(state);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, layout_bench_setup, layout_bench_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_demo_has_a_hole_and_padding_at_the_end),
        TEST(test_a_member_at_a_forbidden_offset_proves_packed),
        TEST(test_pack_2_leaves_alignment_2),
        TEST(test_a_size_that_is_no_multiple_proves_packed),
        TEST(test_gaps_behind_bit_fields_split_at_bytes),
        TEST(test_a_union_shares),
        TEST(test_deep_waste_counts_array_elements),
        TEST(test_a_derived_class_reuses_its_bases_tail),
        TEST(test_empty_bases_are_not_counted_twice),
        TEST(test_a_virtual_base_leaves_the_end_unknown),
        TEST(test_variants_are_accounted_one_by_one),
        TEST(test_a_niche_is_not_an_overlap),
        TEST(test_a_flexible_array_takes_no_space),
        TEST(test_a_member_of_unknown_size_reaches_to_the_next),
        TEST(test_alignment_follows_the_machine),
        TEST(test_declared_alignment_wins),
        TEST(test_a_hole_proves_more_than_is_declared),
        TEST(test_alignments_that_cannot_be_are_passed_over),
        TEST(test_straddlers_could_fit_in_a_line),
        TEST(test_hostile_numbers_keep_the_sum),
        TEST(test_a_type_without_a_size_has_nothing_to_account),
        TEST(test_contents_that_are_not_told_are_unknown),
        TEST(test_a_type_that_holds_itself_ends),
        TEST(test_deep_nesting_needs_no_stack),
        TEST(test_a_million_members),
        TEST(test_random_graphs_agree_with_a_bitmap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
