// SPDX-License-Identifier: MIT
#include "gomap/go_program.h"

#include "source/source_open.h"

#include <stdlib.h>

// Types of the debug information and those that the program carries have ids of different groups: each goes to its
// own maker.
struct both_makers {
    struct type_maker maker; // first
    struct type_maker *debug, *carried;
};

static struct error *both_build(struct type_maker *maker, const struct type_index_entry *entry,
                                const struct type **type)
{
    const struct both_makers *both = (const struct both_makers *)maker;
    struct type_maker *right =
        both->carried && entry->id.group == both->carried ? both->carried : both->debug;
    return right ? type_maker_build(right, entry, type) : error_create(ERROR_NO_DEBUG, "a type of no source");
}

static void both_forget(struct type_maker *maker)
{
    const struct both_makers *both = (const struct both_makers *)maker;
    if (both->debug)
        type_maker_forget(both->debug);
}

static size_t both_graph_bytes(const struct type_maker *maker)
{
    const struct both_makers *both = (const struct both_makers *)maker;
    return both->debug ? type_maker_graph_bytes(both->debug) : 0;
}

static void both_close(struct type_maker *maker)
{
    struct both_makers *both = (struct both_makers *)maker;
    type_maker_close(both->debug);
    free(both);
}

static const struct type_maker_ops both_ops = {
    .build = both_build, .forget = both_forget, .graph_bytes = both_graph_bytes, .close = both_close};

static struct error *open_makers(struct go_program *program)
{
    struct both_makers *both = calloc(1, sizeof(*both));
    if (!both)
        return &error_out_of_memory;
    both->maker.ops = &both_ops;
    program->maker = &both->maker;
    both->carried = program->types ? go_types_maker(program->types) : NULL;
    return program->source ? type_source_make(program->source, NULL, &both->debug) : NULL;
}

// ---- the dynamic types of interfaces --------------------------------------------------------------------

static const struct type *dynamic_type(void *context, uint64_t rtype)
{
    struct go_program *program = context;
    const struct type *type = NULL;
    error_free(go_types_graph(program->types, rtype, &type));
    return type;
}

// ---- opening --------------------------------------------------------------------------------------------

static void give_and_free(struct notice_sink *notices, struct error *error)
{
    if (error)
        notice_give(notices, error->message);
    error_free(error);
}

static struct error *open_source(struct go_program *program, const struct go_program_options *options,
                                 struct notice_sink *notices)
{
    if (!program->target->executable || options->ignores_debug)
        return NULL;
    struct error *error =
        type_source_open(program->target->executable, &options->debug, notices, &program->source);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    if (error->code != ERROR_NO_DEBUG)
        notice_give(notices, error->message);
    error_free(error);
    program->source = NULL;
    return NULL;
}

// Whether the debug information is of a program with Go's runtime.
static bool is_of_go(const struct type_source *source)
{
    static const char *const names[] = {"runtime.g"};
    const struct type_source_index_options options = {.threads = 1};
    struct type_index *index = NULL;
    struct error *error = type_source_find_names(source, names, 1, &options, &index);
    const bool is_found = !error && index->entries_count > 0;
    error_free(error);
    type_index_free(index);
    return is_found;
}

static struct error *open_runtime(struct go_program *program, struct notice_sink *notices)
{
    struct error *error = go_runtime_open(program->target, program->source, &program->runtime);
    if (!error)
        error = go_types_open(program->runtime, &program->types);
    if (!error || error->code == ERROR_OUT_OF_MEMORY || !program->source || !is_of_go(program->source))
        return error;
    // With debug information maps are read all the same; what interfaces hold is not.
    give_and_free(notices, error);
    return NULL;
}

static struct error *open_all(struct go_program *program, const char *name,
                              const struct go_program_options *options, struct notice_sink *notices)
{
    const struct target_options target_options = {.executable = options->executable,
                                                  .is_recorded = options->is_recorded,
                                                  .salvages = options->salvages};
    RETURN_IF_ERROR(memory_target_open(name, &target_options, &program->target));
    vec_foreach (char **, line, &program->target->notices.lines)
        notice_give(notices, *line);
    RETURN_IF_ERROR(open_source(program, options, notices));
    RETURN_IF_ERROR(open_runtime(program, notices));
    RETURN_IF_ERROR(open_makers(program));
    program->dynamic = (struct dynamic_types){program->types ? dynamic_type : NULL, program};
    return NULL;
}

struct error *go_program_open(const char *name, const struct go_program_options *options,
                              struct notice_sink *notices, struct go_program **result)
{
    struct go_program *program = calloc(1, sizeof(*program));
    *result = NULL;
    if (!program)
        return &error_out_of_memory;
    struct error *error = open_all(program, name, options, notices);
    if (error) {
        go_program_close(program);
        return error;
    }
    *result = program;
    return NULL;
}

void go_program_close(struct go_program *program)
{
    if (!program)
        return;
    type_maker_close(program->maker);
    go_types_close(program->types);
    go_runtime_close(program->runtime);
    type_source_close(program->source);
    memory_target_close(program->target);
    free(program);
}

const char *go_program_version(const struct go_program *program)
{
    return program->runtime ? go_runtime_facts(program->runtime)->version : NULL;
}
