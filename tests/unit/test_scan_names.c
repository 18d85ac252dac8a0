// SPDX-License-Identifier: MIT
// The quick answer is the slow one: what is looked up by name, in units that are read in part, is what the index of
// everything has under that name. On every fixture of every language, version and form of DWARF that is here.
#include "cmocka_all.h"
#include "dwarf/unit_later.h"
#include "dwarf/unit_table.h"
#include "object/object.h"
#include "scan/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The slow answers by name.
static int by_name(const void *a, const void *b)
{
    const struct type_index_entry *const *left = a, *const *right = b;
    const int order = strcmp((*left)->name, (*right)->name);
    return order ? order : (*left > *right) - (*left < *right);
}

static void assert_same_entry(const struct type_index_entry *a, const struct type_index_entry *b)
{
    assert_true(type_id_equal(a->id, b->id));
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->size_known, b->size_known);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->copies, b->copies);
    assert_int_equal(a->members_count, b->members_count);
    assert_int_equal(a->declared_line, b->declared_line);
    assert_int_equal(a->named_by_typedef, b->named_by_typedef);
    assert_true(a->shape == b->shape);
}

enum { NAMES_MOST = 150 }; // of a file: about as many, spread over all

// The first definition alone, looked up in a table whose root DIEs are read as they are needed.
static void compare_first(const struct unit_table *later, const struct type_index_entry *expected,
                          unsigned threads)
{
    struct type_index *some = NULL;
    const struct scan_options options = {.threads = threads, .first = true};
    assert_null(scan_names(later, &expected->name, 1, &options, &some));
    assert_true(some->entries_count > 0);
    const struct type_index_entry *first = &some->entries[0];
    assert_string_equal(first->name, expected->name);
    assert_int_equal(first->id.number, expected->id.number);
    assert_int_equal(die_ref_of(first->id).unit->offset, die_ref_of(expected->id).unit->offset);
    assert_int_equal(die_ref_of(first->id).unit->section, die_ref_of(expected->id).unit->section);
    assert_int_equal(first->size_bytes, expected->size_bytes);
    assert_int_equal(first->declared_line, expected->declared_line);
    type_index_free(some);
}

static size_t compare_names(const char *path, const struct unit_table *table, const struct unit_table *later,
                            const struct type_index *all)
{
    const struct type_index_entry **sorted = calloc(all->entries_count + 1, sizeof(*sorted));
    size_t count = 0, compared = 0;
    assert_non_null(sorted);
    for (size_t i = 0; i < all->entries_count; i++)
        if (all->entries[i].name)
            sorted[count++] = &all->entries[i];
    qsort(sorted, count, sizeof(*sorted), by_name);
    const size_t stride = count / NAMES_MOST + 1;
    for (size_t i = 0, behind; i < count; i = behind) {
        for (behind = i + 1; behind < count && !strcmp(sorted[behind]->name, sorted[i]->name);)
            behind++;
        if (i / stride == (behind - 1) / stride && i % stride)
            continue;
        struct type_index *some = NULL;
        const struct scan_options options = {.threads = 1 + i % 3};
        assert_null(scan_names(table, &sorted[i]->name, 1, &options, &some));
        if (some->entries_count != behind - i)
            print_message("%s: \"%s\": %zu definitions looked up, %zu in all\n", path, sorted[i]->name,
                          some->entries_count, behind - i);
        assert_int_equal(some->entries_count, behind - i);
        for (size_t k = i; k < behind; k++)
            assert_same_entry(sorted[k], &some->entries[k - i]);
        type_index_free(some);
        compare_first(later, sorted[i], 1 + i % 3);
        compared++;
    }
    free(sorted);
    return compared;
}

// A third of all names, whatever they are.
static enum name_fit is_of_the_third(void *context, const char *name)
{
    const unsigned *round = context;
    unsigned sum = *round;
    for (; *name; name++)
        sum = sum * 31 + (unsigned char)*name;
    return sum % 3 == 0 ? NAME_FITS : NAME_UNFIT;
}

// What fits is what picking from all gives; in languages with scopes it may be all.
static void compare_fitting(const struct unit_table *table, const struct type_index *all)
{
    for (unsigned round = 0; round < 3; round++) {
        struct type_index *some = NULL;
        bool is_all;
        const struct scan_options options = {.threads = 1 + round};
        assert_null(scan_fitting(table, is_of_the_third, &round, &options, &some, &is_all));
        size_t at = 0;
        for (size_t i = 0; i < all->entries_count; i++)
            if (is_all || is_of_the_third(&round, all->entries[i].name) == NAME_FITS) {
                assert_true(at < some->entries_count);
                assert_same_entry(&all->entries[i], &some->entries[at++]);
            }
        assert_int_equal(at, some->entries_count);
        type_index_free(some);
    }
}

static enum name_fit is_near_the_third(void *context, const char *name)
{
    return is_of_the_third(context, name) == NAME_FITS ? NAME_NEAR : NAME_UNFIT;
}

static bool has_name(const struct type_index *index, const char *name)
{
    for (size_t i = 0; i < index->entries_count; i++)
        if (!strcmp(index->entries[i].name, name))
            return true;
    return false;
}

// Of names that are near there is a definition of each, and of no other.
static void compare_near(const struct unit_table *table, const struct type_index *all)
{
    unsigned round = 1;
    struct type_index *some = NULL;
    bool is_all;
    const struct scan_options options = {.threads = 2};
    assert_null(scan_fitting(table, is_near_the_third, &round, &options, &some, &is_all));
    for (size_t i = 0; !is_all && i < all->entries_count && i < 2000; i++)
        assert_true(has_name(some, all->entries[i].name) ==
                    (is_of_the_third(&round, all->entries[i].name) == NAME_FITS));
    type_index_free(some);
}

// Files that are no fixtures of types, and those without debug information, are passed over.
static size_t compare_file(const char *path)
{
    size_t compared = 0;
    struct object *object = NULL;
    struct unit_table *table = NULL, *later = NULL;
    struct type_index *all = NULL;
    struct error *error = object_open(path, NULL, &object);
    if (!error)
        error = unit_table_open(object, &table);
    if (!error)
        error = unit_table_open_later(object, &later);
    if (!error)
        error = scan_all(table, NULL, &all);
    if (!error)
        compared = compare_names(path, table, later, all);
    if (!error)
        compare_fitting(table, all);
    if (!error)
        compare_near(table, all);
    error_free(error);
    type_index_free(all);
    unit_table_free(table);
    unit_table_free(later);
    object_close(object);
    return compared;
}

// A root DIE of an undeclared code: the unit is told of and left out, at once or when its turn comes.
static void test_a_bad_root_is_told_whenever_it_is_read(void **state)
{
    (void)state;
    struct object *object = NULL;
    struct unit_table *table = NULL, *later = NULL;
    struct problems problems = {0};
    assert_null(object_open(FIXTURES_BINARY "/c/gcc-two-units", NULL, &object));
    assert_null(unit_table_open(object, &table));
    const size_t units_count = table->units_count;
    const struct unit last = table->units[units_count - 1];
    unit_table_free(table);
    assert_true(units_count > 1);
    const struct bytes whole = object->sections[SECTION_INFO];
    uint8_t *copy = calloc(1, whole.size_bytes + 16);
    assert_non_null(copy);
    memcpy(copy, whole.data, whole.size_bytes);
    memcpy(copy + last.die_offset, "\xff\xff\x7f", 3);
    object->sections[SECTION_INFO].data = copy;
    assert_null(unit_table_open(object, &table));
    assert_int_equal(table->units_count, units_count - 1);
    assert_int_equal(table->problems.length, 1);
    assert_null(unit_table_open_later(object, &later));
    assert_true(unit_is_ready(&later->units[0]));
    assert_int_equal(later->problems.length, 0);
    assert_null(unit_at(later, SECTION_INFO, last.die_offset));
    assert_false(unit_is_ready(&later->units[units_count - 1]));
    assert_non_null(unit_at(later, SECTION_INFO, later->units[0].die_offset));
    assert_null(units_later_settle(later));
    units_later_tell(later, &problems);
    assert_int_equal(problems.length, 1);
    assert_string_equal(problems.data[0].text, table->problems.data[0].text);
    problems_free(&problems);
    unit_table_free(later);
    unit_table_free(table);
    free(copy);
    object->sections[SECTION_INFO] = whole;
    object_close(object);
}

static void test_a_name_looked_up_is_what_the_index_has(void **state)
{
    (void)state;
    static const char *const folders[] = {"c", "cpp", "go", "rust"};
    size_t compared = 0, files = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
        char folder[4096], path[8192];
        snprintf(folder, sizeof(folder), "%s/%s", FIXTURES_BINARY, folders[i]);
        DIR *open = opendir(folder);
        for (const struct dirent *file; open && (file = readdir(open));) {
            snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
            const size_t names = file->d_name[0] == '.' ? 0 : compare_file(path);
            compared += names;
            files += names > 0;
        }
        if (open)
            closedir(open);
    }
    print_message("%zu names of %zu files\n", compared, files);
    assert_true(compared > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_name_looked_up_is_what_the_index_has),
                                       cmocka_unit_test(test_a_bad_root_is_told_whenever_it_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
