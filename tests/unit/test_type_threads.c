// Builders side by side on one table: every thread, whatever the order and the company, builds the same
// types, down to what is behind their pointers.
#include "type_workshop.h"

#include <inttypes.h>
#include <pthread.h>

enum { THREADS = 5, TARGETS_MOST = 8 };

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
            type->size_bits, type->declared_align_bytes, type->base_encoding,
            type->declared_file ? type->declared_file : "?", type->declared_line, type->go_kind,
            type->members_count, type->variant_parts_count, type->dimensions_count, type->die.offset);
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
        // The first builds each type alone, the second all in a row, and so on.
        static const size_t forgets_after[THREADS] = {1, 0, 0, 7, 50};
        workers[i] = (struct worker){.opened = opened,
                                     .backwards = i & 1,
                                     .forgets_after = forgets_after[i],
                                     .has_index = opened->index->units_are_valid && i != 4};
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

static void compare_file(const char *name, size_t entries_least)
{
    CLEANUP(free_text_at) char *path = NULL;
    struct opened opened CLEANUP(opened_close_at) = {0};
    const struct scan_options options = {.threads = 1};
    assert_true(asprintf(&path, FIXTURES_BINARY "/%s", name) >= 0);
    if (access(path, R_OK) != 0) {
        print_message("skipped: no fixture %s\n", name);
        return;
    }
    assert_no_error(object_open(path, NULL, &opened.object));
    assert_no_error(unit_table_open(opened.object, &opened.table));
    assert_no_error(scan_all(opened.table, &options, &opened.index));
    assert_true(opened.index->entries_count >= entries_least);
    compare_workers(&opened);
}

// Fixtures of all languages; and hand-made ones in which one thing leads to another where a compiler would
// not have it so.
static void test_fixtures_are_built_the_same(void **state)
{
    (void)state;
    static const char *const programs[] = {"go/go1.19",        "rust/rustc-debian", "cpp/gcc-types5",
                                           "cpp/clang-dwarf5", "c/gcc-dwz",         "c/gcc-lto",
                                           "c/clang-lto",      "c/gcc-two-units",   "c/clang-types5"};
    static const char *const hand_made[] = {"dwarf/cycles.elf", "dwarf/declarations.elf",
                                            "dwarf/completions.elf", "dwarf/links.elf", "dwarf/arrays.elf"};
    for (size_t i = 0; i < ARRAY_LENGTH(programs); i++)
        compare_file(programs[i], 10);
    for (size_t i = 0; i < ARRAY_LENGTH(hand_made); i++)
        compare_file(hand_made[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_build_the_same_types),
        cmocka_unit_test(test_fixtures_are_built_the_same),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
