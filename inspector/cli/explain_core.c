// SPDX-License-Identifier: MIT
#include "cli/explain_core.h"

#include "cli/input.h"
#include "gomap/go_program.h"
#include "gomap/map_holders.h"
#include "gomap/map_look.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_MOST = 6 };

struct explain_core {
    struct go_program *program;
    struct map_looker *looker;
    struct map_look look;
};

struct error *explain_core_open(const char *core, const char *executable,
                                const struct common_options *options, struct notice_sink *notices,
                                struct explain_core **opened)
{
    const struct go_program_options program_options = {.executable = executable,
                                                       .debug = input_source_options(options)};
    struct explain_core *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    struct error *error = go_program_open(core, &program_options, notices, &made->program);
    if (!error && made->program->target->pid)
        error = error_create(ERROR_USAGE, "--core %s is a process, not a core: strata maps %s shows its maps",
                             core, core);
    if (!error)
        error = map_looker_open(made->program, NULL, &made->looker);
    if (!error)
        error = map_looker_look(made->looker, &made->look);
    if (error)
        explain_core_close(made);
    else
        *opened = made;
    return error;
}

void explain_core_close(struct explain_core *core)
{
    if (!core)
        return;
    map_look_free(&core->look);
    map_looker_close(core->looker);
    go_program_close(core->program);
    free(core);
}

static bool is_writing(const struct map_found *found, uint64_t *count)
{
    enum { HASH_WRITING = 4 };
    const struct map_shape *shape = found->survey.shape;
    if (shape->design == MAP_SWISS) {
        struct swiss_header header = {0};
        map_swiss_header(shape, found->survey.header, &header);
        *count = header.used;
        return header.is_writing;
    }
    struct classic_header header = {0};
    map_classic_header(shape, found->survey.header, &header);
    *count = (uint64_t)header.count;
    return header.flags & HASH_WRITING;
}

// The word of the variable that the code loads the map from.
static void read_variable(const struct explain_core *core, struct cause *cause, uint64_t *header)
{
    const struct memory_target *target = core->program->target;
    uint8_t bytes[8] = {0};
    const size_t word = target->address_bits / 8;
    *header = 0;
    if (!cause->variable_address || word > sizeof(bytes))
        return;
    struct error *error = memory_read(target->memory, cause->variable_address + target->bias, bytes, word);
    cause->core->has_variable = !error;
    if (!error)
        *header = map_number(bytes, (unsigned)word, target->big_endian);
    cause->core->is_variable_nil = !error && !*header;
    error_free(error);
}

static int by_likelihood(const void *left, const void *right)
{
    const struct core_map *a = left, *b = right;
    const int a_rank = 2 * a->is_of_variable + a->is_writing, b_rank = 2 * b->is_of_variable + b->is_writing;
    if (a_rank != b_rank)
        return b_rank - a_rank;
    return (a->address > b->address) - (a->address < b->address);
}

static struct error *add_map(struct explain_core *core, const struct map_found *found, uint64_t of_variable,
                             struct arena *arena, struct cause *cause)
{
    struct core_map map = {.address = found->survey.address};
    const char *type = found->type ? type_name(found->type, arena) : NULL;
    if (cause->map_type && (!type || strcmp(type, cause->map_type) != 0))
        return NULL;
    map.is_writing = is_writing(found, &map.count);
    map.is_of_variable = of_variable && map.address == of_variable;
    if (cause->goroutine && cause->goroutine->access && cause->goroutine->address == map.address)
        map.is_of_variable = true;
    if (found->path != PATH_NONE)
        map.path = path_pattern(&core->look.steps, found->path, arena);
    cause->core->of_type++;
    return vec_push(&cause->core->list, map) ? NULL : &error_out_of_memory;
}

static void add_part(struct output *text, const char *part)
{
    output_text(text, text->length ? ", " : "");
    output_text(text, part);
}

// "main.sessions, an object of 48 bytes at 0xc000012345, 2 words on stacks"
static const char *holders_text(const struct map_holders *holders, struct arena *arena)
{
    struct output text = {0};
    char part[96];
    vec_foreach (const char *const *, name, &holders->variables)
        add_part(&text, *name);
    if (holders->words_of_variables > holders->variables.length) {
        snprintf(part, sizeof(part), "%" PRIu64 " more words of variables",
                 holders->words_of_variables - holders->variables.length);
        add_part(&text, part);
    }
    if (holders->objects) {
        snprintf(part, sizeof(part), "an object of %" PRIu64 " bytes at 0x%" PRIx64, holders->object_bytes,
                 holders->object_address);
        add_part(&text, part);
    }
    if (holders->objects > 1) {
        snprintf(part, sizeof(part), "%" PRIu64 " more word%s of the heap", holders->objects - 1,
                 holders->objects == 2 ? "" : "s");
        add_part(&text, part);
    }
    if (holders->stacks) {
        snprintf(part, sizeof(part), "%" PRIu64 " word%s on goroutines' stacks", holders->stacks,
                 holders->stacks == 1 ? "" : "s");
        add_part(&text, part);
    }
    if (!text.length)
        add_part(&text, "nothing that was found");
    if (holders->is_cut)
        add_part(&text, "and the core is larger than what was looked through");
    const char *kept = text.out_of_memory ? NULL : arena_copy_text(arena, text.data, text.length);
    output_free(&text);
    return kept;
}

// Of the likeliest map alone: all of the core is looked through.
static struct error *add_holders(struct explain_core *core, struct core_map *map, struct arena *arena)
{
    struct map_holders holders;
    struct error *error = map_holders_find(core->program, map->address, arena, &holders);
    if (!error && core->program->types) {
        map->held_by = holders_text(&holders, arena);
        error = map->held_by ? NULL : &error_out_of_memory;
    }
    map_holders_free(&holders);
    return error;
}

struct error *explain_core_add(struct explain_core *core, struct arena *arena, struct cause *cause)
{
    uint64_t header;
    cause->core = calloc(1, sizeof(*cause->core));
    if (!cause->core)
        return &error_out_of_memory;
    read_variable(core, cause, &header);
    vec_foreach (const struct map_found *, found, &core->look.maps)
        RETURN_IF_ERROR(add_map(core, found, header, arena, cause));
    core_maps_vec *list = &cause->core->list;
    if (list->length)
        qsort(list->data, list->length, sizeof(*list->data), by_likelihood);
    cause->core->left_out = list->length > LISTED_MOST ? list->length - LISTED_MOST : 0;
    list->length -= cause->core->left_out;
    if (list->length && (list->length == 1 || list->data[0].is_of_variable || list->data[0].is_writing))
        RETURN_IF_ERROR(add_holders(core, &list->data[0], arena));
    return arena->has_failed ? &error_out_of_memory : NULL;
}
