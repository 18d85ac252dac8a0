// SPDX-License-Identifier: MIT
#include "cli/verify_process.h"

#include "cli/input.h"
#include "cli/verify_memory.h"
#include "gomap/map_look.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct process_verifying {
    struct verifying *verifying;
    struct go_program *program;
    struct map_look look;
    struct map_looker *looker;
    struct memory_maps *memory_maps; // NULL: the runtime's own data cannot be read
    size_t debug, carried, memory;   // columns
};

static struct crosscheck *check_of(const struct process_verifying *process)
{
    return &process->verifying->check;
}

// ---- what the types say ---------------------------------------------------------------------------------

static void state_shape(const struct process_verifying *process, const char *subject_name, size_t witness,
                        const struct map_shape *shape)
{
    struct crosscheck *check = check_of(process);
    const size_t subject = crosscheck_subject(check, subject_name);
    const bool is_swiss = shape->design == MAP_SWISS;
    crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, shape->chunk_bytes);
    crosscheck_state(check, subject, witness, is_swiss ? "ctrl" : "tophash", QUANTITY_OFFSET,
                     shape->control_offset);
    if (!is_swiss)
        crosscheck_state(check, subject, witness, "overflow", QUANTITY_OFFSET,
                         shape->classic.overflow_offset);
    crosscheck_state(check, subject, witness, "key", QUANTITY_OFFSET, shape->key.offset_bytes);
    crosscheck_state(check, subject, witness, "key", QUANTITY_FIELD_SIZE, shape->key.stored_bytes);
    crosscheck_state(check, subject, witness, "elem", QUANTITY_OFFSET, shape->elem.offset_bytes);
    crosscheck_state(check, subject, witness, "elem", QUANTITY_FIELD_SIZE, shape->elem.stored_bytes);
}

// The shape by the program's own type data, of the map type of that name.
static struct error *state_carried(const struct process_verifying *process, const char *subject,
                                   const char *name)
{
    const struct rtype *const *maps;
    size_t count;
    RETURN_IF_ERROR(go_types_maps(process->program->types, &maps, &count));
    for (size_t i = 0; i < count; i++) {
        const struct type *type;
        struct map_shape shape;
        if (!maps[i]->name || strcmp(maps[i]->name, name) != 0)
            continue;
        RETURN_IF_ERROR(go_types_graph(process->program->types, maps[i]->address, &type));
        RETURN_IF_ERROR(map_shape_read(process->program->maker, type, &shape));
        state_shape(process, subject, process->carried, &shape);
        return NULL;
    }
    return NULL;
}

// ---- all maps -------------------------------------------------------------------------------------------

static void state_header(const struct process_verifying *process, const struct map_shape *shape)
{
    struct crosscheck *check = check_of(process);
    const bool is_swiss = shape->design == MAP_SWISS;
    const size_t subject = crosscheck_subject(check, is_swiss ? "Map" : "hmap");
    for (size_t i = 0; i < shape->fields.count; i++)
        crosscheck_state(check, subject, process->debug, shape->fields.list[i].name, QUANTITY_OFFSET,
                         shape->fields.list[i].offset_bytes);
    crosscheck_state(check, subject, process->debug, NULL, QUANTITY_SIZE, shape->header_bytes);
    if (!is_swiss)
        return;
    const size_t table = crosscheck_subject(check, "table");
    const struct {
        const char *name;
        struct shape_field field;
    } fields[] = {{"used", shape->swiss.table_used},
                  {"capacity", shape->swiss.table_capacity},
                  {"growthLeft", shape->swiss.table_growth_left},
                  {"localDepth", shape->swiss.table_local_depth},
                  {"index", shape->swiss.table_index},
                  {"groups.data", shape->swiss.groups_address},
                  {"groups.lengthMask", shape->swiss.groups_mask}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        crosscheck_state(check, table, process->debug, fields[i].name, QUANTITY_OFFSET,
                         fields[i].field.offset_bytes);
}

static struct error *state_map(struct process_verifying *process, const struct map_found *found)
{
    char subject[512];
    const struct map_shape *shape = found->survey.shape;
    if (found->path == PATH_NONE || !found->type)
        return NULL;
    snprintf(subject, sizeof(subject), "%s %s", shape->design == MAP_SWISS ? "group" : "bucket",
             shape->name ? shape->name : "?");
    state_shape(process, subject, process->debug, shape);
    if (process->program->types && shape->name)
        RETURN_IF_ERROR(state_carried(process, subject, shape->name));
    if (!process->memory_maps)
        return NULL;
    const uint64_t distance = memory_maps_look(process->memory_maps, found->survey.address, shape->name);
    if (distance)
        crosscheck_state(check_of(process), crosscheck_subject(check_of(process), subject), process->memory,
                         NULL, QUANTITY_SIZE, distance);
    return NULL;
}

// A map type whose debug information contradicts itself is read by no look, so nothing above speaks of it: what can be
// read of its shape goes beside what the program carries.
static struct error *state_unreadable(const struct process_verifying *process, const struct type_index *index)
{
    for (size_t i = 0; i < index->entries_count; i++) {
        char subject[512];
        const struct type *type;
        struct map_shape shape;
        struct error *error = type_maker_build(process->program->maker, &index->entries[i], &type);
        if (!error)
            error = map_shape_read(process->program->maker, type, &shape);
        const bool is_unreadable = error && error->code == ERROR_BAD_FORMAT;
        if (error && error->code == ERROR_OUT_OF_MEMORY)
            return error;
        error_free(error);
        if (!is_unreadable || !index->entries[i].name)
            continue;
        snprintf(subject, sizeof(subject), "%s %s", shape.design == MAP_SWISS ? "group" : "bucket",
                 index->entries[i].name);
        state_shape(process, subject, process->debug, &shape);
        RETURN_IF_ERROR(state_carried(process, subject, index->entries[i].name));
    }
    return NULL;
}

static struct error *state_all_unreadable(const struct process_verifying *process)
{
    const struct type_source_index_options options = {.threads = 1};
    const struct rtype *const *maps;
    struct type_index *index = NULL;
    size_t count;
    RETURN_IF_ERROR(go_types_maps(process->program->types, &maps, &count));
    const char **names = reallocarray(NULL, count + 1, sizeof(*names));
    size_t names_count = 0;
    for (size_t i = 0; names && i < count; i++)
        if (maps[i]->name)
            names[names_count++] = maps[i]->name;
    struct error *error =
        names ? type_source_find_names(process->program->source, names, names_count, &options, &index)
              : &error_out_of_memory;
    if (!error)
        error = state_unreadable(process, index);
    free(names);
    type_index_free(index);
    return error;
}

static struct error *state_all(struct process_verifying *process)
{
    const struct map_shape *shape = NULL;
    struct crosscheck *check = check_of(process);
    process->debug =
        crosscheck_add_witness(check, "debug info", "the debug information of the running program");
    process->carried = crosscheck_add_witness(check, "own types",
                                              "the types that the program carries for itself (abi.MapType)");
    process->memory = crosscheck_add_witness(
        check, "memory",
        "its live maps, read without debug information: the word of the header that is what the control "
        "bytes add up to, the one that is the allocator's object of the right size, the only distance of "
        "groups or buckets that fits");
    vec_foreach (const struct map_found *, found, &process->look.maps) {
        RETURN_IF_ERROR(state_map(process, found));
        shape = found->path != PATH_NONE && found->type ? found->survey.shape : shape;
    }
    if (process->program->types)
        RETURN_IF_ERROR(state_all_unreadable(process));
    if (shape)
        state_header(process, shape);
    if (shape && process->memory_maps)
        memory_maps_state(process->memory_maps, check, process->memory, process->debug, shape->header_bytes);
    process->verifying->target = process->debug;
    process->verifying->has_maps = check->subjects_count > 0;
    return verifying_note(process->verifying,
                          "%zu maps of the process were looked at, the entries of %" PRIu64 " were counted",
                          process->look.maps.length, memory_maps_counted(process->memory_maps));
}

struct error *verify_process(struct verifying *verifying, const char *name, const char *executable,
                             const struct common_options *common, struct notice_sink *notices)
{
    const struct go_program_options options = {.executable = executable,
                                               .debug = input_source_options(common)};
    struct process_verifying process = {.verifying = verifying};
    struct error *error = go_program_open(name, &options, notices, &process.program);
    if (!error && !process.program->source)
        error = error_create(ERROR_NO_DEBUG, "%s: no debug information to be verified",
                             process.program->target->name);
    if (!error)
        error = map_looker_open(process.program, NULL, &process.looker);
    if (!error)
        error = map_looker_look(process.looker, &process.look);
    if (!error)
        error = memory_maps_open(name, executable, &process.memory_maps);
    if (!error)
        error = state_all(&process);
    map_look_free(&process.look);
    memory_maps_close(process.memory_maps);
    map_looker_close(process.looker);
    go_program_close(process.program);
    return error;
}
