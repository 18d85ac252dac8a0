// SPDX-License-Identifier: MIT
// Fingerprints are of contents: the same source, compiled to another form of debug information, gives the
// same shapes. Each form takes other ways through the decoder (plain members or not, bit offsets counted from
// either end, 4 or 8 byte offsets, texts in place or shared, types in units of their own), so they are each
// other's witnesses.
#include "cmocka_all.h"
#include "dwarf/unit_table.h"
#include "object/object.h"
#include "scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct opened {
    struct object *object;
    struct unit_table *table;
    struct type_index *index;
};

static struct opened open_fixture(const char *name)
{
    struct opened file = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/c/%s", FIXTURES_BINARY, name);
    assert_null(object_open(path, NULL, &file.object));
    assert_null(unit_table_open(file.object, &file.table));
    assert_null(scan_all(file.table, NULL, &file.index));
    return file;
}

static void close_fixture(struct opened *file)
{
    type_index_free(file->index);
    unit_table_free(file->table);
    object_close(file->object);
}

static int entry_compare(const void *a, const void *b)
{
    const struct type_index_entry *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order == 0)
        order = (left->kind > right->kind) - (left->kind < right->kind);
    return order ? order : (left->shape > right->shape) - (left->shape < right->shape);
}

static void assert_same_shapes(const char *one, const char *other, const char *const *except)
{
    struct opened a = open_fixture(one), b = open_fixture(other);
    qsort(a.index->entries, a.index->entries_count, sizeof(*a.index->entries), entry_compare);
    size_t compared = 0;
    for (size_t i = 0; i < b.index->entries_count; i++) {
        const struct type_index_entry *entry = &b.index->entries[i];
        bool is_struct = entry->members_count > 0;
        for (const char *const *name = except; is_struct && *name; name++)
            is_struct = strcmp(*name, entry->name) != 0;
        if (!is_struct)
            continue;
        const struct type_index_entry *found = bsearch(entry, a.index->entries, a.index->entries_count,
                                                       sizeof(*a.index->entries), entry_compare);
        if (!found)
            fail_msg("%s of %s has no equal in %s", entry->name, other, one);
        assert_int_equal(found->size_bytes, entry->size_bytes);
        assert_int_equal(found->members_count, entry->members_count);
        compared++;
    }
    print_message("%s, %s: %zu shapes are the same\n", one, other, compared);
    assert_true(compared > 20);
    close_fixture(&a);
    close_fixture(&b);
}

static void test_the_form_of_debug_information_does_not_matter(void **state)
{
    (void)state;
    // What older versions cannot say: _Atomic before DWARF 5, restrict before DWARF 3. (Strict DWARF 4 knows
    // no alignment either.)
    static const char *const unsaid[] = {"Atomic", "Qualified", NULL};
    static const char *const others[] = {"gcc-dwarf2", "gcc-dwarf3", "gcc-dwarf4", "gcc-dwarf64", "gcc-zlib",
                                         "gcc-zstd",   "gcc-no-pie", "gcc-types5", "gcc-types4"};
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        assert_same_shapes("gcc-dwarf5", others[i], unsaid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_of_debug_information_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
