// SPDX-License-Identifier: MIT
// BTF that lies: each lie is refused with one line that names file, section and offset, or read as far as it is
// true. Nothing crashes, hangs or takes memory out of proportion.
#include "btf_workshop.h"

enum { TYPES_AT = BTF_HEADER_BYTES };

static void assert_refused(const struct workshop *shop, const char *name, const char *message)
{
    struct error *error = refusal_of_btf(shop, name, NULL);
    if (!strstr(error->message, message))
        fail_msg("\"%s\" does not say \"%s\"", error->message, message);
    char place[64];
    snprintf(place, sizeof(place), "/%s: BTF+0x", name);
    if (!strstr(error->message, place))
        fail_msg("\"%s\" does not say where", error->message);
    error_free(error);
}

static struct assembled small_btf(void)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    btf_put_int(&as, "int", 4);
    return btf_assembler_finish(&as);
}

// ---- header and strings ---------------------------------------------------------------------------------

static void test_headers(void **state)
{
    static const struct {
        size_t offset;
        unsigned size_bytes;
        uint32_t value;
        const char *message;
    } cases[] = {
        {2, 1, 2, "BTF of version 2"},
        {3, 1, 1, "flags 0x1"},
        {4, 4, 8, "a header of 8 bytes"},
        {4, 4, 0xffffffff, "a header of 4294967295 bytes"},
        {8, 4, 0xfffffff0, "types of 0x10 bytes at 0xfffffff0 leave"},
        {12, 4, 0xffffffff, "types of 0xffffffff bytes at 0x0 leave"},
        {12, 4, 15, "types of 15 bytes, no multiple of 4"},
        {16, 4, 0xfffffff0, "strings of 0x5 bytes at 0xfffffff0 leave"},
        {20, 4, 0xffffffff, "strings of 0xffffffff bytes"},
        {20, 4, 4, "do not end with a NUL"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP(assembled_free_at) struct assembled bytes = small_btf();
        memcpy(bytes.data + cases[i].offset, &cases[i].value, cases[i].size_bytes);
        workshop_write(*state, "header", bytes.data, bytes.size_bytes);
        assert_refused(*state, "header", cases[i].message);
    }
}

static void test_cut_files(void **state)
{
    CLEANUP(assembled_free_at) struct assembled bytes = small_btf();
    for (size_t size_bytes = 0; size_bytes < bytes.size_bytes; size_bytes++) {
        workshop_write(*state, "cut", bytes.data, size_bytes);
        error_free(refusal_of_btf(*state, "cut", NULL));
    }
    workshop_write(*state, "cut", bytes.data, 20);
    assert_refused(*state, "cut", "truncated");
}

static void test_strings(void **state)
{
    CLEANUP(assembled_free_at) struct assembled bytes = small_btf();
    const uint32_t none = 0;
    memcpy(bytes.data + 20, &none, sizeof(none));
    workshop_write(*state, "none", bytes.data, bytes.size_bytes);
    // Without strings it can only be a split one.
    struct error *error = refusal_of_btf(*state, "none", NULL);
    assert_non_null(strstr(error->message, "split"));
    error_free(error);

    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    char *name = malloc(64 << 10);
    memset(name, 'a', 64 << 10);
    name[(64 << 10) - 1] = '\0';
    btf_put_int(&as, name, 4);
    write_btf(*state, "long", &as);
    assert_refused(*state, "long", "a name of more than 16384 bytes");
    name[16000] = '\0';
    CLEANUP(btf_assembler_free_at) struct btf_assembler fine = btf_assembler_begin();
    btf_put_int(&fine, name, 4);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "long", &fine);
    assert_int_equal(strlen(opened.index->entries[0].name), 16000);
    free(name);
}

// ---- records --------------------------------------------------------------------------------------------

static void put_words(struct btf_assembler *as, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        btf_put_word(as, words[i]);
}

#define INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))

static void test_records(void **state)
{
    static const struct {
        uint32_t words[8];
        size_t count;
        const char *message;
    } cases[] = {
        {{0, INFO(0, 0), 0}, 3, "type 2 is of kind 0, which is not known"},
        {{0, INFO(BTF_KINDS, 0), 0}, 3, "type 2 is of kind 20, which is not known"},
        {{0, INFO(0x41, 0), 0}, 3, "type 2 is of kind 65"},
        {{0, INFO(BTF_PTR, 0)}, 2, "type 2 is cut off"},
        {{0, INFO(BTF_INT, 0), 4}, 3, "type 2 of kind 1 with 0 parts leaves"},
        {{0, INFO(BTF_STRUCT, 0xffffff), 4}, 3, "type 2 of kind 4 with 16777215 parts leaves"},
        {{0, INFO(BTF_ARRAY, 0), 0, 1, 1}, 5, "type 2 of kind 3"},
        {{0, INFO(BTF_INT, 0), 4, 33}, 4, "type 2: an integer of 4 bytes with bits 0 to 33"},
        {{0, INFO(BTF_INT, 0), 4, 8u << 16 | 32}, 4, "type 2: an integer of 4 bytes with bits 8 to 40"},
        {{0, INFO(BTF_INT, 0), 4, 0}, 4, "type 2: an integer"},
        {{0, INFO(BTF_PTR, 0), 3}, 3, "type 2 refers to type 3, the last one is 2"},
        {{0, INFO(BTF_PTR, 0), UINT32_MAX}, 3, "type 2 refers to type 4294967295"},
        {{0, INFO(BTF_TYPE_TAG, 0), 3}, 3, "type 2 refers to type 3"},
        {{0, INFO(BTF_FUNC, 0), 3}, 3, "type 2 refers to type 3"},
        {{0, INFO(BTF_ARRAY, 0), 0, 3, 1, 1}, 6, "type 2 refers to type 3"},
        {{0, INFO(BTF_ARRAY, 0), 0, 1, 3, 1}, 6, "type 2 refers to type 3"},
        {{0, INFO(BTF_STRUCT, 1), 4, 0, 3, 0}, 6, "type 2 refers to type 3"},
        {{0, INFO(BTF_FUNC_PROTO, 1), 1, 0, 3}, 5, "type 2 refers to type 3"},
        {{0, INFO(BTF_FUNC_PROTO, 0), 3}, 3, "type 2 refers to type 3"},
        {{0, INFO(BTF_VAR, 0), 3, 0}, 4, "type 2 refers to type 3"},
        {{0, INFO(BTF_DATASEC, 1), 4, 3, 0, 4}, 6, "type 2 refers to type 3"},
        {{0, INFO(BTF_DECL_TAG, 0), 3, 0}, 4, "type 2 refers to type 3"},
        {{5, INFO(BTF_PTR, 0), 1}, 3, "type 2: a name at 0x5, behind the strings' end at 0x5"},
        {{0, INFO(BTF_STRUCT, 1), 4, 5, 1, 0}, 6, "type 2: a name at 0x5"},
        {{0, INFO(BTF_ENUM, 1), 4, UINT32_MAX, 1}, 5, "type 2: a name at 0xffffffff"},
        {{0, INFO(BTF_ENUM64, 1), 8, 6, 1, 0}, 6, "type 2: a name at 0x6"},
        {{0, INFO(BTF_FUNC_PROTO, 1), 1, 7, 1}, 5, "type 2: a name at 0x7"},
        {{0, INFO(BTF_TYPEDEF, 0), 2}, 3, "type 2 contains itself"},
        {{0, INFO(BTF_CONST, 0), 2}, 3, "type 2 contains itself"},
        {{0, INFO(BTF_TYPE_TAG, 0), 2}, 3, "type 2 contains itself"},
        {{0, INFO(BTF_ARRAY, 0), 0, 2, 1, 1}, 6, "type 2 contains itself"},
        {{0, INFO(BTF_STRUCT, 1), 4, 0, 2, 0}, 6, "type 2 contains itself"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
        btf_put_int(&as, "int", 4);
        put_words(&as, cases[i].words, cases[i].count);
        for (int foreign = 0; foreign < 2; foreign++) {
            as.is_foreign = foreign;
            write_btf(*state, "record", &as);
            assert_refused(*state, "record", cases[i].message);
        }
    }
}

static void test_offsets_in_messages(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    btf_put_int(&as, "int", 4);
    btf_put_derived(&as, BTF_PTR, 9);
    write_btf(*state, "where", &as);
    assert_refused(*state, "where", "BTF+0x28: type 2 refers"); // behind the header and 16 bytes of "int"
    assert_int_equal(TYPES_AT + 16, 0x28);
}

static void test_long_cycles(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    enum { LENGTH = 100000 };
    for (uint32_t i = 1; i <= LENGTH; i++) {
        btf_put(&as, "", BTF_UNION, false, 1, 4);
        btf_put_member(&as, "", i % LENGTH + 1, 0);
    }
    write_btf(*state, "cycle", &as);
    assert_refused(*state, "cycle", "type 1 contains itself");
}

// What is no cycle by value may go round.
static void test_pointers_may_go_round(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    btf_put_derived(&as, BTF_PTR, 1);
    btf_put_derived(&as, BTF_PTR, 3);
    btf_put(&as, "", BTF_FUNC_PROTO, false, 1, 2);
    btf_put_pair(&as, "self", 3);
    btf_put(&as, "", BTF_STRUCT, false, 1, 8);
    btf_put_member(&as, "self", 5, 0);
    btf_put_derived(&as, BTF_PTR, 4);
    btf_put(&as, "round", BTF_TYPEDEF, false, 0, 4);
    btf_put(&as, "all", BTF_STRUCT, false, 3, 24);
    btf_put_member(&as, "a", 1, 0);
    btf_put_member(&as, "b", 2, 0);
    btf_put_member(&as, "c", 6, 0);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "round", &as);
    const struct type *all = btf_type(&opened, "all");
    for (size_t i = 0; i < 3; i++)
        assert_non_null(btf_spelling(&opened, all, i));
}

static void test_sizes_do_not_overflow(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t big = btf_put(&as, "big", BTF_STRUCT, false, 0, UINT32_MAX);
    uint32_t array = big;
    for (int i = 0; i < 4; i++)
        array = btf_put_array(&as, array, big, UINT32_MAX);
    btf_put(&as, "holder", BTF_STRUCT, true, 2, UINT32_MAX);
    btf_put_member(&as, "many", array, 0);
    btf_put_member(&as, "bits", big, UINT32_MAX);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "sizes", &as);
    const struct type *holder = btf_type(&opened, "holder");
    assert_false(holder->members[0].size_known);
    assert_int_equal(holder->members[1].size_bits, 255);
    assert_int_equal(holder->members[1].offset_bits, 0xffffff);
}

// Records that stand where a type should.
static void test_what_is_no_type(void **state)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t function = btf_put(&as, "f", BTF_FUNC, false, 0, 0);
    const uint32_t variable = btf_put(&as, "v", BTF_VAR, false, 0, function);
    btf_put_word(&as, 0);
    const uint32_t section = btf_put(&as, ".data", BTF_DATASEC, false, 1, 4);
    put_words(&as, (const uint32_t[]){variable, 0, 4}, 3);
    const uint32_t tag = btf_put(&as, "tag", BTF_DECL_TAG, false, 0, section);
    btf_put_word(&as, 0);
    btf_put(&as, "s", BTF_STRUCT, false, 4, 4);
    const uint32_t ids[] = {function, variable, section, tag};
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++)
        btf_put_member(&as, "m", ids[i], 0);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf(*state, "none", &as);
    assert_int_equal(opened.index->entries_count, 1);
    const struct type *type = btf_type(&opened, "s");
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        assert_int_equal(type->members[i].type->kind, TYPE_OTHER);
        assert_false(type->members[i].size_known);
    }
}

// ---- every byte -----------------------------------------------------------------------------------------

static struct assembled one_of_each(void)
{
    CLEANUP(btf_assembler_free_at) struct btf_assembler as = btf_assembler_begin();
    const uint32_t i64 = btf_put_int(&as, "long", 8);
    const uint32_t pointer = btf_put_derived(&as, BTF_PTR, i64 + 3);
    const uint32_t array = btf_put_array(&as, pointer, i64, 5);
    btf_put(&as, "s", BTF_STRUCT, true, 2, 64);
    btf_put_member(&as, "a", array, 0);
    btf_put_member(&as, "b", i64, 7u << 24 | 320);
    btf_put(&as, "e", BTF_ENUM, false, 1, 4);
    btf_put_pair(&as, "A", 1);
    btf_put(&as, "w", BTF_ENUM64, false, 1, 8);
    btf_put_member(&as, "B", 1, 2);
    const uint32_t prototype = btf_put(&as, "", BTF_FUNC_PROTO, false, 2, i64);
    btf_put_pair(&as, "x", pointer);
    btf_put_pair(&as, "", 0);
    btf_put(&as, "f", BTF_FUNC, false, 0, prototype);
    btf_put(&as, "t", BTF_TYPEDEF, false, 0, array);
    btf_put(&as, "r", BTF_TYPE_TAG, false, 0, i64);
    btf_put(&as, "d", BTF_FLOAT, false, 0, 8);
    btf_put(&as, "u", BTF_FWD, true, 0, 0);
    btf_put(&as, "", BTF_UNION, false, 1, 8);
    btf_put_member(&as, "c", i64, 0);
    return btf_assembler_finish(&as);
}

// Opens what can be opened, and builds every type of it.
static bool opens(const struct workshop *shop, const char *name)
{
    struct btf *btf = NULL;
    struct error *error = try_open_btf(shop, name, NULL, &btf);
    if (error) {
        assert_null(strchr(error->message, '\n'));
        error_free(error);
        return false;
    }
    btf_close(btf);
    CLEANUP(opened_btf_close_at) struct opened_btf opened = open_btf_with(shop, name, NULL);
    for (size_t i = 0; i < opened.index->entries_count; i++) {
        const struct type *type;
        assert_no_error(btf_build(opened.builder, &opened.index->entries[i], &type));
        assert_non_null(type_name(type, &opened.arena));
        for (size_t m = 0; m < type->members_count; m++)
            assert_non_null(btf_spelling(&opened, type, m));
    }
    return true;
}

static void test_every_byte(void **state)
{
    CLEANUP(assembled_free_at) struct assembled bytes = one_of_each();
    workshop_write(*state, "bytes", bytes.data, bytes.size_bytes);
    assert_true(opens(*state, "bytes"));
    unsigned opened = 0, refused = 0;
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    for (size_t i = 0; i < bytes.size_bytes; i++)
        for (size_t c = 0; c < ARRAY_LENGTH(changes); c++) {
            bytes.data[i] ^= changes[c];
            workshop_write(*state, "bytes", bytes.data, bytes.size_bytes);
            if (opens(*state, "bytes"))
                opened++;
            else
                refused++;
            bytes.data[i] ^= changes[c];
        }
    assert_true(opened > 100 && refused > 100);
}

// ---- files ----------------------------------------------------------------------------------------------

static void test_files(void **state)
{
    struct workshop *shop = *state;
    struct btf *btf;
    struct error *error = btf_open("/nowhere/at/all", NULL, &btf);
    assert_int_equal(error->code, ERROR_SYSTEM);
    error_free(error);
    error = btf_open(shop->folder, NULL, &btf);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
    error = btf_open("/dev/null", NULL, &btf);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
    workshop_write_text(shop, "text", "#!/bin/sh\n");
    error = refusal_of_btf(shop, "text", NULL);
    assert_int_equal(error->code, ERROR_BAD_FORMAT);
    error_free(error);
    workshop_write_text(shop, "empty", "");
    error_free(refusal_of_btf(shop, "empty", NULL));
    workshop_run(shop, "gcc -g -c -o plain.o main.c");
    error = refusal_of_btf(shop, "plain.o", NULL);
    assert_int_equal(error->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(error->message, ".BTF"));
    error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_offsets_in_messages),
        cmocka_unit_test(test_long_cycles),
        cmocka_unit_test(test_pointers_may_go_round),
        cmocka_unit_test(test_sizes_do_not_overflow),
        cmocka_unit_test(test_what_is_no_type),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
