// SPDX-License-Identifier: MIT
// Any bytes as a program file: units, scan, look-up and the deep reader end with an answer or one line of
// error, whatever the debug information says. The scan must not depend on the number of threads even then.
#include "dwarf/die_reader.h"
#include "dwarf/line_files.h"
#include "dwarf/unit_table.h"
#include "fuzz_file.h"
#include "scan/scan.h"

#include <stdlib.h>
#include <string.h>

enum { DIES_READ_MOST = 64 };

static void expect_one_line(struct error *error)
{
    if (error && strchr(error->message, '\n'))
        abort();
    error_free(error);
}

static struct type_index *scan(const struct unit_table *table, unsigned threads, const char *name)
{
    const struct scan_options options = {.threads = threads};
    struct type_index *index = NULL;
    expect_one_line(name ? scan_names(table, &name, 1, &options, &index) : scan_all(table, &options, &index));
    return index;
}

static struct type_index *scan_by(const struct unit_table *table, enum scan_way way)
{
    const struct scan_options options = {.threads = 1, .way = way};
    struct type_index *index = NULL;
    expect_one_line(scan_all(table, &options, &index));
    return index;
}

static void expect_same(const struct type_index *one, const struct type_index *other)
{
    if (!one || !other || one->entries_count != other->entries_count ||
        one->items_count != other->items_count || one->problems.length != other->problems.length)
        abort();
    for (size_t i = 0; i < one->entries_count; i++) {
        const struct type_index_entry *a = &one->entries[i], *b = &other->entries[i];
        if (a->shape != b->shape || a->copies != b->copies || a->named_by_typedef != b->named_by_typedef ||
            !type_id_equal(a->id, b->id) || strcmp(a->name, b->name) != 0)
            abort();
    }
}

static void compare_scans(const struct unit_table *table)
{
    struct type_index *one = scan(table, 1, NULL), *two = scan(table, 2, NULL),
                      *general = scan_by(table, SCAN_GENERAL), *quick = scan_by(table, SCAN_QUICK);
    expect_same(one, two);
    expect_same(one, general);
    expect_same(one, quick);
    type_index_free(quick);
    type_index_free(general);
    if (one->entries_count > 0)
        type_index_free(scan(table, 1, one->entries[one->entries_count / 2].name));
    type_index_free(one);
    type_index_free(two);
}

static void read_deeply(const struct unit_table *table)
{
    struct die_reader *reader = NULL;
    struct arena arena = {0};
    expect_one_line(die_reader_create(table, &reader));
    for (size_t u = 0; reader && u < table->units_count; u++) {
        const struct unit *unit = &table->units[u];
        uint64_t offsets[DIES_READ_MOST] = {unit->die_offset}; // met, but for the first `done` not read yet
        for (size_t done = 0, met = 1; done < met; done++) {
            struct die die;
            struct die_ref parent;
            struct die_child *children;
            size_t count;
            const struct die_ref ref = {unit, offsets[done]};
            expect_one_line(die_reader_read(reader, ref, &arena, &die));
            expect_one_line(die_reader_parent(reader, ref, &parent));
            expect_one_line(die_reader_children(reader, ref, &arena, &children, &count));
            for (size_t i = 0; i < count && met < DIES_READ_MOST; i++)
                offsets[met++] = children[i].offset;
        }
        uint64_t *completing;
        size_t completing_count;
        expect_one_line(die_reader_completing(reader, unit, &arena, &completing, &completing_count));
        line_file_name(unit, 1, &arena);
    }
    die_reader_free(reader);
    arena_free(&arena);
}

static void exercise(const char *path)
{
    static const char *const nowhere[] = {NULL};
    const struct object_options options = {.debug_folders = nowhere, .threads = 1};
    CLEANUP(object_close_at) struct object *object = NULL;
    struct unit_table *table = NULL;
    struct error *error = object_open(path, &options, &object);
    if (!error)
        error = unit_table_open(object, &table);
    expect_one_line(error);
    if (!table)
        return;
    compare_scans(table);
    read_deeply(table);
    unit_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    return 0;
}
