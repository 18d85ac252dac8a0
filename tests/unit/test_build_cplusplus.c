// SPDX-License-Identifier: MIT
// C++ classes against a program that prints its own layout: bases (virtual ones too, whose places stand only
// in the vtables), nested and anonymous classes, templates, references, pointers to members.
#include "type_workshop.h"

#include <inttypes.h>

static const char *const settings[] = {
    "g++ -gdwarf-5",
    "g++ -gdwarf-4 -no-pie",
    "g++ -gdwarf-4 -fdebug-types-section",
    "g++ -gdwarf-2",
    "g++ -gdwarf-5 -m32",
    "clang++ -fstandalone-debug -gdwarf-5",
    "clang++ -fstandalone-debug -gdwarf-4 -no-pie",
    "clang++ -fstandalone-debug -gdwarf-3 -m32",
};

static const struct member *find_base(const struct type *type, const char *name)
{
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if ((member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE) &&
            strcmp(member->name, name) == 0)
            return member;
    }
    return NULL;
}

static void check_number(const char *what, const char *class_name, const char *member, uint64_t told,
                         uint64_t truth)
{
    if (told != truth)
        fail_msg("%s of %s %s: told %" PRIu64 ", is %" PRIu64, what, class_name, member, told, truth);
}

static void check_fact(const struct opened *opened, char *line)
{
    char *rest = line;
    const char *kind = strsep(&rest, "\t"), *class_name = strsep(&rest, "\t"), *name = strsep(&rest, "\t");
    const uint64_t value = strtoull(rest, &rest, 10), second = strtoull(rest, NULL, 10);
    const struct type *type = type_strip(get_type(opened, class_name));
    if (strcmp(kind, "size") == 0) {
        assert_true(type->size_known);
        check_number("size", class_name, "", type->size_bytes, value);
    } else if (strcmp(kind, "field") == 0) {
        uint64_t offset_bits;
        const struct member *member = find_member(type, name, &offset_bits);
        if (!member || !member->size_known)
            fail_msg("%s: no member %s, or none of a known size", class_name, name);
        check_number("offset", class_name, name, offset_bits, value);
        check_number("size", class_name, name, member->size_bits, second);
    } else {
        assert_string_equal(kind, "base");
        const struct member *base = find_base(type, name);
        if (!base || !base->offset_known)
            fail_msg("%s: no base %s, or none with a known place", class_name, name);
        check_number("place", class_name, name, base->offset_bits, value);
    }
}

static void test_classes_lie_as_their_program_says(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(free_text_at) char *source = type_source("cpp_types.cc");
    size_t built = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
        if (workshop_try(shop, "%s -w -o program %s", settings[i], source) != 0 ||
            workshop_try(shop, "./program") != 0) {
            print_message("SKIPPED: %s\n", settings[i]);
            continue;
        }
        print_message("%s\n", settings[i]);
        CLEANUP(free_text_at) char *facts = workshop_ask(shop, "./program");
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "program");
        size_t checked = 0;
        for (char *rest = facts, *line; (line = strsep(&rest, "\n")) && *line;) {
            if (*line == '#')
                continue;
            check_fact(&opened, line);
            checked++;
        }
        assert_true(checked > 40);
        built++;
    }
    assert_true(built > 0);
}

// A static member takes no space, so it is no member here.
static void test_static_members_are_left_out(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(free_text_at) char *source = type_source("cpp_types.cc");
    uint64_t ignored;
    for (int version = 3; version <= 5; version++) {
        workshop_run(shop, "g++ -w -gdwarf-%d -o program %s", version, source);
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "program");
        const struct type *type = get_type(&opened, "ns::WithEmpty");
        assert_int_equal(type->members_count, 3);
        assert_null(find_member(type, "counted", &ignored));
    }
}

// clang describes a class with constructors only in units that define one of them; the others declare it,
// even where they hold it by value.
static void test_a_class_that_its_unit_only_declares_is_found_by_name(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "key.h",
                        "namespace n { struct Key { Key(); virtual void key(); long number; }; }\n"
                        "struct Holder { char c; n::Key key; };\n");
    workshop_write_text(shop, "key.cc", "#include \"key.h\"\nn::Key::Key() {}\nvoid n::Key::key() {}\n");
    workshop_write_text(shop, "user.cc", "#include \"key.h\"\nstatic Holder h; int main() { return h.c; }\n");
    if (workshop_try(shop, "clang++ -g -fno-standalone-debug -o program user.cc key.cc") != 0) {
        skip_because("no clang++");
    }
    struct opened opened CLEANUP(opened_close_at) = open_types(shop, "program");
    for (int with_index = 0; with_index < 2; with_index++) {
        if (with_index)
            type_builder_use_index(opened.builder, opened.index);
        type_builder_forget(opened.builder);
        const struct type *holder = get_type(&opened, "Holder");
        const struct type *key = holder->members[1].type;
        assert_ptr_not_equal(key->id.group, holder->id.group); // else there was nothing to find
        assert_string_equal(key->name, "n::Key");
        assert_false(key->is_declaration);
        assert_int_equal(key->members_count, 2);
        assert_int_equal(holder->size_bytes, 24);
        assert_int_equal(holder->members[1].size_bits, 128);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_lie_as_their_program_says),
        cmocka_unit_test(test_static_members_are_left_out),
        cmocka_unit_test(test_a_class_that_its_unit_only_declares_is_found_by_name),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
