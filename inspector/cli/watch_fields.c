// SPDX-License-Identifier: MIT
#include "cli/watch_fields.h"

#include "hmapcore/swiss_layout.h"
#include "layout/layout.h"
#include "layout/rows.h"
#include "source/source_open.h"

#include <stdio.h>

// What reading takes, in the order it is opened.
struct fields_reading {
    struct type_source *source;
    struct type_index *index;
    struct type_maker *maker;
    struct layouter *layouter;
    struct arena arena;
    struct rows rows;
};

static void reading_close(struct fields_reading *reading)
{
    layouter_free(reading->layouter);
    type_maker_close(reading->maker);
    type_index_free(reading->index);
    type_source_close(reading->source);
    arena_free(&reading->arena);
}

// The entry that can be the header: of its size.
static const struct type_index_entry *header_entry(const struct type_index *index, uint64_t size_bytes)
{
    for (size_t i = 0; i < index->entries_count; i++)
        if (index->entries[i].size_known && index->entries[i].size_bytes == size_bytes)
            return &index->entries[i];
    return NULL;
}

static struct error *read_rows(struct fields_reading *reading, const char *name, uint64_t size_bytes)
{
    const char *const names[] = {name};
    const struct type_source_options source_options = {.threads = 1};
    const struct type_source_index_options index_options = {.threads = 1};
    const struct layout_options layout_options = {0};
    const struct rows_options rows_options = {.expand = false};
    const struct type *type;
    const struct layout *layout;
    RETURN_IF_ERROR(type_source_open("/proc/self/exe", &source_options, NULL, &reading->source));
    RETURN_IF_ERROR(type_source_find_names(reading->source, names, 1, &index_options, &reading->index));
    const struct type_index_entry *entry = header_entry(reading->index, size_bytes);
    if (!entry)
        return error_create(ERROR_NOT_FOUND, "no struct %s of %llu bytes", name,
                            (unsigned long long)size_bytes);
    RETURN_IF_ERROR(type_source_make(reading->source, NULL, &reading->maker));
    RETURN_IF_ERROR(type_maker_build(reading->maker, entry, &type));
    RETURN_IF_ERROR(layouter_create(&layout_options, &reading->layouter));
    RETURN_IF_ERROR(layout_compute(reading->layouter, type, &layout));
    return rows_build(reading->layouter, layout, &rows_options, &reading->arena, &reading->rows);
}

static void fields_of(const struct rows *rows, uint64_t size_bytes, struct picture_fields *fields)
{
    for (size_t i = 0; i < rows->count && fields->count < PICTURE_FIELDS_MOST; i++) {
        const struct row *row = &rows->data[i];
        bool is_field = row->kind == ROW_MEMBER && row->name && row->offset_known && row->size_known &&
                        row->offset_bits % 8 == 0 && row->size_bits % 8 == 0 &&
                        row->offset_bits + row->size_bits <= 8 * size_bytes;
        if (!is_field)
            continue;
        struct picture_field *field = &fields->list[fields->count++];
        snprintf(field->name, sizeof(field->name), "%s", row->name);
        field->offset_bytes = (uint16_t)(row->offset_bits / 8);
        field->size_bytes = (uint16_t)(row->size_bits / 8);
    }
}

bool watch_fields_read(enum watch_map_kind kind, struct picture_fields *fields)
{
    const uint64_t size_bytes = kind == WATCH_SWISS ? sizeof(struct swiss_map) : sizeof(struct hmap);
    struct fields_reading reading = {0};
    struct picture_fields found = {.source = "DWARF"};
    arena_init(&reading.arena);
    struct error *error = read_rows(&reading, kind == WATCH_SWISS ? "swiss_map" : "hmap", size_bytes);
    if (!error)
        fields_of(&reading.rows, size_bytes, &found);
    if (found.count)
        *fields = found;
    error_free(error);
    reading_close(&reading);
    return found.count > 0;
}
