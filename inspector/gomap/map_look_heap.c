// SPDX-License-Identifier: MIT
// The part of a look that the runtime's own data gives: maps in the words of data and bss, and all maps of the heap.
#include "gomap/map_look_parts.h"

#include <string.h>

// ---- maps of unknown type -------------------------------------------------------------------------------

static struct shape_field field_at(uint16_t offset_bytes, uint16_t size_bytes)
{
    return (struct shape_field){offset_bytes, size_bytes};
}

static void swiss_shape(const struct go_runtime_facts *facts, struct map_shape *shape)
{
    const struct go_swiss_layout *from = &facts->swiss;
    const uint16_t word = (uint16_t)facts->word_bytes;
    shape->header_bytes = from->size_bytes;
    shape->swiss.used = field_at(from->used, 8);
    shape->swiss.seed = field_at(from->seed, word);
    shape->swiss.dir_address = field_at(from->dir_pointer, word);
    shape->swiss.dir_length = field_at(from->dir_length, word);
    shape->swiss.global_depth = field_at(from->global_depth, 1);
    shape->swiss.global_shift = field_at(from->global_shift, 1);
    shape->swiss.writing = field_at(from->writing, 1);
    shape->swiss.clear_sequence = field_at(from->clear_seq, 8);
    shape->swiss.table_bytes = from->table_bytes;
    shape->swiss.table_used = field_at(from->table_used, 2);
    shape->swiss.table_capacity = field_at(from->table_capacity, 2);
    shape->swiss.table_growth_left = field_at(from->table_growth_left, 2);
    shape->swiss.table_local_depth = field_at(from->table_local_depth, 1);
    shape->swiss.table_index = field_at(from->table_index, word);
    shape->swiss.groups_address = field_at(from->table_groups, word);
    shape->swiss.groups_mask = field_at(from->table_mask, 8);
}

static void classic_shape(const struct go_runtime_facts *facts, struct map_shape *shape)
{
    const struct go_classic_layout *from = &facts->classic;
    const uint16_t word = (uint16_t)facts->word_bytes;
    shape->header_bytes = from->size_bytes;
    shape->classic.count = field_at(from->count, word);
    shape->classic.flags = field_at(from->flags, 1);
    shape->classic.B = field_at(from->B, 1);
    shape->classic.noverflow = field_at(from->noverflow, 2);
    shape->classic.hash0 = field_at(from->hash0, 4);
    shape->classic.buckets = field_at(from->buckets, word);
    shape->classic.oldbuckets = field_at(from->oldbuckets, word);
    shape->classic.nevacuate = field_at(from->nevacuate, word);
    shape->classic.extra = field_at(from->extra, word);
    shape->classic.extra_bytes = from->extra_bytes;
    shape->classic.extra_overflow = field_at(from->extra_overflow, word);
    shape->classic.extra_oldoverflow = field_at(from->extra_oldoverflow, word);
    shape->classic.extra_next = field_at(from->extra_next_overflow, word);
    shape->classic.overflow_offset = shape->chunk_bytes - word;
}

// All that the structure tells: how large a group or bucket is. A key and its element share what a slot has.
static const struct map_shape *unknown_shape(struct map_looker *looker, const struct heap_map *map)
{
    const struct go_runtime_facts *facts = go_runtime_facts(looker->program->runtime);
    struct map_shape *shape = arena_alloc(&looker->names, sizeof(*shape));
    const uint64_t most = MAP_CHUNK_BYTES_MOST;
    if (!shape || map->slots_bytes < MAP_SLOTS || map->slots_bytes > most)
        return NULL;
    shape->design = map->is_swiss ? MAP_SWISS : MAP_CLASSIC;
    shape->name = "map of unknown type";
    shape->address_bytes = (uint8_t)facts->word_bytes;
    shape->big_endian = facts->big_endian;
    shape->chunk_bytes = (uint32_t)map->slots_bytes;
    shape->has_pointers = true;
    const uint32_t other = map->is_swiss ? MAP_SLOTS : MAP_SLOTS + facts->word_bytes;
    shape->key.stored_bytes = shape->chunk_bytes > other ? (shape->chunk_bytes - other) / MAP_SLOTS : 0;
    shape->key.size_bytes = shape->key.stored_bytes;
    shape->key.offset_bytes = MAP_SLOTS;
    shape->key.stride_bytes = shape->key.stored_bytes;
    shape->elem.offset_bytes = MAP_SLOTS;
    if (map->is_swiss)
        swiss_shape(facts, shape);
    else
        classic_shape(facts, shape);
    return shape->header_bytes ? shape : NULL;
}

// ---- maps -----------------------------------------------------------------------------------------------

static struct walk_type *type_of(struct looking *looking, const struct heap_map *map)
{
    struct map_looker *looker = looking->looker;
    const struct type *type = map->rtype && looker->dynamic.type_at
                                  ? looker->dynamic.type_at(looker->dynamic.context, map->rtype)
                                  : NULL;
    struct walk_type *walk = type ? walk_type_of(looker->types, type) : NULL;
    return walk && walk->kind == WALK_MAP ? walk : NULL;
}

// A map whose type is not known leads nowhere.
static void add_unknown(struct looking *looking, const struct heap_map *map, uint32_t path)
{
    const struct map_shape *shape = unknown_shape(looking->looker, map);
    struct map_found found = {.path = path};
    if (!shape)
        return;
    look_mark_met(looking, map->address); // the heap has it, too
    for (bool more = map_survey_start(&found.survey, looking->looker->pages, shape, map->address); more;)
        more = map_survey_step(&found.survey, looking->looker->pages, UINT64_C(1) << 20);
    if (!vec_push(&looking->look->maps, found))
        looking->look->is_incomplete = true;
}

static struct error *word_found(void *context, const struct heap_root *root)
{
    struct looking *looking = context;
    struct map_looker *looker = looking->looker;
    struct walk_type *type = type_of(looking, &root->map);
    const char *name = arena_copy_text(&looker->names, root->name, strlen(root->name));
    if (!name)
        return &error_out_of_memory;
    looking->look->variables++;
    if (look_has_met(looking, root->map.address))
        return NULL;
    const struct path_step step = {.before = PATH_NONE, .kind = STEP_ROOT, .name = name};
    const uint32_t path = path_add(&looking->look->steps, &step);
    if (type)
        look_push_header(looking, root->map.address, type, path);
    else
        add_unknown(looking, &root->map, path);
    return NULL;
}

void look_at_words(struct looking *looking, struct go_heap *heap)
{
    struct error *error = go_heap_roots(heap, word_found, looking);
    looking->look->is_incomplete |= error && error->code == ERROR_OUT_OF_MEMORY;
    error_free(error);
    look_at_queue(looking);
}

static struct error *map_found_in_heap(void *context, const struct heap_map *map)
{
    struct looking *looking = context;
    if (look_has_met(looking, map->address))
        return NULL;
    struct walk_type *type = type_of(looking, map);
    if (!type) {
        add_unknown(looking, map, PATH_NONE);
        return NULL;
    }
    struct map_found found = {
        .path = PATH_NONE, .type = type->type, .is_likely = map->proof != MAP_TYPE_PROVEN};
    for (bool more = map_survey_start(&found.survey, looking->looker->pages, type->shape, map->address);
         more;)
        more = map_survey_step(&found.survey, looking->looker->pages, UINT64_C(1) << 20);
    if (!vec_push(&looking->look->maps, found))
        return &error_out_of_memory;
    return NULL;
}

void look_at_heap(struct looking *looking, struct go_heap *heap)
{
    struct error *error = go_heap_maps(heap, map_found_in_heap, looking);
    looking->look->is_incomplete |= error && error->code == ERROR_OUT_OF_MEMORY;
    error_free(error);
}
