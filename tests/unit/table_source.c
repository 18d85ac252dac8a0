// SPDX-License-Identifier: MIT
#include "table_source.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

struct table_source {
    struct type_source source; // first
    const struct type_table_file *file;
};

static const struct type_table_file *file_of(const struct type_source *source)
{
    return ((const struct table_source *)source)->file;
}

// Equal for equal definitions: what a reader of a format makes of members' names, places and types.
static uint64_t shape_of(const struct type *type)
{
    uint64_t shape = 1;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        shape = shape * 31 + type_index_name_hash(member->name);
        shape = shape * 31 + member->offset_bits;
        shape = shape * 31 + member->size_bits;
        shape = shape * 31 + type_index_name_hash(member->type->name);
    }
    return shape;
}

static struct type_index_entry entry_of(const struct type *type)
{
    return (struct type_index_entry){.id = type->id,
                                     .name = type->name,
                                     .name_hash = type_index_name_hash(type->name),
                                     .kind = type->kind,
                                     .size_known = type->size_known,
                                     .size_bytes = type->size_bytes,
                                     .members_count = (uint32_t)type->members_count,
                                     .declared_line = type->declared_line,
                                     .copies = 1,
                                     .shape = shape_of(type)};
}

static bool is_named(const struct type *type, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], type->name))
            return true;
    return false;
}

static struct error *index_make(const struct type_table_file *file, const char *const *names, size_t count,
                                struct type_index **result)
{
    struct type_index *index = calloc(1, sizeof(*index));
    if (!index)
        return &error_out_of_memory;
    index->is_valid = true;
    index->entries = calloc(file->count + 1, sizeof(*index->entries));
    if (!index->entries) {
        type_index_free(index);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < file->count; i++)
        if (!names || is_named(file->types[i], names, count))
            index->entries[index->entries_count++] = entry_of(file->types[i]);
    *result = index;
    return NULL;
}

static struct error *table_index(const struct type_source *source,
                                 const struct type_source_index_options *options, struct type_index **index)
{
    progress_update(options->progress, 1, 1);
    return index_make(file_of(source), NULL, 0, index);
}

static struct error *table_find_names(const struct type_source *source, const char *const *names,
                                      size_t count, const struct type_source_index_options *options,
                                      struct type_index **index)
{
    (void)options;
    return index_make(file_of(source), names, count, index);
}

// The graph is there already.
static struct error *maker_build(struct type_maker *maker, const struct type_index_entry *entry,
                                 const struct type **type)
{
    (void)maker;
    const struct type_table_file *file = entry->id.group;
    *type = file->types[entry->id.number];
    return NULL;
}

static void maker_forget(struct type_maker *maker)
{
    (void)maker;
}

static size_t maker_graph_bytes(const struct type_maker *maker)
{
    (void)maker;
    return 0;
}

static void maker_close(struct type_maker *maker)
{
    free(maker);
}

static struct error *table_make(const struct type_source *source, const struct type_index *index,
                                struct type_maker **maker)
{
    static const struct type_maker_ops ops = {
        .build = maker_build, .forget = maker_forget, .graph_bytes = maker_graph_bytes, .close = maker_close};
    (void)source;
    (void)index;
    *maker = calloc(1, sizeof(**maker));
    if (!*maker)
        return &error_out_of_memory;
    (*maker)->ops = &ops;
    return NULL;
}

static void table_close(struct type_source *source)
{
    free(source);
}

struct error *table_source_open(const struct type_table_file *file, struct type_source **source)
{
    static const struct type_source_ops ops = {
        .close = table_close, .index = table_index, .find_names = table_find_names, .make = table_make};
    struct table_source *table = calloc(1, sizeof(*table));
    if (!table)
        return &error_out_of_memory;
    for (size_t i = 0; i < file->count; i++)
        file->types[i]->id = (struct type_id){file, i};
    table->file = file;
    table->source = (struct type_source){.ops = &ops,
                                         .facts = {.path = file->path,
                                                   .debug_path = file->path,
                                                   .format = "table",
                                                   .machine = EM_X86_64,
                                                   .address_bits = 64}};
    *source = &table->source;
    return NULL;
}
