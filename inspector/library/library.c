// SPDX-License-Identifier: MIT
// The public functions of strata.h over source/ and layout/. It holds no rule of its own.
#include "base/arena.h"
#include "base/slices.h"
#include "layout/layout.h"
#include "layout/rows.h"
#include "library/strata.h"
#include "source/source_open.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

struct strata_file {
    struct type_source *source;
    unsigned threads;
    struct layout_options layout;
};

struct strata_types {
    struct strata_file *file;
    struct type_index *index;
    struct type_maker *maker;   // NULL until the first layout
    struct layouter *layouter;  // likewise
    struct arena arena;         // layouts and their rows
    struct strata_layout **all; // by number; NULL: not asked for yet
};

_Static_assert((int)STRATA_OUT_OF_MEMORY == (int)ERROR_OUT_OF_MEMORY && (int)STRATA_NO_DEBUG == (int)ERROR_NO_DEBUG,
               "the codes are those of base/error.h");

const char *strata_version(void)
{
    return STRATA_VERSION;
}

// ---- errors: the same objects by another name ------------------------------------------------------------

static struct strata_error *public_error(struct error *error)
{
    return (struct strata_error *)(void *)error;
}

int strata_error_code(const struct strata_error *error)
{
    return (int)((const struct error *)(const void *)error)->code;
}

const char *strata_error_message(const struct strata_error *error)
{
    return ((const struct error *)(const void *)error)->message;
}

void strata_error_free(struct strata_error *error)
{
    error_free((struct error *)(void *)error);
}

// ---- files -----------------------------------------------------------------------------------------------

// What a caller compiled against an older header passes is shorter: what is missing is 0.
static struct error *options_read(const struct strata_options *given, struct strata_options *options)
{
    *options = (struct strata_options){0};
    if (!given)
        return NULL;
    if (given->struct_bytes < sizeof given->struct_bytes || given->struct_bytes > 4096)
        return error_create(ERROR_USAGE, "strata_options.struct_bytes is %zu, not its size", given->struct_bytes);
    memcpy(options, given, given->struct_bytes < sizeof *options ? given->struct_bytes : sizeof *options);
    if (options->cacheline_bytes & (options->cacheline_bytes - 1) || options->cacheline_bytes > 65536)
        return error_create(ERROR_USAGE, "strata_options.cacheline_bytes is %llu, not a power of two up to 65536",
                            (unsigned long long)options->cacheline_bytes);
    return NULL;
}

static struct error *file_open(const char *path, const struct strata_options *given, struct strata_file **result)
{
    struct strata_options wanted;
    RETURN_IF_ERROR(options_read(given, &wanted));
    struct strata_file *file = calloc(1, sizeof *file);
    if (!file)
        return &error_out_of_memory;
    file->threads = wanted.threads ? wanted.threads : threads_available();
    const struct type_source_options options = {.threads = file->threads, .format = wanted.format};
    struct error *error = type_source_open(path, &options, NULL, &file->source);
    if (error) {
        free(file);
        return error;
    }
    const struct type_source_facts *facts = &file->source->facts;
    file->layout = (struct layout_options){.cacheline_bytes = wanted.cacheline_bytes,
                                           .abi = abi_of_platform(facts->machine, facts->address_bits, facts->platform)};
    *result = file;
    return NULL;
}

struct strata_error *strata_open(const char *path, const struct strata_options *options, struct strata_file **file)
{
    *file = NULL;
    return public_error(file_open(path, options, file));
}

void strata_close(struct strata_file *file)
{
    if (!file)
        return;
    type_source_close(file->source);
    free(file);
}

const char *strata_file_format(const struct strata_file *file)
{
    return file->source->facts.format;
}

const char *strata_file_build_id(const struct strata_file *file)
{
    return file->source->facts.build_id;
}

uint16_t strata_file_machine(const struct strata_file *file)
{
    return file->source->facts.machine;
}

unsigned strata_file_address_bits(const struct strata_file *file)
{
    return file->source->facts.address_bits;
}

bool strata_file_is_big_endian(const struct strata_file *file)
{
    return file->source->facts.big_endian;
}

// ---- types -----------------------------------------------------------------------------------------------

static struct error *types_create(struct strata_file *file, const char *name, struct strata_types **result)
{
    struct strata_types *types = calloc(1, sizeof *types);
    if (!types)
        return &error_out_of_memory;
    types->file = file;
    arena_init(&types->arena);
    const struct type_source_index_options options = {.threads = file->threads};
    struct error *error = name ? type_source_find_names(file->source, &name, 1, &options, &types->index)
                               : type_source_index(file->source, &options, &types->index);
    if (!error && name && types->index->entries_count == 0)
        error = error_create(ERROR_NOT_FOUND, "%s: no type is named %s", file->source->facts.path, name);
    if (!error) {
        const size_t count = types->index->entries_count;
        types->all = calloc(count ? count : 1, sizeof(struct strata_layout *));
        if (!types->all)
            error = &error_out_of_memory;
    }
    if (error) {
        strata_types_free(types);
        return error;
    }
    *result = types;
    return NULL;
}

struct strata_error *strata_all(struct strata_file *file, struct strata_types **types)
{
    *types = NULL;
    return public_error(types_create(file, NULL, types));
}

struct strata_error *strata_find(struct strata_file *file, const char *name, struct strata_types **types)
{
    *types = NULL;
    return public_error(types_create(file, name, types));
}

void strata_types_free(struct strata_types *types)
{
    if (!types)
        return;
    layouter_free(types->layouter);
    type_maker_close(types->maker);
    type_index_free(types->index);
    arena_free(&types->arena);
    free(types->all);
    free(types);
}

size_t strata_types_count(const struct strata_types *types)
{
    return types->index->entries_count;
}

bool strata_type_at(const struct strata_types *types, size_t number, struct strata_type *type)
{
    if (number >= types->index->entries_count)
        return false;
    const struct type_index_entry *entry = &types->index->entries[number];
    const struct type kind = {.kind = entry->kind};
    *type = (struct strata_type){.name = entry->name,
                                 .kind = type_kind_word(&kind),
                                 .size_known = entry->size_known,
                                 .size_bytes = entry->size_known ? entry->size_bytes : 0,
                                 .members_count = entry->members_count,
                                 .copies = entry->copies};
    return true;
}

const char *strata_problem_at(const struct strata_types *types, size_t number)
{
    const struct problems *problems = &types->index->problems;
    return number < problems->length ? problems->data[number].text : NULL;
}

// ---- layouts ---------------------------------------------------------------------------------------------

static struct error *rows_publish(struct strata_types *types, const struct layout *layout, struct strata_layout *result)
{
    const struct rows_options options = {0};
    struct rows rows = {0};
    RETURN_IF_ERROR(rows_build(types->layouter, layout, &options, &types->arena, &rows));
    struct strata_row *all = arena_alloc_array(&types->arena, rows.count ? rows.count : 1, sizeof *all);
    if (!all)
        return &error_out_of_memory;
    for (size_t i = 0; i < rows.count; i++) {
        const struct row *row = &rows.data[i];
        if (row->kind != ROW_MEMBER && row->kind != ROW_GAP && row->kind != ROW_VARIANT)
            continue; // a border of cache lines: the caller can divide
        all[result->rows_count++] = (struct strata_row){.kind = row->kind_word,
                                                        .name = row->name,
                                                        .type = row->type_text,
                                                        .is_gap = row->kind == ROW_GAP,
                                                        .offset_known = row->offset_known,
                                                        .size_known = row->size_known,
                                                        .offset_bits = row->offset_bits,
                                                        .size_bits = row->size_bits,
                                                        .align_bytes = row->align_bytes};
    }
    result->rows = all;
    return NULL;
}

static struct error *layout_make(struct strata_types *types, size_t number, struct strata_layout **result)
{
    const struct type_index_entry *entry = &types->index->entries[number];
    if (!types->maker)
        RETURN_IF_ERROR(type_source_make(types->file->source, NULL, &types->maker));
    if (!types->layouter)
        RETURN_IF_ERROR(layouter_create(&types->file->layout, &types->layouter));
    const struct type *type;
    RETURN_IF_ERROR(type_maker_build(types->maker, entry, &type));
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(types->layouter, type, &layout));
    struct strata_layout *made = arena_alloc(&types->arena, sizeof *made);
    if (!made)
        return &error_out_of_memory;
    *made = (struct strata_layout){.name = entry->name,
                                   .kind = type_kind_word(type),
                                   .language = language_word(type->language),
                                   .declared_file = type->declared_file,
                                   .declared_line = type->declared_line,
                                   .size_known = layout->size_known,
                                   .size_bits = layout->size_bits,
                                   .align_bytes = layout->align.bytes,
                                   .align_source = align_source_word(layout->align.source),
                                   .is_packed = layout->align.packed,
                                   .own_waste_bits = layout->own_waste_bits,
                                   .deep_waste_bits = layout->deep_waste_bits,
                                   .cache_lines = layout->cache_lines};
    RETURN_IF_ERROR(rows_publish(types, layout, made));
    *result = made;
    return NULL;
}

struct strata_error *strata_layout_of(struct strata_types *types, size_t number, const struct strata_layout **layout)
{
    *layout = NULL;
    if (number >= types->index->entries_count)
        return public_error(error_create(ERROR_USAGE, "type %zu of %zu", number, types->index->entries_count));
    if (!types->all[number]) {
        struct error *error = layout_make(types, number, &types->all[number]);
        if (error)
            return public_error(error);
    }
    *layout = types->all[number];
    return NULL;
}
