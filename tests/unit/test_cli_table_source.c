// SPDX-License-Identifier: MIT
// The commands over a source of types that is no debug information at all, but a table in this program: they run
// as from the command line, and nothing above source/ notices. What they say of the types is compared with what
// the compiler of this test says of the same structs.
#include "cli/cmd.h"
#include "cmocka_all.h"
#include "source/source_open.h"
#include "table_source.h"
#include "type_graph.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pair {
    int first;
    short second;
};

struct demo_old {
    char flag;
    long count;
    char last;
    struct pair pair;
};

struct demo_new {
    long count;
    struct pair pair;
    char flag;
    char last;
    int more;
};

#define FIELD_OF(structure, field, of_type)                                                                  \
    {                                                                                                        \
        .kind = MEMBER_FIELD, .name = #field, .type = &(of_type), .offset_known = true, .size_known = true,  \
        .offset_bits = 8 * offsetof(structure, field), .size_bits = 8 * sizeof(((structure *)NULL)->field)   \
    }

static struct member pair_members[] = {FIELD_OF(struct pair, first, type_int),
                                       FIELD_OF(struct pair, second, type_short)};
static struct type type_pair = RECORD("pair", sizeof(struct pair), pair_members);
static struct type type_pair_too = RECORD("pair", sizeof(struct pair), pair_members);
static struct member old_members[] = {
    FIELD_OF(struct demo_old, flag, type_char), FIELD_OF(struct demo_old, count, type_long),
    FIELD_OF(struct demo_old, last, type_char), FIELD_OF(struct demo_old, pair, type_pair)};
static struct member new_members[] = {
    FIELD_OF(struct demo_new, count, type_long), FIELD_OF(struct demo_new, pair, type_pair_too),
    FIELD_OF(struct demo_new, flag, type_char), FIELD_OF(struct demo_new, last, type_char),
    FIELD_OF(struct demo_new, more, type_int)};
static struct type type_old = RECORD("demo", sizeof(struct demo_old), old_members);
static struct type type_new = RECORD("demo", sizeof(struct demo_new), new_members);

static struct type *const old_types[] = {&type_pair, &type_old};
static struct type *const new_types[] = {&type_pair_too, &type_new};
static const struct type_table_file files[] = {{"table:old", old_types, ARRAY_LENGTH(old_types)},
                                               {"table:new", new_types, ARRAY_LENGTH(new_types)}};

// Stands in the place of the library's own: what the commands open are these tables.
struct error *type_source_open(const char *path, const struct type_source_options *options,
                               struct notice_sink *notices, struct type_source **source)
{
    (void)options;
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        if (!strcmp(path, files[i].path)) {
            notice_give(notices, "a table, as this test wants it");
            return table_source_open(&files[i], source);
        }
    return error_create(ERROR_NOT_FOUND, "%s: no such table", path);
}

enum { ARGUMENTS_MOST = 16 };

// Runs `strata NAME ARGUMENTS…`. What it writes is the caller's, to free.
static char *run(int wanted_status, const char *name, ...)
{
    char *argv[ARGUMENTS_MOST] = {(char *)"strata test"};
    int argc = 1;
    va_list arguments;
    va_start(arguments, name);
    for (char *argument; argc < ARGUMENTS_MOST - 1 && (argument = va_arg(arguments, char *));)
        argv[argc++] = argument;
    va_end(arguments);
    char path[] = "/tmp/strata-table-XXXXXX";
    const int written = mkstemp(path), kept = dup(STDOUT_FILENO);
    assert_true(written >= 0 && kept >= 0);
    fflush(stdout);
    assert_true(dup2(written, STDOUT_FILENO) >= 0);
    const int status = command_named(name)->run(argc, argv);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    const off_t length = lseek(written, 0, SEEK_END);
    char *text = calloc(1, (size_t)length + 1);
    assert_non_null(text);
    assert_int_equal(pread(written, text, (size_t)length, 0), length);
    close(written);
    unlink(path);
    if (status != wanted_status)
        fail_msg("strata %s: status %d, not %d: %s", name, status, wanted_status, text);
    return text;
}

static json_t *json_of(char *text)
{
    json_error_t problem;
    json_t *root = json_loads(text, 0, &problem);
    if (!root)
        fail_msg("%s: %s", problem.text, text);
    free(text);
    return root;
}

static const json_t *named(const json_t *types, const char *name)
{
    size_t i;
    const json_t *type;
    json_array_foreach((json_t *)(uintptr_t)types, i, type)
    {
        if (!strcmp(json_string_value(json_object_get(type, "name")), name))
            return type;
    }
    fail_msg("no %s", name);
    return NULL;
}

static void assert_number(const json_t *object, const char *key, size_t number)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || (size_t)json_integer_value(value) != number)
        fail_msg("%s is not %zu", key, number);
}

// Padding of the old one: what its fields leave of it.
static size_t old_waste(void)
{
    return sizeof(struct demo_old) - 2 * sizeof(char) - sizeof(long) - sizeof(struct pair);
}

static void test_list(void **state)
{
    (void)state;
    json_t *root = json_of(run(EXIT_FINE, "list", "table:old", "--format", "json", NULL));
    const json_t *types = json_object_get(root, "types");
    assert_int_equal(json_array_size(types), ARRAY_LENGTH(old_types));
    const json_t *demo = named(types, "demo");
    assert_number(demo, "size_bytes", sizeof(struct demo_old));
    assert_number(demo, "align_bytes", _Alignof(struct demo_old));
    assert_number(demo, "own_waste_bytes", old_waste());
    assert_string_equal(json_string_value(json_object_get(demo, "language")), "c");
    assert_number(named(types, "pair"), "size_bytes", sizeof(struct pair));
    json_decref(root);
    char *text = run(EXIT_FINE, "list", "table:old", "--contains", "struct pair", "--format", "csv", NULL);
    assert_non_null(strstr(text, "demo"));
    free(text);
}

static void test_show(void **state)
{
    (void)state;
    json_t *root = json_of(run(EXIT_FINE, "show", "table:new", "struct demo", "--format", "json", NULL));
    const json_t *file = json_object_get(root, "file");
    assert_string_equal(json_string_value(json_object_get(file, "path")), "table:new");
    assert_number(file, "bits", 64);
    const json_t *types = json_object_get(root, "types");
    assert_int_equal(json_array_size(types), 1);
    const json_t *members = json_object_get(named(types, "demo"), "members");
    assert_number(named(members, "pair"), "offset_bits", 8 * offsetof(struct demo_new, pair));
    assert_number(named(members, "last"), "offset_bits", 8 * offsetof(struct demo_new, last));
    assert_number(named(members, "more"), "offset_bits", 8 * offsetof(struct demo_new, more));
    json_decref(root);
    free(run(EXIT_USAGE, "show", "table:new", "struct domo", NULL));
    free(run(EXIT_USAGE, "show", "table:none", NULL));
}

static void test_diff(void **state)
{
    (void)state;
    json_t *root = json_of(run(EXIT_FINDINGS, "diff", "table:old", "table:new", "--format", "json", NULL));
    const json_t *types = json_object_get(root, "types");
    assert_int_equal(json_array_size(types), 1); // pair is the same in both
    assert_string_equal(json_string_value(json_object_get(json_array_get(types, 0), "name")), "demo");
    json_decref(root);
    free(run(EXIT_FINE, "diff", "table:new", "table:new", NULL));
}

static void test_check(void **state)
{
    (void)state;
    char path[] = "/tmp/strata-rules-XXXXXX";
    const int rules = mkstemp(path);
    assert_true(rules >= 0);
    assert_true(
        dprintf(rules, "type demo\n    max_size %zu\n    offset(count) == 0\n", sizeof(struct demo_new)) > 0);
    close(rules);
    char *text = run(EXIT_FINDINGS, "check", "table:old", "--rules", path, NULL);
    assert_non_null(strstr(text, "offset(count) == 0"));
    free(text);
    free(run(EXIT_FINE, "check", "table:new", "--rules", path, NULL));
    unlink(path);
}

static void test_report(void **state)
{
    (void)state;
    json_t *root = json_of(run(EXIT_FINE, "report", "table:old", "-o", "json:-", NULL));
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "strata.layout/1");
    const json_t *demo = named(json_object_get(root, "types"), "demo");
    assert_number(demo, "own_waste_bytes", old_waste());
    json_decref(root);
    char *page = run(EXIT_FINE, "report", "table:old", "-o", "html:-", NULL);
    assert_non_null(strstr(page, "table:old"));
    free(page);
}

// Commands take what is no file for a type: there are files of the tables' names, which nobody reads.
static int folder_open(void **state)
{
    static char folder[] = "/tmp/strata-tables-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        FILE *file = fopen(files[i].path, "w");
        if (!file || fclose(file))
            return -1;
    }
    *state = folder;
    return 0;
}

static int folder_close(void **state)
{
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        unlink(files[i].path);
    return rmdir(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),  cmocka_unit_test(test_show),   cmocka_unit_test(test_diff),
        cmocka_unit_test(test_check), cmocka_unit_test(test_report),
    };
    return cmocka_run_group_tests(tests, folder_open, folder_close);
}
