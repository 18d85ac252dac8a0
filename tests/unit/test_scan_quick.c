// SPDX-License-Identifier: MIT
// The quick pass of the scan (quick_unit.h) against the general way, which shares none of its code: on every
// fixture, whatever the compiler, the version and the machine, and on real libraries, both give the same index.
#include "dwarf/unit_table.h"
#include "dwarf_assembler.h"
#include "object/object.h"
#include "scan/scan.h"

#include <glob.h>
#include <string.h>

static struct type_index *scan(const struct unit_table *table, unsigned threads, enum scan_way way)
{
    const struct scan_options options = {.threads = threads, .way = way};
    struct type_index *index = NULL;
    assert_null(scan_all(table, &options, &index));
    return index;
}

static void assert_same(const struct type_index *quick, const struct type_index *general)
{
    assert_int_equal(quick->entries_count, general->entries_count);
    assert_int_equal(quick->items_count, general->items_count);
    assert_int_equal(quick->problems.length, general->problems.length);
    for (size_t i = 0; i < quick->entries_count; i++) {
        const struct type_index_entry *a = &quick->entries[i], *b = &general->entries[i];
        assert_true(type_id_equal(a->id, b->id));
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->size_known, b->size_known);
        assert_int_equal(a->size_bytes, b->size_bytes);
        assert_int_equal(a->copies, b->copies);
        assert_int_equal(a->members_count, b->members_count);
        assert_int_equal(a->named_by_typedef, b->named_by_typedef);
        assert_int_equal(a->declared_file, b->declared_file);
        assert_int_equal(a->declared_line, b->declared_line);
        assert_true(a->shape == b->shape);
    }
}

// How many types the file has; 0 where it has no debug information to read.
static size_t compare_file(const char *path)
{
    static const char *const folders[] = {"/usr/lib/debug", NULL};
    const struct object_options options = {.debug_folders = folders, .threads = 1};
    struct object *object = NULL;
    struct unit_table *table = NULL;
    size_t types = 0;
    struct error *error = object_open(path, &options, &object);
    if (!error)
        error = unit_table_open(object, &table);
    error_free(error);
    if (table) {
        struct type_index *general = scan(table, 1, SCAN_GENERAL);
        // On several threads the first definition of a key is met by one and identified by another, each time otherwise.
        static const struct {
            unsigned threads;
            enum scan_way way;
        } ways[] = {{1, SCAN_QUICK}, {2, SCAN_QUICK}, {4, SCAN_QUICK}, {4, SCAN_AS_PAYS}};
        for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
            struct type_index *quick = scan(table, ways[i].threads, ways[i].way);
            assert_same(quick, general);
            type_index_free(quick);
        }
        types = general->entries_count;
        type_index_free(general);
    }
    unit_table_free(table);
    object_close(object);
    return types;
}

static void test_all_fixtures_give_the_same_index_either_way(void **state)
{
    (void)state;
    glob_t files;
    size_t with_types = 0;
    assert_int_equal(glob(FIXTURES_BINARY "/*/*", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        with_types += compare_file(files.gl_pathv[i]) > 0;
    globfree(&files);
    print_message("%zu fixtures compared\n", with_types);
    assert_true(with_types > 20);
}

static void test_real_libraries_give_the_same_index_either_way(void **state)
{
    (void)state;
    assert_true(compare_file("/proc/self/exe") > 0);
    compare_file("/lib/x86_64-linux-gnu/libc.so.6");
    compare_file("/usr/lib/x86_64-linux-gnu/debug/libstdc++.so.6.0.30");
}

// Function types of six bytes, each with two parameters of the next one's type: the parameters stand so near that
// a type's place in the map is taken. Unless each key is made once, 2^34 are.
static void test_function_types_of_function_types_end(void **state)
{
    (void)state;
    enum { C11 = 0x1d, CODE_FUNCTION = 2, CODE_PARAMETER, CODE_LAST, FUNCTIONS = 34 };
    static const uint8_t abbrevs[] = {
        CODE_FUNCTION,  TAG_subroutine_type,  1, 0,       0, //
        CODE_PARAMETER, TAG_formal_parameter, 0, AT_type, FORM_ref1, 0, 0,
        CODE_LAST,      TAG_unspecified_type, 0, 0,       0,
    };
    struct assembler as = {0};
    assembler_begin(&as, C11);
    for (size_t i = 0; i < sizeof(abbrevs); i++)
        put_abbrev_uleb(&as, abbrevs[i]);
    for (int i = 0; i < FUNCTIONS; i++) {
        const uint32_t next = (uint32_t)as.info.length + 6;
        assert_in_range(next, 0, UINT8_MAX);
        put_info(&as, CODE_FUNCTION, 1);
        for (int parameter = 0; parameter < 2; parameter++) {
            put_info(&as, CODE_PARAMETER, 1);
            put_info(&as, next, 1);
        }
        children_end(&as);
    }
    put_info(&as, CODE_LAST, 1);
    struct object object = assembler_finish(&as);
    struct unit_table *table;
    assert_null(unit_table_open(&object, &table));
    struct type_index *quick = scan(table, 1, SCAN_QUICK), *general = scan(table, 1, SCAN_GENERAL);
    assert_same(quick, general);
    assert_int_equal(quick->items_count, 1 + 3 * FUNCTIONS + 1);
    type_index_free(quick);
    type_index_free(general);
    unit_table_free(table);
    assembler_free(&as);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fixtures_give_the_same_index_either_way),
        cmocka_unit_test(test_function_types_of_function_types_end),
        cmocka_unit_test(test_real_libraries_give_the_same_index_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
