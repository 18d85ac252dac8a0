// SPDX-License-Identifier: MIT
#include "source/source_btf.h"

#include "btf/btf_build.h"
#include "btf/btf_index.h"
#include "btf/btf_model.h"
#include "btf/btf_open.h"

#include <stdio.h>
#include <stdlib.h>

struct btf_source {
    struct type_source source; // first: a pointer to it is a pointer to this
    struct btf *btf;
    char build_id[2 * sizeof(((struct btf *)NULL)->build_id) + 1];
};

struct btf_maker {
    struct type_maker maker; // first
    struct btf_builder *builder;
};

static const struct btf *btf_of(const struct type_source *source)
{
    return ((const struct btf_source *)source)->btf;
}

static struct btf_builder *builder_of(const struct type_maker *maker)
{
    return ((const struct btf_maker *)maker)->builder;
}

static struct error *index_all(const struct type_source *source,
                               const struct type_source_index_options *options, struct type_index **index)
{
    return btf_index_all(btf_of(source), options->threads, index);
}

static struct error *find_names(const struct type_source *source, const char *const *names, size_t count,
                                const struct type_source_index_options *options, struct type_index **index)
{
    (void)options;
    return btf_index_names(btf_of(source), names, count, index);
}

static struct error *maker_build(struct type_maker *maker, const struct type_index_entry *entry,
                                 const struct type **type)
{
    return btf_build(builder_of(maker), entry, type);
}

static void maker_forget(struct type_maker *maker)
{
    btf_builder_forget(builder_of(maker));
}

static size_t maker_graph_bytes(const struct type_maker *maker)
{
    return btf_builder_graph_bytes(builder_of(maker));
}

static void maker_close(struct type_maker *maker)
{
    btf_builder_free(builder_of(maker));
    free(maker);
}

static void maker_layouts_only(struct type_maker *maker)
{
    btf_builder_skip_pointees(builder_of(maker));
}

static struct error *make(const struct type_source *source, const struct type_index *index,
                          struct type_maker **result)
{
    static const struct type_maker_ops ops = {.build = maker_build,
                                              .forget = maker_forget,
                                              .graph_bytes = maker_graph_bytes,
                                              .layouts_only = maker_layouts_only,
                                              .close = maker_close};
    struct btf_maker *maker = calloc(1, sizeof(*maker));
    (void)index; // numbers lead everywhere: there is nothing to look up
    if (!maker)
        return &error_out_of_memory;
    maker->maker.ops = &ops;
    struct error *error = btf_builder_create(btf_of(source), &maker->builder);
    if (error) {
        free(maker);
        return error;
    }
    *result = &maker->maker;
    return NULL;
}

// Variables stand in the records of their sections, each with its type; where a section lies BTF does not say.
static struct error *section_variables(const struct btf *btf, const struct btf_record *section,
                                       type_source_each_variable each, void *context)
{
    for (size_t i = 0; i < 3 * (size_t)btf_vlen(section); i += 3) {
        const uint32_t id = btf_word(section, i);
        const struct btf_record variable = id ? btf_record(btf, id) : (struct btf_record){0};
        if (!id || btf_kind_of(&variable) != BTF_VAR)
            continue;
        const struct type_source_variable found = {.name = btf_name(&variable),
                                                   .type = btf_type_id(btf, variable.size_or_type),
                                                   .section = btf_name(section)};
        RETURN_IF_ERROR(each(context, &found));
    }
    return NULL;
}

static struct error *variables(const struct type_source *source, type_source_each_variable each,
                               void *context)
{
    const struct btf *btf = btf_of(source);
    const struct btf_part *own = btf_own_part(btf);
    for (uint32_t i = 0; i < own->count; i++) {
        const struct btf_record record = btf_record_at(own, own->first_id + i);
        if (btf_kind_of(&record) == BTF_DATASEC)
            RETURN_IF_ERROR(section_variables(btf, &record, each, context));
    }
    return NULL;
}

static void source_close(struct type_source *source)
{
    struct btf_source *btf = (struct btf_source *)source;
    btf_close(btf->btf);
    free(btf);
}

static void fill_facts(struct btf_source *source)
{
    const struct btf *btf = source->btf;
    for (size_t i = 0; i < btf->build_id_size_bytes; i++)
        snprintf(source->build_id + 2 * i, 3, "%02x", btf->build_id[i]);
    source->source.facts = (struct type_source_facts){
        .path = btf->path,
        .debug_path = btf->path,
        .format = "BTF",
        .build_id = source->build_id[0] ? source->build_id : NULL,
        .machine = btf->machine,
        .address_bits = 8 * btf->address_bytes,
        .big_endian = btf->big_endian,
    };
}

struct error *source_btf_open(const char *path, const struct type_source_options *options,
                              struct notice_sink *notices, struct type_source **result)
{
    static const struct type_source_ops ops = {.close = source_close,
                                               .index = index_all,
                                               .find_names = find_names,
                                               .make = make,
                                               .variables = variables};
    const struct btf_options btf_options = {.base_path = options->base_path};
    struct btf_source *source = calloc(1, sizeof(*source));
    (void)notices;
    if (!source)
        return &error_out_of_memory;
    source->source.ops = &ops;
    struct error *error = btf_open(path, &btf_options, &source->btf);
    if (error) {
        free(source);
        return error;
    }
    fill_facts(source);
    *result = &source->source;
    return NULL;
}
