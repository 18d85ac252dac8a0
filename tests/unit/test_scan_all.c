// SPDX-License-Identifier: MIT
// The scan against a witness that shares no code with it: libdwarf walking every DIE of a file in the plain
// way. And the scan against itself: any number of threads, and looking up single names, give the same
// answers.
#include "cmocka_all.h"
#include "dwarf/unit_table.h"
#include "object/object.h"
#include "scan/scan.h"

#include <fcntl.h>
#include <libdwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAG_class_type 0x02
#define TAG_enumeration_type 0x04
#define TAG_structure_type 0x13
#define TAG_union_type 0x17
#define TAG_base_type 0x24
#define AT_name 0x03
#define AT_byte_size 0x0b
#define AT_declaration 0x3c

// ---- the plain walk

struct definition {
    uint64_t offset;
    uint64_t size_bytes;
    char *name;
};

struct definitions {
    struct definition *data;
    size_t length, capacity;
    uint64_t dies_count;
};

static void definitions_add(struct definitions *all, struct definition definition)
{
    if (all->length == all->capacity) {
        all->capacity = all->capacity ? all->capacity * 2 : 64;
        all->data = realloc(all->data, all->capacity * sizeof(*all->data));
        assert_non_null(all->data);
    }
    all->data[all->length++] = definition;
}

static void definitions_free(struct definitions *all)
{
    for (size_t i = 0; i < all->length; i++)
        free(all->data[i].name);
    free(all->data);
}

static bool is_wanted_tag(Dwarf_Half tag)
{
    return tag == TAG_class_type || tag == TAG_structure_type || tag == TAG_union_type ||
           tag == TAG_enumeration_type || tag == TAG_base_type;
}

static bool is_wanted_kind(enum type_kind kind)
{
    return kind == TYPE_CLASS || kind == TYPE_STRUCT || kind == TYPE_UNION || kind == TYPE_ENUM ||
           kind == TYPE_BASE;
}

static void walk_die(Dwarf_Debug dbg, Dwarf_Die die, struct definitions *all)
{
    Dwarf_Error error = NULL;
    for (;;) {
        Dwarf_Half tag = 0;
        Dwarf_Bool declared = 0;
        all->dies_count++;
        assert_int_equal(dwarf_tag(die, &tag, &error), DW_DLV_OK);
        assert_int_equal(dwarf_hasattr(die, AT_declaration, &declared, &error), DW_DLV_OK);
        if (is_wanted_tag(tag) && !declared) {
            char *name = NULL;
            Dwarf_Off offset = 0;
            Dwarf_Unsigned size_bytes = 0;
            dwarf_dieoffset(die, &offset, &error);
            if (dwarf_diename(die, &name, &error) == DW_DLV_OK) {
                dwarf_bytesize(die, &size_bytes, &error);
                definitions_add(all, (struct definition){offset, size_bytes, strdup(name)});
            }
        }
        Dwarf_Die child = NULL, next = NULL;
        if (dwarf_child(die, &child, &error) == DW_DLV_OK)
            walk_die(dbg, child, all);
        int result = dwarf_siblingof_b(dbg, die, true, &next, &error);
        dwarf_dealloc(dbg, die, DW_DLA_DIE);
        if (result != DW_DLV_OK)
            return;
        die = next;
    }
}

static void plain_walk(const char *path, struct definitions *all)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    Dwarf_Debug dbg = NULL;
    Dwarf_Error error = NULL;
#ifdef DW_LIBDWARF_VERSION_MAJOR
    int opened = dwarf_init_b(fd, DW_GROUPNUMBER_ANY, NULL, NULL, &dbg, &error);
#else
    int opened = dwarf_init(fd, DW_DLC_READ, NULL, NULL, &dbg, &error);
#endif
    assert_int_equal(opened, DW_DLV_OK);
    for (;;) {
        Dwarf_Unsigned length, abbrevs, type_offset, next;
        Dwarf_Half version, address_bytes, offset_bytes, extension_bytes, type;
        Dwarf_Sig8 signature;
        int result =
            dwarf_next_cu_header_d(dbg, true, &length, &version, &abbrevs, &address_bytes, &offset_bytes,
                                   &extension_bytes, &signature, &type_offset, &next, &type, &error);
        if (result == DW_DLV_NO_ENTRY)
            break;
        assert_int_equal(result, DW_DLV_OK);
        Dwarf_Die root = NULL;
        assert_int_equal(dwarf_siblingof_b(dbg, NULL, true, &root, &error), DW_DLV_OK);
        walk_die(dbg, root, all);
    }
#ifdef DW_LIBDWARF_VERSION_MAJOR
    dwarf_finish(dbg);
#else
    dwarf_finish(dbg, &error);
#endif
    close(fd);
}

// ---- what the tests look at

struct opened {
    struct object *object;
    struct unit_table *table;
};

static const char *const debug_folders[] = {"/usr/lib/debug", NULL};

static bool open_file(const char *path, struct opened *opened)
{
    const struct object_options options = {.debug_folders = debug_folders, .threads = 2};
    *opened = (struct opened){0};
    struct error *error = object_open(path, &options, &opened->object);
    if (!error)
        error = unit_table_open(opened->object, &opened->table);
    if (error)
        print_message("[ SKIPPED  ] %s\n", error->message);
    error_free(error);
    return opened->table != NULL;
}

static void close_file(struct opened *opened)
{
    unit_table_free(opened->table);
    object_close(opened->object);
}

static struct type_index *scan(const struct unit_table *table, unsigned threads)
{
    const struct scan_options options = {.threads = threads};
    struct type_index *index = NULL;
    assert_null(scan_all(table, &options, &index));
    return index;
}

static const char *const real_files[] = {
    "/proc/self/exe",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/usr/lib/x86_64-linux-gnu/debug/libstdc++.so.6.0.30",
};

static int definition_compare(const void *a, const void *b)
{
    const struct definition *left = a, *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void test_every_definition_of_a_plain_walk_is_counted_once(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LENGTH(real_files); f++) {
        struct opened file;
        if (!open_file(real_files[f], &file)) {
            close_file(&file);
            continue;
        }
        struct definitions walked = {0};
        plain_walk(file.object->debug_path, &walked);
        struct type_index *index = scan(file.table, 2);
        assert_int_equal(index->problems.length, 0);
        assert_int_equal(index->items_count, walked.dies_count);
        uint64_t copies = 0;
        for (size_t i = 0; i < index->entries_count; i++) {
            const struct type_index_entry *entry = &index->entries[i];
            if (!is_wanted_kind(entry->kind) || entry->named_by_typedef)
                continue;
            copies += entry->copies;
            struct definition *found = bsearch(&(struct definition){.offset = entry->id.number}, walked.data,
                                               walked.length, sizeof(*walked.data), definition_compare);
            assert_non_null(found);
            assert_int_equal(found->size_bytes, entry->size_bytes);
            assert_true(ends_with(entry->name, found->name));
        }
        // libstdc++ completes declarations elsewhere (DW_AT_specification): those have no name of their own
        // in a plain walk.
        assert_true(copies >= walked.length);
        assert_true(copies <= walked.length + walked.length / 20);
        print_message("%s: %zu definitions, folded to %zu\n", real_files[f], walked.length,
                      index->entries_count);
        assert_true(walked.length > 50);
        type_index_free(index);
        definitions_free(&walked);
        close_file(&file);
    }
}

static void assert_same_entry(const struct type_index_entry *a, const struct type_index_entry *b)
{
    assert_true(type_id_equal(a->id, b->id));
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->copies, b->copies);
    assert_int_equal(a->members_count, b->members_count);
    assert_int_equal(a->declared_line, b->declared_line);
    assert_true(a->shape == b->shape);
}

static void test_any_number_of_threads_gives_the_same_index(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LENGTH(real_files); f++) {
        struct opened file;
        if (open_file(real_files[f], &file)) {
            struct type_index *one = scan(file.table, 1);
            for (unsigned threads = 2; threads <= 7; threads += 5) {
                struct type_index *many = scan(file.table, threads);
                assert_int_equal(one->entries_count, many->entries_count);
                for (size_t i = 0; i < one->entries_count; i++)
                    assert_same_entry(&one->entries[i], &many->entries[i]);
                type_index_free(many);
            }
            type_index_free(one);
        }
        close_file(&file);
    }
}

// Every so many entries, as looking up all of them would take long; the stride is prime so that all kinds
// come up.
enum { LOOKUP_STRIDE = 97 };

static void test_a_looked_up_name_is_what_the_full_scan_has(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LENGTH(real_files); f++) {
        struct opened file;
        if (open_file(real_files[f], &file)) {
            struct type_index *all = scan(file.table, 2);
            for (size_t i = 0; i < all->entries_count; i += LOOKUP_STRIDE) {
                const char *name = all->entries[i].name;
                struct type_index *some = NULL;
                assert_null(scan_names(file.table, &name, 1, NULL, &some));
                size_t expected = 0;
                for (size_t k = 0; k < all->entries_count; k++) {
                    if (strcmp(all->entries[k].name, name) != 0)
                        continue;
                    assert_true(expected < some->entries_count);
                    assert_same_entry(&all->entries[k], &some->entries[expected]);
                    expected++;
                }
                assert_int_equal(some->entries_count, expected);
                type_index_free(some);
            }
            type_index_free(all);
        }
        close_file(&file);
    }
}

static void test_a_name_that_is_not_there_gives_an_empty_index(void **state)
{
    (void)state;
    struct opened file;
    assert_true(open_file("/proc/self/exe", &file));
    const char *const names[] = {"no_such_type_anywhere", "", "::"};
    struct type_index *index = NULL;
    assert_null(scan_names(file.table, names, ARRAY_LENGTH(names), NULL, &index));
    assert_int_equal(index->entries_count, 0);
    type_index_free(index);
    close_file(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_definition_of_a_plain_walk_is_counted_once),
        cmocka_unit_test(test_any_number_of_threads_gives_the_same_index),
        cmocka_unit_test(test_a_looked_up_name_is_what_the_full_scan_has),
        cmocka_unit_test(test_a_name_that_is_not_there_gives_an_empty_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
