// SPDX-License-Identifier: MIT
// Any bytes as a program file: each type that the scan finds is built, laid out, opened to rows and written
// in every format. The classes of a layout always add up to its size, gaps do not overlap, and an error is
// one line.
#include "build/type_build.h"
#include "dwarf/unit_table.h"
#include "fuzz_file.h"
#include "layout/align.h"
#include "report/writers.h"
#include "scan/scan.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

enum { TYPES_MOST = 64, ROWS_MOST = 500, BYTE_MAP_BYTES_MOST = 1 << 16 };

static void check_accounting(const struct layout *layout)
{
    uint64_t sum = 0, end_bits = 0;
    for (int i = 0; i < LAYOUT_CLASSES; i++)
        sum += layout->accounting_bits[i];
    if (sum != layout->size_bits)
        abort();
    for (size_t i = 0; i < layout->gaps_count; i++) {
        const struct layout_gap *gap = &layout->gaps[i];
        if (gap->offset_bits < end_bits || gap->size_bits > layout->size_bits - gap->offset_bits)
            abort();
        end_bits = gap->offset_bits + gap->size_bits;
    }
}

static void write_type(const struct report_document *document, const struct described_type *type)
{
    static const struct document_about about = {.version = "fuzz", .cacheline_bytes = 64};
    for (size_t i = 0; show_writers[i]; i++) {
        struct output output = {0};
        struct document *written;
        if (!is_fine(
                writer_open(show_writers[i], &(struct document_place){.output = &output}, &about, &written)))
            continue;
        is_fine(writer_begin_file(written, document));
        is_fine(writer_add(written, document, type));
        is_fine(writer_end_file(written, document));
        is_fine(writer_finish(written));
        is_fine(output_finish(&output));
        output_free(&output);
    }
}

static void exercise_type(struct type_builder *builder, struct layouter *layouter,
                          const struct type_index_entry *entry)
{
    const struct type *type;
    const struct layout *layout;
    if (!is_fine(type_build(builder, entry, &type)) || !is_fine(layout_compute(layouter, type, &layout)))
        return;
    check_accounting(layout);
    for (int expand = 0; expand < 2; expand++) {
        const struct rows_options options = {.expand = expand, .rows_limit = ROWS_MOST};
        const struct report_document document = {
            .file = {.path = "fuzz", .machine = "x86-64", .bits = 64},
            .style = {
                .bytes = layout->size_bits / 8 <= BYTE_MAP_BYTES_MOST, .colour = expand, .hex = expand}};
        struct described_type report = {.name = entry->name,
                                        .kind_word = "struct",
                                        .language = language_word(type->language),
                                        .layout = layout,
                                        .declared_file = type->declared_file,
                                        .copies = entry->copies,
                                        .definition_number = 1,
                                        .definitions_count = 1};
        struct arena arena = {0};
        if (is_fine(rows_build(layouter, layout, &options, &arena, &report.rows)))
            write_type(&document, &report);
        arena_free(&arena);
    }
}

static void exercise_index(const struct unit_table *table, const struct type_index *index)
{
    const struct layout_options options = {.abi = abi_of_machine(62, 64)};
    struct type_builder *builder = NULL;
    struct layouter *layouter = NULL;
    if (is_fine(type_builder_create(table, &builder)) && is_fine(layouter_create(&options, &layouter))) {
        type_builder_use_index(builder, index);
        for (size_t i = 0; i < index->entries_count && i < TYPES_MOST; i++)
            exercise_type(builder, layouter, &index->entries[i]);
    }
    layouter_free(layouter);
    type_builder_free(builder);
}

static void exercise(const char *path)
{
    static const char *const nowhere[] = {NULL};
    const struct object_options options = {.debug_folders = nowhere, .threads = 1};
    const struct scan_options scanning = {.threads = 1};
    CLEANUP(object_close_at) struct object *object = NULL;
    struct unit_table *table = NULL;
    struct type_index *index = NULL;
    if (is_fine(object_open(path, &options, &object)) && is_fine(unit_table_open(object, &table)) &&
        is_fine(scan_all(table, &scanning, &index)))
        exercise_index(table, index);
    type_index_free(index);
    unit_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    return 0;
}
