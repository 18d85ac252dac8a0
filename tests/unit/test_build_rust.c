// SPDX-License-Identifier: MIT
// Rust's enums with data, against a program that looks where its own payloads are.
#include "type_workshop.h"

#include <inttypes.h>

static const struct variant *find_variant(const struct type *type, const char *name)
{
    assert_int_equal(type->variant_parts_count, 1);
    const struct variant_part *part = &type->variant_parts[0];
    for (size_t i = 0; i < part->variants_count; i++)
        if (part->variants[i].name && strcmp(part->variants[i].name, name) == 0)
            return &part->variants[i];
    fail_msg("%s has no variant %s", type->name, name);
    return NULL;
}

// "Circle.__0": the variant's only member is a struct of its payload.
static void check_payload(const struct type *type, char *path, uint64_t offset_bits, uint64_t size_bits)
{
    const char *name = strsep(&path, ".");
    const struct variant *variant = find_variant(type, name);
    assert_int_equal(variant->members_count, 1);
    uint64_t told;
    const struct member *payload = find_member(variant->members[0].type, path, &told);
    assert_non_null(payload);
    assert_int_equal(variant->members[0].offset_bits + told, offset_bits);
    assert_int_equal(payload->size_bits, size_bits);
}

static void check_fact(const struct opened *opened, char *line)
{
    char *rest = line, name[64];
    const char *kind = strsep(&rest, "\t"), *of = strsep(&rest, "\t");
    char *part = strsep(&rest, "\t");
    const uint64_t offset_bits = strtoull(rest, &rest, 10), size_bits = strtoull(rest, NULL, 10);
    uint64_t told;
    snprintf(name, sizeof(name), "program::%s", strcmp(kind, "member") == 0 ? "Holder" : of);
    const struct type *type = get_type(opened, name);
    if (strcmp(kind, "size") == 0) {
        assert_int_equal(type->size_bits, offset_bits);
    } else if (strcmp(kind, "variant") == 0) {
        check_payload(type, part, offset_bits, size_bits);
    } else if (strcmp(kind, "member") == 0) {
        const struct member *member = find_member(type, of, &told);
        assert_non_null(member);
        check_payload(member->type, part, offset_bits, size_bits);
    } else {
        const struct member *member = find_member(type, part, &told);
        assert_non_null(member);
        assert_int_equal(told, offset_bits);
        assert_int_equal(member->size_bits, size_bits);
    }
}

static void test_payloads_lie_where_the_program_finds_them(void **state)
{
    const struct workshop *shop = *state;
    char *source = type_source("rust_types.rs");
    // Discriminants on variants with data came in 1.66; Debian 12's 1.63 has them behind a feature.
    int status = workshop_try(shop,
                              "rustc -g --crate-name program -o program %s || RUSTC_BOOTSTRAP=1 rustc "
                              "'-Zcrate-attr=feature(arbitrary_enum_discriminant)' -g --crate-name program "
                              "-o program %s",
                              source, source);
    free(source); // skip() jumps over what would clean up
    if (status != 0) {
        skip_because("no rustc");
    }
    CLEANUP(free_text_at) char *facts = workshop_ask(shop, "./program");
    struct opened opened CLEANUP(opened_close_at) = open_types(shop, "program");
    size_t checked = 0;
    for (char *rest = facts, *line; (line = strsep(&rest, "\n")) && *line; checked++)
        check_fact(&opened, line);
    assert_true(checked > 20);

    // What tells the variants apart, as the source gives it.
    const struct type *type = get_type(&opened, "program::Signed");
    assert_string_equal(type_kind_word(type), "enum");
    const char *minus = find_variant(type, "Minus")->values_text;
    assert_true(strcmp(minus, "-3") == 0 || strcmp(minus, "253") == 0); // 1.63 calls every tag unsigned
    assert_string_equal(find_variant(type, "Plus")->values_text, "7");
    assert_int_equal(type->variant_parts[0].discriminant->kind, MEMBER_DISCRIMINANT);
    assert_int_equal(type->variant_parts[0].discriminant->size_bits, 8);
    assert_true(find_variant(get_type(&opened, "program::Single"), "Only")->is_default);
    assert_null(get_type(&opened, "program::Single")->variant_parts[0].discriminant);

    uint64_t ignored;
    const struct type *holder = get_type(&opened, "program::Holder");
    const struct {
        const char *member, *declaration;
    } spelled[] = {{"rows", "rows: [[u16; 3]; 2]"},
                   {"text", "text: &str"},
                   {"call", "call: fn(i32) -> i32"},
                   {"pair", "pair: (u8, u32)"}};
    for (size_t i = 0; i < ARRAY_LENGTH(spelled); i++)
        assert_string_equal(
            type_member_declaration(find_member(holder, spelled[i].member, &ignored), holder, &opened.arena),
            spelled[i].declaration);
}

static void test_wide_integers_align_as_their_rustc_has_them(void **state)
{
    const struct workshop *shop = *state;
    static const char *const compilers[] = {"rustc", "/usr/bin/rustc"}; // Debian's may be another release
    size_t checked = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(compilers); i++) {
        if (workshop_try(shop,
                         "echo 'fn main() { let x: u128 = 1; println!(\"{}\", std::mem::align_of_val(&x)); "
                         "}' >wide.rs && "
                         "%s -g -o wide wide.rs",
                         compilers[i]) != 0)
            continue;
        CLEANUP(free_text_at) char *told = workshop_ask(shop, "./wide");
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "wide");
        const struct type *type = get_type(&opened, "u128");
        assert_int_equal(type->wide_align_bytes ? type->wide_align_bytes : 16, strtoull(told, NULL, 10));
        checked++;
    }
    if (!checked)
        skip_because("no rustc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payloads_lie_where_the_program_finds_them),
        cmocka_unit_test(test_wide_integers_align_as_their_rustc_has_them),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
