// SPDX-License-Identifier: MIT
// Spelled types and declarations go back to the compiler: it must find them the same as the types they were
// read from.
#include "type_workshop.h"

// ---- C and C++ --------------------------------------------------------------------------------------------

static const char c_types[] =
    "struct list_head { struct list_head *next; };\n"
    "typedef struct list_head named; typedef int row[3]; enum colour { RED }; union u { int i; };\n"
    "typedef int (*handler)(int);\n"
    "typedef float four __attribute__((vector_size(16)));\n"
    "struct s {\n"
    "    int a; unsigned long b[4][8]; struct list_head *c; const char *const *d; char *const e;\n"
    "    void (*f)(int, char *); int (*(*g)(void))[5]; void *(*h[2])(const struct list_head *, ...);\n"
    "    handler i; named *j; row *k; const row l; volatile int *volatile m; enum colour n; union u *o;\n"
    "    void *restrict p; int (*q)[3]; int (**r)(handler); const volatile short t; _Atomic int v;\n"
    "    four w; char *(*x)[2][3]; long double y; const handler z; _Bool aa; const struct list_head *const "
    "bb;\n"
    "    unsigned bits : 5; void (*cc)(void (*)(void)); double _Complex dd; const void *ee;\n"
    "};\n";

static const char cpp_types[] =
    "namespace ns { struct T { int i; }; template <class A, int N> struct Box { A a[N]; }; enum class E { e "
    "}; }\n"
    "struct s {\n"
    "    const ns::T &a; ns::T &&b; int (&c)[3]; void (&d)(int); int ns::T::*e; void (ns::T::*f)(char, "
    "...);\n"
    "    ns::Box<ns::Box<int, 2>, 3> *g; ns::E h; const ns::T *const *i; void (*j)(const ns::T &); "
    "decltype(nullptr) k;\n"
    "    int (*l)(); bool m; wchar_t n; char32_t o; int *(ns::T::*p)[4]; const int (&q)[2]; long long r;\n"
    "    s();\n"
    "};\n";

static char *append(char *text, const char *format, ...) PRINTF_LIKE(2, 3);

static char *append(char *text, const char *format, ...)
{
    char *piece = NULL, *whole = NULL;
    va_list arguments;
    va_start(arguments, format);
    assert_true(vasprintf(&piece, format, arguments) >= 0);
    va_end(arguments);
    assert_true(asprintf(&whole, "%s%s", text ? text : "", piece) >= 0);
    free(text);
    free(piece);
    return whole;
}

// Declares a struct of the spelled members, then asks the compiler to compare both structs' members and each
// member's type with its spelled name.
static void check_spelling(const struct workshop *shop, const char *compile, const char *types,
                           const char *use, const char *source, const char *same)
{
    CLEANUP(free_text_at) char *text = append(NULL, "%s%s", types, use);
    workshop_write_text(shop, source, text);
    if (workshop_try(shop, "%s -c -o types.o %s", compile, source) != 0) {
        print_message("skipped: %s\n", compile);
        return;
    }
    print_message("%s\n", compile);
    struct opened opened CLEANUP(opened_close_at) = open_types(shop, "types.o");
    const struct type *type = get_type(&opened, "s");
    assert_true(type->members_count > 15);

    CLEANUP(free_text_at) char *again = append(NULL, "%sstruct again {\n", types);
    for (size_t i = 0; i < type->members_count; i++)
        again = append(again, "    %s;\n", type_member_declaration(&type->members[i], type, &opened.arena));
    again = append(again, "};\n");
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind == MEMBER_BITFIELD)
            continue;
        again = append(again, same, "again", member->name);
        again = append(again, "#define NAMED %s\n", type_name(member->type, &opened.arena));
        again = append(again, same, "named", member->name);
        again = append(again, "#undef NAMED\n");
    }
    workshop_write_text(shop, source, again);
    workshop_run(shop, "%s -fsyntax-only %s", compile, source);
}

static const char c_same[] = "_Static_assert(__builtin_types_compatible_p(__typeof__(((struct s *)0)->%2$s), "
                             "%1$s_(%2$s)), \"%1$s %2$s\");\n";
static const char cpp_same[] = "static_assert(__is_same(decltype(s::%2$s), %1$s_(%2$s)), \"%1$s %2$s\");\n";

static void test_the_compiler_reads_spelled_c_types_as_the_same(void **state)
{
    static const char *const compilers[] = {"gcc -w -gdwarf-5", "gcc -w -gdwarf-4", "gcc -w -gdwarf-5 -m32",
                                            "clang -w -gdwarf-5", "clang -w -gdwarf-5 -m32"};
    CLEANUP(free_text_at)
    char *types = append(NULL,
                         "#define complex _Complex\n#define again_(m) __typeof__(((struct again "
                         "*)0)->m)\n#define named_(m) __typeof__(NAMED)\n%s",
                         c_types);
    for (size_t i = 0; i < ARRAY_LENGTH(compilers); i++)
        check_spelling(*state, compilers[i], types, "struct s object;\n", "types.c", c_same);
}

static void test_the_compiler_reads_spelled_cplusplus_types_as_the_same(void **state)
{
    static const char *const compilers[] = {"g++ -w -gdwarf-5", "g++ -w -gdwarf-4",
                                            "clang++ -w -fstandalone-debug -gdwarf-5"};
    CLEANUP(free_text_at)
    char *types = append(
        NULL, "#define again_(m) decltype(again::m)\n#define named_(m) __typeof__(NAMED)\n%s", cpp_types);
    for (size_t i = 0; i < ARRAY_LENGTH(compilers); i++)
        check_spelling(*state, compilers[i], types, "s *object; int f() { return object->r; }\n", "types.cc",
                       cpp_same);
}

// ---- graphs made by hand ----------------------------------------------------------------------------------

static void expect_name(const struct type *type, const char *expected)
{
    struct arena arena;
    arena_init(&arena);
    assert_string_equal(type_name(type, &arena), expected);
    arena_free(&arena);
}

static void test_names_of_hand_made_types(void **state)
{
    (void)state;
    const struct type anonymous = {.kind = TYPE_STRUCT, .language = LANGUAGE_C};
    const struct type by_typedef = {
        .kind = TYPE_UNION, .language = LANGUAGE_C, .name = "handle", .named_by_typedef = true};
    const struct type pointer = {.kind = TYPE_POINTER, .target = &anonymous, .language = LANGUAGE_C};
    const struct type nothing = {.kind = TYPE_POINTER, .language = LANGUAGE_C};
    struct array_dimension dimensions[] = {{.count_known = true, .count = 2}, {.is_variable = true}, {0}};
    const struct type byte = {.kind = TYPE_BASE, .name = "u8", .language = LANGUAGE_RUST};
    const struct type inner = {.kind = TYPE_ARRAY,
                               .target = &byte,
                               .dimensions = dimensions,
                               .dimensions_count = 1,
                               .language = LANGUAGE_RUST};
    const struct type outer = {.kind = TYPE_ARRAY,
                               .target = &inner,
                               .dimensions = dimensions,
                               .dimensions_count = 1,
                               .language = LANGUAGE_RUST};
    const struct type open = {
        .kind = TYPE_ARRAY, .target = &pointer, .dimensions = dimensions, .dimensions_count = 3};
    const struct type go = {.kind = TYPE_POINTER, .name = "*main.T", .language = LANGUAGE_GO};
    expect_name(&anonymous, "struct {…}");
    expect_name(&by_typedef, "handle");
    expect_name(&pointer, "struct {…} *");
    expect_name(&nothing, "void *");
    expect_name(&outer, "[[u8; 2]; 2]");
    expect_name(&open, "struct {…} *[2][…][]");
    expect_name(&go, "*main.T");
    assert_string_equal(type_kind_word(&by_typedef), "union");
}

// A pointer to itself, a const of itself, and functions whose parameters are functions, twice each: what is
// spelled stays short.
static void test_endless_types_have_short_names(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct type pointer = {.kind = TYPE_POINTER};
    pointer.target = &pointer;
    struct type constant = {.kind = TYPE_CONST};
    constant.target = &constant;
    struct type functions[64];
    const struct type *parameters[64][2];
    for (size_t i = 0; i < 64; i++) {
        const struct type *next = &functions[(i + 1) % 64];
        parameters[i][0] = parameters[i][1] = next;
        functions[i] = (struct type){
            .kind = TYPE_FUNCTION, .parameters = parameters[i], .parameters_count = 2, .target = next};
    }
    assert_true(strlen(type_name(&pointer, &arena)) < 1000);
    assert_true(strlen(type_name(&constant, &arena)) < 1000);
    assert_true(strlen(type_name(&functions[0], &arena)) < 100000);
    assert_ptr_equal(type_strip(&constant), &constant);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_compiler_reads_spelled_c_types_as_the_same),
        cmocka_unit_test(test_the_compiler_reads_spelled_cplusplus_types_as_the_same),
        cmocka_unit_test(test_names_of_hand_made_types),
        cmocka_unit_test(test_endless_types_have_short_names),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
