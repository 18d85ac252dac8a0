// Builders side by side on one table: every thread, whatever the order and the company, builds the same
// types.
#include "type_workshop.h"

#include <inttypes.h>
#include <pthread.h>

enum { THREADS = 4 };

struct worker {
    const struct opened *opened;
    bool backwards, forgets, has_index;
    char **texts; // of every entry
};

static void print_members(FILE *out, const struct member *members, size_t count, const struct type *owner,
                          struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s|%d|%d:%" PRIu64 "|%d:%" PRIu64 "\n",
                type_member_declaration(&members[i], owner, arena), members[i].kind, members[i].offset_known,
                members[i].offset_bits, members[i].size_known, members[i].size_bits);
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
        assert_no_error(type_build(builder, &index->entries[at], &type));
        worker->texts[at] = text_of_type(type, &arena);
        if (worker->forgets && i % 7 == 0)
            type_builder_forget(builder);
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
        workers[i] =
            (struct worker){.opened = opened, .backwards = i & 1, .forgets = i & 2, .has_index = i != 0};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_build_the_same_types),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
