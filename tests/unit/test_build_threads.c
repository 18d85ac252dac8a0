// SPDX-License-Identifier: MIT
// Builders side by side on one table: every thread, whatever the order and the company, builds the same
// types, down to what is behind their pointers.
#include "type_workshop.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>

enum { THREADS = 5, TARGETS_MOST = 8 };

// Files of tens of thousands of types are there for their depth, and take ThreadSanitizer minutes.
#if defined(__SANITIZE_THREAD__)
enum { TYPES_MOST = 8000 };
#else
enum { TYPES_MOST = 100000 };
#endif

struct worker {
    const struct opened *opened;
    bool backwards, has_index;
    size_t forgets_after; // so many types; 0: never
    char **texts;         // of every entry
};

// All that can be told of a type, and of where it leads.
static void print_facts(FILE *out, const struct type *type, unsigned targets)
{
    if (!type || targets > TARGETS_MOST) {
        fprintf(out, "-");
        return;
    }
    fprintf(out,
            "(%d %u %s %d%d%d%d %d:%" PRIu64 ":%" PRIu64 " %" PRIu64 " %u %s:%" PRIu64
            " %u #%zu/%zu/%zu %" PRIx64,
            (int)type->kind, type->language, type->name ? type->name : "?", type->named_by_typedef,
            type->is_declaration, type->by_name_only, type->is_variadic, type->size_known, type->size_bytes,
            type->size_bits, type->declared_align_bytes, type->encoding,
            type->declared_file ? type->declared_file : "?", type->declared_line, type->go_kind,
            type->members_count, type->variant_parts_count, type->dimensions_count, type->id.number);
    for (size_t i = 0; i < type->dimensions_count; i++)
        fprintf(out, "[%d:%" PRIu64 "]", type->dimensions[i].count_known, type->dimensions[i].count);
    for (size_t i = 0; i < type->parameters_count && targets < TARGETS_MOST / 2; i++)
        print_facts(out, type->parameters[i], targets + TARGETS_MOST / 2);
    print_facts(out, type->target, targets + 1);
    if (type->containing)
        print_facts(out, type->containing, targets + 1);
    if (type->go_key)
        print_facts(out, type->go_key, targets + TARGETS_MOST / 2);
    if (type->go_elem)
        print_facts(out, type->go_elem, targets + TARGETS_MOST / 2);
    fprintf(out, ")");
}

static void print_members(FILE *out, const struct member *members, size_t count, const struct type *owner,
                          struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s|%d|%d:%" PRIu64 "|%d:%" PRIu64 "|",
                type_member_declaration(&members[i], owner, arena), members[i].kind, members[i].offset_known,
                members[i].offset_bits, members[i].size_known, members[i].size_bits);
        print_facts(out, members[i].type, 0);
        fprintf(out, "\n");
    }
}

static char *text_of_type(const struct type *type, struct arena *arena)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    fprintf(out, "%s %s %d:%" PRIu64 " %s:%" PRIu64 "\n", type_kind_word(type), type_name(type, arena),
            type->size_known, type->size_bytes, type->declared_file ? type->declared_file : "-",
            type->declared_line);
    print_facts(out, type, 0);
    print_members(out, type->members, type->members_count, type, arena);
    for (size_t p = 0; p < type->variant_parts_count; p++)
        for (size_t v = 0; v < type->variant_parts[p].variants_count; v++)
            print_members(out, type->variant_parts[p].variants[v].members,
                          type->variant_parts[p].variants[v].members_count, type, arena);
    fclose(out);
    return text;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    const struct type_index *index = worker->opened->index;
    struct type_builder *builder;
    struct arena arena;
    arena_init(&arena);
    assert_no_error(type_builder_create(worker->opened->table, &builder));
    if (worker->has_index)
        type_builder_use_index(builder, index);
    for (size_t i = 0; i < index->entries_count; i++) {
        size_t at = worker->backwards ? index->entries_count - 1 - i : i;
        const struct type *type;
        struct error *error = type_build(builder, &index->entries[at], &type);
        worker->texts[at] = error ? strdup(error->message) : text_of_type(type, &arena);
        error_free(error);
        if (worker->forgets_after && i % worker->forgets_after == 0)
            type_builder_forget(builder);
        if (arena.allocated_bytes > 1u << 20)
            arena_free(&arena);
    }
    type_builder_free(builder);
    arena_free(&arena);
    return NULL;
}

static void compare_workers(const struct opened *opened)
{
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        // The first builds each type alone, the second all in a row, and so on. Of very long chains, each of
        // whose types holds the next, some together.
        static const size_t forgets_after[THREADS] = {1, 0, 0, 7, 50};
        const size_t chains = opened->index->entries_count / 8000;
        workers[i] = (struct worker){.opened = opened,
                                     .backwards = i & 1,
                                     .forgets_after = forgets_after[i] * (1 + 100 * chains * chains),
                                     .has_index = opened->index->is_valid && i != 4};
        workers[i].texts = calloc(opened->index->entries_count, sizeof(char *));
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        for (size_t e = 0; e < opened->index->entries_count; e++)
            assert_string_equal(workers[i].texts[e], workers[0].texts[e]);
    }
    for (int i = 0; i < THREADS; i++) {
        for (size_t e = 0; e < opened->index->entries_count; e++)
            free(workers[i].texts[e]);
        free(workers[i].texts);
    }
}

static void test_threads_build_the_same_types(void **state)
{
    const struct workshop *shop = *state;
    static const char *const compilers[] = {"g++ -gdwarf-5", "g++ -gdwarf-4 -fdebug-types-section",
                                            "clang++ -gdwarf-5"};
    workshop_write_text(shop, "program.cc",
                        "#include <map>\n#include <string>\n#include <fstream>\n#include <functional>\n"
                        "int main() { std::map<std::string, std::function<int(int)>> m; std::ofstream f;\n"
                        "  return (int)m.size() + f.is_open(); }\n");
    for (size_t i = 0; i < ARRAY_LENGTH(compilers); i++) {
        if (workshop_try(shop, "%s -w -o program program.cc", compilers[i]) != 0) {
            print_message("skipped: %s\n", compilers[i]);
            continue;
        }
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "program");
        assert_true(opened.index->entries_count > 50);
        compare_workers(&opened);
    }
}

// False when there is no such file, or nothing in it that can be read.
static bool compare_file(const char *folder, const char *name)
{
    CLEANUP(free_text_at) char *path = NULL;
    struct opened opened CLEANUP(opened_close_at) = {0};
    const struct scan_options options = {.threads = 1};
    assert_true(asprintf(&path, FIXTURES_BINARY "/%s/%s", folder, name) >= 0);
    struct error *error = object_open(path, NULL, &opened.object);
    if (!error)
        error = unit_table_open(opened.object, &opened.table);
    if (!error)
        error = scan_all(opened.table, &options, &opened.index);
    if (!error && opened.index->entries_count <= TYPES_MOST)
        compare_workers(&opened);
    error_free(error);
    return !error;
}

// Two units of different folders share a line table. The file in /one is told without a folder by the unit
// that was compiled there.
static const char two_units[] =
    ".section .debug_abbrev\n.uleb128 1, 0x11\n.byte 1\n.uleb128 0x13, 0xb, 0x1b, 0x8, 0x10, 0x17, 0, 0\n"
    ".uleb128 2, 0x13\n.byte 0\n.uleb128 0x3, 0x8, 0xb, 0xb, 0x3a, 0xb, 0x3b, 0xb, 0, 0\n.byte 0\n"
    ".section .debug_info\n"
    ".macro unit folder, name\n.long 2f-1f\n1: .short 4\n.long .debug_abbrev\n.byte 8\n"
    ".uleb128 1\n.byte 0xc\n.asciz \"\\folder\"\n.long .Lline\n"
    ".uleb128 2\n.asciz \"\\name\"\n.byte 1, 1, 7\n.byte 0\n2:\n.endm\n"
    "unit /one, here\nunit /two, there\nunit /one, here_again\n"
    ".section .debug_line\n.Lline: .long 4f-3f\n3: .short 4\n.long 6f-5f\n5: .byte 1, 1, 1, -5, 14, 1\n"
    ".asciz \"/one\"\n.byte 0\n.asciz \"a.h\"\n.uleb128 1, 0, 0\n.byte 0\n6: 4:\n";

static void test_units_that_share_a_line_table(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "shared.s", two_units);
    if (workshop_try(shop, "gcc -c -o shared shared.s") != 0) {
        print_message("SKIPPED: no assembler of x86-64's kind\n");
        return;
    }
    struct opened opened CLEANUP(opened_close_at) = open_types(shop, "shared");
    compare_workers(&opened);
    assert_string_equal(get_type(&opened, "here")->declared_file, "a.h");
    assert_string_equal(get_type(&opened, "there")->declared_file, "/one/a.h");
    assert_string_equal(get_type(&opened, "here_again")->declared_file, "a.h");
}

static void test_fixtures_are_built_the_same(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"go", "go1.19"},      {"go", "go1.23"},        {"rust", "rustc-debian"}, {"cpp", "gcc-types5"},
        {"cpp", "gcc-dwarf2"}, {"cpp", "clang-dwarf5"}, {"c", "gcc-dwz"},         {"c", "gcc-lto"},
        {"c", "clang-lto"},    {"c", "gcc-two-units"},  {"c", "clang-types5"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (!compare_file(names[i][0], names[i][1]))
            print_message("SKIPPED: no fixture %s\n", names[i][1]);
}

// In files made by hand one thing leads to another as no compiler would have it.
static void test_hand_made_files_are_built_the_same(void **state)
{
    (void)state;
    size_t compared = 0;
    DIR *folder = opendir(FIXTURES_BINARY "/dwarf");
    if (!folder) {
        print_message("SKIPPED: no fixtures made by hand\n");
        return;
    }
    for (struct dirent *file; (file = readdir(folder));)
        if (strstr(file->d_name, ".elf"))
            compared += compare_file("dwarf", file->d_name);
    closedir(folder);
    assert_true(compared > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_build_the_same_types),
        cmocka_unit_test(test_units_that_share_a_line_table),
        cmocka_unit_test(test_fixtures_are_built_the_same),
        cmocka_unit_test(test_hand_made_files_are_built_the_same),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
