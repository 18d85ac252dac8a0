// SPDX-License-Identifier: MIT
#include "gomap/map_look_parts.h"

#include "base/secret.h"
#include "base/slots.h"

#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_MOST = 4 << 20,
    CHUNKS_MOST = 16 << 20, // groups and buckets whose entries are followed, a look
    PAGES_BYTES = 96 << 20,
};

// ---- roots ----------------------------------------------------------------------------------------------

static struct error *root_add(void *context, const struct type_source_variable *variable)
{
    struct map_looker *looker = context;
    const struct type_index_entry entry = {.id = variable->type};
    const struct type *type;
    if (!variable->address_known || !variable->name)
        return NULL;
    struct error *error = type_maker_build(looker->maker, &entry, &type);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    if (error || (type->language != LANGUAGE_GO && type->language != LANGUAGE_UNSTATED))
        return NULL;
    struct walk_type *walk = walk_type_of(looker->types, type);
    if (!walk || !walk->size_bytes || walk->size_bytes > VARIABLE_BYTES_MOST)
        return walk ? NULL : &error_out_of_memory;
    // The runtime's own structures lead everywhere and hold no map of the program's.
    if (!strncmp(variable->name, "runtime.", 8) && walk->kind != WALK_MAP)
        return NULL;
    if (!walk_type_leads(looker->types, walk))
        return NULL;
    const struct look_root root = {arena_copy_text(&looker->names, variable->name, strlen(variable->name)),
                                   type, variable->address + looker->target->bias};
    return root.name && vec_push(&looker->roots, root) ? NULL : &error_out_of_memory;
}

struct error *map_looker_open(struct go_program *program, const struct map_looker_options *options,
                              struct map_looker **result)
{
    struct map_looker *looker = calloc(1, sizeof(*looker));
    *result = NULL;
    if (!looker)
        return &error_out_of_memory;
    looker->program = program;
    looker->target = program->target;
    looker->maker = program->maker;
    looker->objects_most = options && options->objects_most ? options->objects_most : OBJECTS_MOST;
    looker->only_rooted = options && options->only_rooted;
    looker->address_bytes = program->target->address_bits / 8;
    looker->itab_type_offset = looker->address_bytes; // Go: internal/abi, ITab
    looker->dynamic = program->dynamic;
    arena_init(&looker->names);
    secret_draw(&looker->dynamics_secret, sizeof(looker->dynamics_secret));
    looker->dynamics_count = 256;
    looker->dynamics = slots_alloc(looker->dynamics_count, sizeof(*looker->dynamics));
    struct error *error = looker->dynamics ? NULL : &error_out_of_memory;
    if (!error)
        error = walk_types_open(program->source, looker->maker, &looker->types);
    if (!error)
        error = pages_open(looker->target->memory, PAGES_BYTES, &looker->pages);
    if (!error && program->source)
        error = type_source_variables(program->source, root_add, looker);
    if (error) {
        map_looker_close(looker);
        return error;
    }
    *result = looker;
    return NULL;
}

void map_looker_close(struct map_looker *looker)
{
    if (!looker)
        return;
    pages_close(looker->pages);
    walk_types_close(looker->types);
    arena_free(&looker->names);
    vec_free(&looker->roots);
    free(looker->dynamics);
    free(looker);
}

struct page_cache *map_looker_pages(struct map_looker *looker)
{
    return looker->pages;
}

bool map_looker_has_map(const struct map_looker *looker, const char *name)
{
    vec_foreach (const struct look_root *, root, &looker->roots) {
        const struct walk_type *type =
            strcmp(root->name, name) ? NULL : walk_type_of(looker->types, root->type);
        if (type && type->kind == WALK_MAP)
            return true;
    }
    return false;
}

void map_look_free(struct map_look *look)
{
    vec_free(&look->maps);
    vec_free(&look->steps.list);
}

// Maps that no variable leads to, by the allocator; without debug information also those that one leads to. What
// cannot be read of the allocator is no error: there is less to be said then.
static void look_at_the_rest(struct looking *looking)
{
    struct go_program *program = looking->looker->program;
    struct go_heap *heap = NULL;
    if (!program->types || (looking->looker->only_rooted && program->source))
        return;
    struct error *error = go_heap_open(program->runtime, program->types, &heap);
    looking->look->is_incomplete |= error && error->code == ERROR_OUT_OF_MEMORY;
    error_free(error);
    if (heap && !program->source)
        look_at_words(looking, heap);
    if (heap && !looking->looker->only_rooted)
        look_at_heap(looking, heap);
    go_heap_close(heap);
}

static void look_at_roots(struct looking *looking)
{
    struct map_looker *looker = looking->looker;
    vec_foreach (struct look_root *, root, &looker->roots) {
        struct walk_type *type = walk_type_of(looker->types, root->type);
        looking->look->variables++;
        if (type)
            look_push_root(looking, root->name, root->address, type);
    }
}

// Reads all headers once more: what is another one now was changing.
static void mark_changed(struct looking *looking)
{
    enum { HEADERS = 512 };
    struct map_look *look = looking->look;
    uint8_t(*headers)[PICTURE_HEADER_BYTES] = malloc(HEADERS * sizeof(*headers));
    struct memory_range ranges[HEADERS];
    for (size_t first = 0; headers && first < look->maps.length; first += HEADERS) {
        const size_t left = look->maps.length - first, count = left < HEADERS ? left : HEADERS;
        for (size_t i = 0; i < count; i++) {
            const struct map_found *found = &look->maps.data[first + i];
            ranges[i] = (struct memory_range){.address = found->survey.address,
                                              .buffer = headers[i],
                                              .size_bytes = found->survey.shape->header_bytes};
        }
        pages_read_now(looking->looker->pages, ranges, count);
        for (size_t i = 0; i < count; i++) {
            struct map_found *found = &look->maps.data[first + i];
            const struct map_figures *figures = &found->survey.figures;
            found->has_changed = figures->is_torn || figures->is_writing || !ranges[i].is_read ||
                                 memcmp(headers[i], found->survey.header, ranges[i].size_bytes) != 0;
            look->changed += found->has_changed;
        }
    }
    free(headers);
}

struct error *map_looker_look(struct map_looker *looker, struct map_look *look)
{
    struct looking looking = {
        .looker = looker, .look = look, .chunks_left = CHUNKS_MOST, .block = malloc(BLOCK_BYTES)};
    *look = (struct map_look){.steps.dynamic = &looker->dynamic};
    pages_forget(looker->pages);
    const struct pages_work before = pages_work(looker->pages);
    if (!looking.block)
        return &error_out_of_memory;
    look_at_roots(&looking);
    look_at_queue(&looking);
    look_at_the_rest(&looking);
    mark_changed(&looking);
    const struct pages_work after = pages_work(looker->pages);
    look->work = (struct pages_work){after.calls - before.calls, after.bytes - before.bytes};
    free(looking.block);
    free(looking.seen);
    vec_free(&looking.queue);
    if (!look->is_incomplete)
        return NULL;
    map_look_free(look);
    return &error_out_of_memory;
}
