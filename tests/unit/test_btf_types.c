// SPDX-License-Identifier: MIT
// Every kind of BTF record, in both byte orders, as types: what each must be is written beside it, by the
// format's own description.
#include "btf_workshop.h"

static void check_kinds(const struct workshop *shop, bool is_foreign)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    as.is_foreign = is_foreign;
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    const uint32_t wide = btf_put_int(&as, "long int", 8);
    const uint32_t yes = btf_put_int_bits(&as, "_Bool", 1, BTF_INT_BOOL, 0, 8);
    const uint32_t text = btf_put_int_bits(&as, "char", 1, BTF_INT_SIGNED | BTF_INT_CHAR, 0, 8);
    const uint32_t number = btf_put(&as, "double", BTF_FLOAT, false, 0, 8);
    const uint32_t sign = btf_put(&as, "sign", BTF_ENUM, true, 2, 4);
    btf_put_pair(&as, "BELOW", (uint32_t)-3);
    btf_put_pair(&as, "ABOVE", 1);
    const uint32_t far = btf_put(&as, "far", BTF_ENUM64, false, 1, 8);
    btf_put_member(&as, "FAR", 0, 1); // low word, high word
    const uint32_t opaque = btf_put(&as, "opaque", BTF_FWD, false, 0, 0);
    const uint32_t either = btf_put(&as, "either", BTF_FWD, true, 0, 0);
    const uint32_t tag = btf_put(&as, "rcu", BTF_TYPE_TAG, false, 0, opaque);
    const uint32_t pointer = btf_put_derived(&as, BTF_PTR, tag);
    const uint32_t other = btf_put_derived(&as, BTF_PTR, either);
    const uint32_t fixed = btf_put_derived(&as, BTF_CONST, text);
    const uint32_t fixed_pointer = btf_put_derived(&as, BTF_PTR, fixed);
    const uint32_t function = btf_put(&as, "", BTF_FUNC_PROTO, false, 3, i32);
    btf_put_pair(&as, "self", other);
    btf_put_pair(&as, "format", fixed_pointer);
    btf_put_pair(&as, "", 0);
    const uint32_t call = btf_put_derived(&as, BTF_PTR, function);
    const uint32_t named_call = btf_put(&as, "callback", BTF_TYPEDEF, false, 0, call);
    const uint32_t row = btf_put_array(&as, i32, i32, 3);
    const uint32_t table = btf_put_array(&as, row, i32, 2);
    const uint32_t moving = btf_put_derived(&as, BTF_VOLATILE, wide);
    const uint32_t only = btf_put_derived(&as, BTF_RESTRICT, fixed_pointer);
    const uint32_t nothing = btf_put_derived(&as, BTF_PTR, 0);
    const uint32_t inner = btf_put(&as, "", BTF_UNION, false, 2, 8);
    btf_put_member(&as, "whole", wide, 0);
    btf_put_member(&as, "part", number, 0);
    const uint32_t bytes = btf_put_array(&as, text, i32, 0);
    btf_put(&as, "all", BTF_STRUCT, true, 15, 128);
    const uint32_t types[] = {yes,  sign,    far,   pointer, other, named_call, table, moving,
                              only, nothing, inner, i32,     i32,   bytes,      0};
    static const char *const names[] = {"yes",  "sign",    "far", "next", "other", "call", "table", "moving",
                                        "only", "nothing", "",    "low",  "high",  "rest", "void_"};
    static const uint32_t places[] = {
        0, 32, 64, 128, 192, 256, 320, 512, 576, 640, 704, 5u << 24 | 768, 11u << 24 | 773, 1024, 0};
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
        btf_put_member(&as, names[i], types[i], places[i]);
    const uint32_t work = btf_put(&as, "work", BTF_FUNC, false, 1, function);
    const uint32_t variable = btf_put(&as, "shared", BTF_VAR, false, 0, i32);
    btf_put_word(&as, 1);
    btf_put(&as, ".data", BTF_DATASEC, false, 1, 4);
    btf_put_word(&as, variable);
    btf_put_word(&as, 0);
    btf_put_word(&as, 4);
    btf_put(&as, "kfunc", BTF_DECL_TAG, false, 0, work);
    btf_put_word(&as, UINT32_MAX);

    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(shop, "kinds", &as);
    assert_int_equal(opened.btf->address_bytes, 8);
    const bool host_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    assert_int_equal(opened.btf->big_endian, host_big != is_foreign);
    static const char *const entries[] = {"int",  "long int", "_Bool",    "char", "double",
                                          "sign", "far",      "callback", "all"};
    assert_int_equal(opened.index->entries_count, ARRAY_LENGTH(entries));
    for (size_t i = 0; i < ARRAY_LENGTH(entries); i++)
        assert_string_equal(opened.index->entries[i].name, entries[i]);

    static const struct {
        const char *spelling;
        enum member_kind kind;
        uint64_t offset_bits, size_bits;
    } expected[] = {
        {"_Bool yes", MEMBER_FIELD, 0, 8},
        {"enum sign sign", MEMBER_FIELD, 32, 32},
        {"enum far far", MEMBER_FIELD, 64, 64},
        {"struct opaque *next", MEMBER_FIELD, 128, 64},
        {"union either *other", MEMBER_FIELD, 192, 64},
        {"callback call", MEMBER_FIELD, 256, 64},
        {"int table[2][3]", MEMBER_FIELD, 320, 192},
        {"volatile long int moving", MEMBER_FIELD, 512, 64},
        {"const char *restrict only", MEMBER_FIELD, 576, 64},
        {"void *nothing", MEMBER_FIELD, 640, 64},
        {"union {…}", MEMBER_FIELD, 704, 64},
        {"int low : 5", MEMBER_BITFIELD, 768, 5},
        {"int high : 11", MEMBER_BITFIELD, 773, 11},
        {"char rest[]", MEMBER_FIELD, 1024, 0},
    };
    const struct type *all = btf_type(&opened, "all");
    assert_int_equal(all->kind, TYPE_STRUCT);
    assert_int_equal(all->size_bytes, 128);
    assert_int_equal(all->members_count, 15);
    assert_int_equal(btf_entry(&opened, "all")->members_count, 15);
    for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
        const struct member *member = &all->members[i];
        assert_string_equal(btf_spelling(&opened, all, i), expected[i].spelling);
        assert_int_equal(member->kind, expected[i].kind);
        assert_true(member->offset_known);
        assert_int_equal(member->size_known, i != 13); // an array of no elements may be flexible
        assert_int_equal(member->offset_bits, expected[i].offset_bits);
        assert_int_equal(member->size_bits, expected[i].size_bits);
    }
    assert_int_equal(all->members[1].type->encoding, ENCODING_SIGNED);
    assert_int_equal(all->members[2].type->encoding, ENCODING_UNSTATED);
    static const enum encoding encodings[] = {ENCODING_SIGNED, ENCODING_SIGNED, ENCODING_BOOLEAN,
                                              ENCODING_SIGNED_CHARACTER, ENCODING_FLOAT};
    for (size_t i = 0; i < ARRAY_LENGTH(encodings); i++)
        assert_int_equal(btf_type(&opened, entries[i])->encoding, encodings[i]);
    assert_int_equal(all->members[14].type->kind, TYPE_VOID);
    assert_false(all->members[14].size_known);
    assert_null(all->members[10].name);
    assert_int_equal(all->members[10].type->members_count, 2);
    assert_true(all->members[3].type->target->is_declaration);
    assert_null(all->members[9].type->target);
    const struct type *typedef_type = all->members[5].type;
    assert_string_equal(type_name(typedef_type->target, &opened.arena),
                        "int (*)(union either *, const char *, ...)");
    // What BTF does not tell.
    assert_int_equal(all->language, LANGUAGE_UNSTATED);
    assert_true(all->alignments_may_be_unstated);
    assert_null(all->declared_file);
    assert_int_equal(all->declared_line, 0);
    assert_int_equal(all->declared_align_bytes, 0);
}

static void test_kinds(void **state)
{
    check_kinds(*state, false);
    check_kinds(*state, true);
}

// Before members had room for a width, bit-fields had integers made for them.
static void test_old_bitfields(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    const uint32_t three = btf_put_int_bits(&as, "int", 4, BTF_INT_SIGNED, 0, 3);
    const uint32_t five = btf_put_int_bits(&as, "int", 4, BTF_INT_SIGNED, 3, 5);
    const uint32_t alias = btf_put(&as, "alias", BTF_TYPEDEF, false, 0, five);
    const uint32_t fixed = btf_put_derived(&as, BTF_CONST, alias);
    const uint32_t flag = btf_put_int_bits(&as, "_Bool", 1, BTF_INT_BOOL, 0, 1);
    btf_put(&as, "old", BTF_STRUCT, false, 5, 16);
    btf_put_member(&as, "a", three, 0);
    btf_put_member(&as, "b", fixed, 0);
    btf_put_member(&as, "c", i32, 32);
    btf_put_member(&as, "d", three, 67);
    btf_put_member(&as, "e", flag, 96);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "old", &as);
    const struct type *old = btf_type(&opened, "old");
    static const uint64_t offsets[] = {0, 3, 32, 67, 96}, sizes[] = {3, 5, 32, 3, 8};
    for (size_t i = 0; i < 5; i++) {
        const bool is_bitfield = i != 2 && i != 4;
        assert_int_equal(old->members[i].kind, is_bitfield ? MEMBER_BITFIELD : MEMBER_FIELD);
        assert_int_equal(old->members[i].offset_bits, offsets[i]);
        assert_int_equal(old->members[i].size_bits, sizes[i]);
    }
    // They are no types that somebody wrote.
    size_t ints = 0;
    for (size_t i = 0; i < opened.index->entries_count; i++)
        ints += !strcmp(opened.index->entries[i].name, "int");
    assert_int_equal(ints, 1);
}

static void test_pointers_are_as_large_as_long(void **state)
{
    static const struct {
        const char *name;
        uint32_t size_bytes;
        unsigned expected;
    } cases[] = {{"long unsigned int", 8, 8},
                 {"long", 4, 4},
                 {"unsigned long", 8, 8},
                 {"long long", 8, 0},
                 {"long int", 2, 0}};
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
        const uint32_t number = btf_put_int(&as, cases[i].name, cases[i].size_bytes);
        const uint32_t pointer = btf_put_derived(&as, BTF_PTR, number);
        btf_put(&as, "s", BTF_STRUCT, false, 1, 8);
        btf_put_member(&as, "p", pointer, 0);
        CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "long", &as);
        const struct type *type = btf_type(&opened, "s");
        assert_int_equal(opened.btf->address_bytes, cases[i].expected);
        assert_int_equal(type->members[0].size_known, cases[i].expected != 0);
        assert_int_equal(type->members[0].size_bits, 8 * cases[i].expected);
        assert_int_equal(opened.btf->machine, 0); // nobody says
    }
}

static void test_anonymous_types_have_their_typedefs_names(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    const uint32_t anonymous = btf_put(&as, "", BTF_STRUCT, false, 1, 4);
    btf_put_member(&as, "a", i32, 0);
    const uint32_t first = btf_put(&as, "first", BTF_TYPEDEF, false, 0, anonymous);
    btf_put(&as, "second", BTF_TYPEDEF, false, 0, anonymous); // folded with an equal one
    btf_put(&as, "third", BTF_TYPEDEF, false, 0, first);
    btf_put(&as, "nameless", BTF_TYPEDEF, false, 0, 0);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "typedefs", &as);
    assert_int_equal(opened.index->entries_count, 5);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "second" : "first";
        assert_true(btf_entry(&opened, name)->named_by_typedef);
        const struct type *type = btf_type(&opened, name);
        assert_int_equal(type->kind, TYPE_STRUCT);
        assert_string_equal(type->name, name);
        assert_true(type->named_by_typedef);
    }
    const struct type *third = btf_type(&opened, "third");
    assert_int_equal(third->kind, TYPE_TYPEDEF);
    assert_string_equal(third->target->name, "first");
    assert_null(third->target->target->name); // met by itself it has no name
    assert_int_equal(third->size_bytes, 4);
    assert_null(btf_type(&opened, "nameless")->target);
    assert_false(btf_type(&opened, "nameless")->size_known);
}

static void put_pair_struct(struct btf_assembler *as, const char *name, uint32_t type, const char *member)
{
    btf_put(as, name, BTF_STRUCT, false, 1, 8);
    btf_put_member(as, member, type, 0);
}

static void test_definitions(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    put_pair_struct(&as, "twice", i32, "a");
    put_pair_struct(&as, "twice", i32, "a");
    put_pair_struct(&as, "twice", i32, "b");
    btf_put(&as, "declared", BTF_ENUM, false, 0, 4);
    btf_put(&as, "declared", BTF_FWD, false, 0, 0);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "definitions", &as);
    assert_int_equal(opened.index->entries_count, 3);
    assert_int_equal(opened.index->entries[1].copies, 2);
    assert_int_equal(opened.index->entries[2].copies, 1);
    assert_true(opened.index->entries[1].shape != opened.index->entries[2].shape);
}

// Fingerprints are of contents: the same struct under other numbers, and each thing changed.
static uint64_t shape_of(const struct workshop *shop, bool shifted, const char *member, const char *target,
                         uint32_t place, uint32_t count)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    if (shifted)
        btf_put(&as, "float", BTF_FLOAT, false, 0, 4);
    const uint32_t i64 = btf_put_int(&as, "long", 8);
    const uint32_t record = btf_put(&as, target, BTF_STRUCT, false, 0, 0);
    const uint32_t pointer = btf_put_derived(&as, BTF_PTR, record);
    const uint32_t array = btf_put_array(&as, i64, i64, count);
    const uint32_t anonymous = btf_put(&as, "", BTF_UNION, false, 1, 8);
    btf_put_member(&as, member, i64, 0);
    btf_put(&as, "s", BTF_STRUCT, false, 3, 64);
    btf_put_member(&as, "p", pointer, place);
    btf_put_member(&as, "a", array, 64);
    btf_put_member(&as, "", anonymous, 384);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(shop, "shape", &as);
    return btf_entry(&opened, "s")->shape;
}

static void test_shapes(void **state)
{
    const uint64_t shape = shape_of(*state, false, "m", "t", 0, 4);
    assert_true(shape == shape_of(*state, true, "m", "t", 0, 4));
    assert_true(shape != shape_of(*state, false, "n", "t", 0, 4));
    assert_true(shape != shape_of(*state, false, "m", "u", 0, 4));
    assert_true(shape != shape_of(*state, false, "m", "t", 8, 4));
    assert_true(shape != shape_of(*state, false, "m", "t", 0, 5));
}

static void test_names_are_picked_from_all(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    put_pair_struct(&as, "one", i32, "a");
    put_pair_struct(&as, "two", i32, "a");
    btf_put(&as, "one", BTF_TYPEDEF, false, 0, i32);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "names", &as);
    static const char *const names[] = {"one", "none", "int"};
    struct type_index *picked;
    assert_no_error(btf_index_names(opened.btf, names, 3, &picked));
    assert_int_equal(picked->entries_count, 3);
    const struct type_index_entry *all = opened.index->entries;
    const size_t from[] = {0, 1, 3};
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(&picked->entries[i], &all[from[i]], sizeof(*all));
    type_index_free(picked);
}

static void test_tags_are_left_out(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    uint32_t id = btf_put_int(&as, "int", 4);
    btf_put(&as, "s", BTF_STRUCT, false, 2, 8);
    btf_put_member(&as, "near", 2 + BTF_TAGS_MOST, 0);
    btf_put_member(&as, "far", 2 + BTF_TAGS_MOST + 1, 32);
    for (int i = 0; i < BTF_TAGS_MOST + 1; i++)
        id = btf_put(&as, "user", BTF_TYPE_TAG, false, 0, i ? id : 1);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "tags", &as);
    const struct type *type = btf_type(&opened, "s");
    assert_string_equal(type->members[0].type->name, "int");
    assert_int_equal(type->members[1].type->kind, TYPE_OTHER);
}

// A million types deep: no recursion anywhere.
static void test_deep(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    enum { DEPTH = 1000000 };
    static const enum btf_kind kinds[] = {BTF_CONST, BTF_VOLATILE, BTF_TYPEDEF, BTF_PTR, BTF_FUNC_PROTO};
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
        as.words.length = as.count = 0;
        for (uint32_t i = 0; i < DEPTH; i++)
            btf_put(&as, i == DEPTH - 1 ? "outermost" : "", i == DEPTH - 1 ? BTF_TYPEDEF : kinds[k], false, 0,
                    i);
        CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "deep", &as);
        assert_int_equal(btf_type(&opened, "outermost")->kind, TYPE_TYPEDEF);
    }
    as.words.length = as.count = 0;
    btf_put_int(&as, "int", 4);
    for (uint32_t i = 1; i < DEPTH / 2; i++) {
        btf_put(&as, i == DEPTH / 2 - 1 ? "outermost" : "", BTF_STRUCT, false, 1, 4);
        btf_put_member(&as, "m", i, 0);
    }
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "deep", &as);
    assert_int_equal(btf_type(&opened, "outermost")->size_bytes, 4);
}

static void test_forgetting(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i32 = btf_put_int(&as, "int", 4);
    put_pair_struct(&as, "s", i32, "a");
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "forget", &as);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(btf_type(&opened, "s")->members[0].size_bits, 32);
        assert_true(btf_builder_graph_bytes(opened.builder) > 0);
        btf_builder_forget(opened.builder);
        assert_int_equal(btf_builder_graph_bytes(opened.builder), 0);
    }
}

static void test_entries_of_others_are_refused(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    btf_put_int(&as, "int", 4);
    CLEANUP(opened_btf_close_at) struct opened_btf one = open_btf(*state, "one", &as);
    CLEANUP(opened_btf_close_at) struct opened_btf two = open_btf(*state, "two", &as);
    const struct type *type;
    struct error *error = btf_build(one.builder, &two.index->entries[0], &type);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_old_bitfields),
        cmocka_unit_test(test_pointers_are_as_large_as_long),
        cmocka_unit_test(test_anonymous_types_have_their_typedefs_names),
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_names_are_picked_from_all),
        cmocka_unit_test(test_tags_are_left_out),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_entries_of_others_are_refused),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
