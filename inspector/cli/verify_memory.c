// SPDX-License-Identifier: MIT
#include "cli/verify_memory.h"

#include "base/go_size_class.h"
#include "cli/verify_memory_parts.h"
#include "gomap/map_entries.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNKS_A_MAP = 1 << 16, TABLES_A_MAP = 256, PAGES_BYTES = 32 << 20, CLASSIC_EXACT_B = 16 };

// ---- where can it lie -----------------------------------------------------------------------------------

static bool is_number(const struct memory_maps *maps, uint64_t number, uint64_t wanted)
{
    (void)maps;
    return number == wanted;
}

// The start of an object of the allocator that is as large as what `wanted` bytes need.
static bool is_start(const struct memory_maps *maps, uint64_t number, uint64_t wanted)
{
    uint64_t base, size_bytes;
    bool is_allocated;
    const unsigned word = go_runtime_facts(maps->program->runtime)->word_bytes;
    if (!go_heap_object_of(maps->heap, number, &base, &size_bytes, &is_allocated) || !is_allocated)
        return false;
    // Behind a header of the allocator's.
    return number - base <= 8 && (size_bytes == size_class_go_object_bytes(wanted, true, word) ||
                                  size_bytes == size_class_go_object_bytes(wanted, false, word));
}

// ---- one map --------------------------------------------------------------------------------------------

static bool count_entry(void *context, const struct map_entry *entry)
{
    (void)entry;
    ++*(uint64_t *)context;
    return true;
}

// By the types that the program carries. What cannot be read is as good as not there.
static bool shape_of(const struct memory_maps *maps, const char *name, struct map_shape *shape)
{
    const struct rtype *const *types;
    size_t count;
    struct error *error = go_types_maps(maps->program->types, &types, &count);
    bool is_found = false;
    for (size_t i = 0; !error && !is_found && i < count; i++) {
        const struct type *type;
        if (!types[i]->name || strcmp(types[i]->name, name) != 0)
            continue;
        error = go_types_graph(maps->program->types, types[i]->address, &type);
        if (!error)
            error = map_shape_read(go_types_maker(maps->program->types), type, shape);
        is_found = !error;
    }
    error_free(error);
    return is_found;
}

static uint64_t power_of_two(uint64_t number)
{
    return number && !(number & (number - 1)) ? (uint64_t)__builtin_ctzll(number) : UINT64_MAX;
}

// What the control bytes of a table say.
struct slot_counts {
    uint64_t full, deleted;
};

static bool count_slots(struct memory_maps *maps, const struct map_shape *shape,
                        const struct swiss_placed_table *table, struct slot_counts *counts)
{
    enum { DELETED = 0xfe };
    *counts = (struct slot_counts){0};
    for (uint64_t g = 0; g < table->groups; g++) {
        uint8_t control[MAP_SLOTS];
        const uint64_t address = table->groups_address + g * shape->chunk_bytes + shape->control_offset;
        if (!pages_read(maps->pages, address, control, sizeof(control)))
            return false;
        for (int i = 0; i < MAP_SLOTS; i++) {
            counts->full += control[i] < 0x80; // a hash; an empty or deleted slot has the highest bit
            counts->deleted += control[i] == DELETED;
        }
    }
    return true;
}

// One table, which stands at `places` places of the directory from `first` on.
static void look_at_table(struct memory_maps *maps, const struct map_shape *shape, uint64_t address,
                          uint64_t first, uint64_t places, uint64_t global_depth)
{
    uint8_t bytes[BYTES_MOST];
    struct swiss_placed_table table;
    struct slot_counts counts;
    if (shape->swiss.table_bytes > sizeof(bytes) ||
        !pages_read(maps->pages, address, bytes, shape->swiss.table_bytes))
        return;
    map_swiss_table(shape, address, bytes, &table);
    const uint64_t groups_bytes = table.groups * shape->chunk_bytes;
    if (table.in_doubt || !is_start(maps, table.groups_address, groups_bytes))
        return;
    if (!count_slots(maps, shape, &table, &counts))
        return;
    const struct numbers numbers = {maps, bytes, shape->swiss.table_bytes, shape->big_endian,
                                    shape->address_bytes};
    const uint64_t most = map_swiss_table_most(table.groups * MAP_SLOTS),
                   taken = counts.full + counts.deleted;
    places_narrow(&maps->table_used, &numbers, 2, is_number, counts.full);
    if (taken <= most)
        places_narrow(&maps->table_left, &numbers, 2, is_number, most - taken);
    maps->has_deleted |= counts.deleted > 0;
    places_narrow(&maps->table_capacity, &numbers, 2, is_number, table.groups * MAP_SLOTS);
    places_narrow(&maps->table_depth, &numbers, 1, is_number, global_depth - power_of_two(places));
    places_narrow(&maps->table_index, &numbers, shape->address_bytes, is_number, first);
    places_narrow(&maps->table_groups, &numbers, shape->address_bytes, is_start, groups_bytes);
    places_narrow(&maps->table_mask, &numbers, 8, is_number, table.groups - 1);
}

static void look_at_tables(struct memory_maps *maps, const struct map_survey *survey)
{
    const struct map_shape *shape = survey->shape;
    const unsigned word = shape->address_bytes;
    const uint64_t directory = map_field_number(shape, shape->swiss.dir_address, survey->header);
    const uint64_t places = survey->figures.places, depth = power_of_two(places);
    uint64_t first = 0, table = 0;
    for (uint64_t at = 0, tables = 0; at <= places && tables < TABLES_A_MAP; at++) {
        uint8_t bytes[8];
        uint64_t next = 0;
        if (at < places && !pages_read(maps->pages, directory + at * word, bytes, word))
            return;
        if (at < places)
            next = map_address_number(shape, bytes);
        if (next == table)
            continue;
        if (table) {
            look_at_table(maps, shape, table, first, at - first, depth);
            tables++;
        }
        first = at;
        table = next;
    }
}

static void look_at_swiss(struct memory_maps *maps, const struct map_survey *survey,
                          const struct numbers *numbers, uint64_t entries)
{
    const unsigned word = survey->shape->address_bytes;
    const uint64_t places = survey->figures.places, depth = power_of_two(places);
    maps->has_swiss = true;
    places_narrow(&maps->count, numbers, 8, is_number, entries);
    if (!places || depth == UINT64_MAX)
        return; // its one group shares a span with much else
    places_narrow(&maps->start, numbers, word, is_start, places * word);
    if (places > 1)
        places_narrow(&maps->length, numbers, word, is_number, places);
    places_narrow(&maps->depth, numbers, 1, is_number, depth);
    places_narrow(&maps->shift, numbers, 1, is_number, 8 * word - depth);
    maps->has_deleted = false;
    look_at_tables(maps, survey);
    if (maps->has_deleted) // from Go 1.25 on the header says so
        places_narrow(&maps->tombstones, numbers, 1, is_number, 1);
}

static bool is_zero(const struct memory_maps *maps, uint64_t number, uint64_t unused)
{
    (void)maps, (void)unused;
    return !number;
}

// How many of the old buckets, from the first on, were moved: their first tophash says so.
static bool moved_buckets(struct memory_maps *maps, const struct map_shape *shape, uint64_t array,
                          uint64_t count, uint64_t *moved)
{
    for (*moved = 0; *moved < count; ++*moved) {
        uint8_t mark;
        const uint64_t at = array + *moved * shape->chunk_bytes + shape->control_offset;
        if (!pages_read(maps->pages, at, &mark, 1))
            return false;
        if (mark < CLASSIC_MOVED_X || mark > CLASSIC_MOVED_EMPTY)
            return true;
    }
    return true;
}

// While it grows there is an array half as large, or as large, beside the new one.
static void look_at_growth(struct memory_maps *maps, const struct map_survey *survey,
                           const struct numbers *numbers)
{
    const struct map_shape *shape = survey->shape;
    const unsigned word = shape->address_bytes;
    const uint64_t old = map_field_number(shape, shape->classic.oldbuckets, survey->header),
                   old_B = power_of_two(survey->figures.old_chunks);
    uint64_t buckets, moved;
    if (!survey->figures.is_growing) {
        places_narrow(&maps->old, numbers, word, is_zero, 0);
        return;
    }
    if (old_B >= CLASSIC_EXACT_B || !map_classic_array_bytes(shape, (uint8_t)old_B, &buckets))
        return;
    const uint64_t bytes = buckets * shape->chunk_bytes;
    if (!is_start(maps, old, bytes) || !moved_buckets(maps, shape, old, survey->figures.old_chunks, &moved))
        return;
    maps->growing++;
    places_narrow(&maps->old, numbers, word, is_start, bytes);
    places_narrow(&maps->evacuated, numbers, word, is_number, moved);
}

// It is there when buckets were made in advance, or overflow buckets must be kept from the collector.
static void look_at_extra(struct memory_maps *maps, const struct map_survey *survey,
                          const struct numbers *numbers)
{
    const struct map_shape *shape = survey->shape;
    const bool is_there = map_field_number(shape, shape->classic.extra, survey->header) != 0;
    maps->with_extra += is_there;
    places_narrow(&maps->extra, numbers, shape->address_bytes, is_there ? is_start : is_zero,
                  shape->classic.extra_bytes);
}

static void look_at_classic(struct memory_maps *maps, const struct map_survey *survey,
                            const struct numbers *numbers, const struct map_entries *walked)
{
    const struct map_shape *shape = survey->shape;
    uint64_t buckets;
    const uint8_t B = (uint8_t)map_field_number(shape, shape->classic.B, survey->header);
    const uint64_t array = map_field_number(shape, shape->classic.buckets, survey->header);
    const uint64_t bytes = B < 32 ? map_classic_array_bytes(shape, B, &buckets) : 0;
    places_narrow(&maps->count, numbers, shape->address_bytes, is_number, walked->visited);
    if (!bytes)
        return;
    places_narrow(&maps->start, numbers, shape->address_bytes, is_start, buckets * shape->chunk_bytes);
    if (!is_start(maps, array, buckets * shape->chunk_bytes))
        return;
    places_narrow(&maps->B, numbers, 1, is_number, B); // the allocator says that B is right
    if (B < CLASSIC_EXACT_B) {                         // beyond, Go counts them by chance
        maps->overflowing += walked->overflow > 0;
        places_narrow(&maps->overflow, numbers, 2, is_number, walked->overflow);
    }
    look_at_growth(maps, survey, numbers);
    look_at_extra(maps, survey, numbers);
}

// Whether the header is what it was when the survey read it: else the entries were counted of another moment.
static bool is_unchanged(struct memory_maps *maps, const struct map_survey *survey)
{
    uint8_t now[BYTES_MOST];
    struct memory_range range = {
        .address = survey->address, .buffer = now, .size_bytes = survey->shape->header_bytes};
    return pages_read_now(maps->pages, &range, 1) == 1 &&
           !memcmp(now, survey->header, survey->shape->header_bytes);
}

static void watch_header(struct memory_maps *maps, const struct map_survey *survey)
{
    struct watched_header header = {.address = survey->address};
    const struct map_shape *shape = survey->shape;
    maps->has_swiss = shape->design == MAP_SWISS;
    maps->has_tombstone_possible =
        shape->design == MAP_SWISS && shape->swiss.tombstone_possible.size_bytes != 0;
    maps->header_bytes = shape->header_bytes;
    memcpy(header.bytes, survey->header, shape->header_bytes);
    if (survey->address && !survey->figures.is_cut)
        memory_values_note(maps, header.bytes);
    if (survey->address && !survey->figures.is_cut && maps->watched.length < WATCHED_MOST)
        (void)vec_push(&maps->watched, header); // short of memory: one less
}

uint64_t memory_maps_look(struct memory_maps *maps, uint64_t address, const char *type_name)
{
    struct map_shape shape;
    struct map_survey survey;
    struct heap_map map;
    uint64_t entries = 0, chunks_left = CHUNKS_A_MAP, base, size_bytes;
    bool is_allocated;
    if (!type_name || !shape_of(maps, type_name, &shape) || shape.header_bytes > BYTES_MOST)
        return 0;
    pages_forget(maps->pages);
    for (bool more = map_survey_start(&survey, maps->pages, &shape, address); more;)
        more = map_survey_step(&survey, maps->pages, UINT64_C(1) << 20);
    const struct map_figures *figures = &survey.figures;
    watch_header(maps, &survey);
    if (!figures->count || figures->is_torn || figures->is_writing || figures->is_cut)
        return 0;
    if (!maps->object_bytes && go_heap_object_of(maps->heap, address, &base, &size_bytes, &is_allocated) &&
        base == address)
        maps->object_bytes = size_bytes;
    const struct numbers numbers = {maps, survey.header, shape.header_bytes, shape.big_endian,
                                    shape.address_bytes};
    if (figures->chunks <= CHUNKS_A_MAP) {
        const struct map_entries walked =
            map_entries_each(&survey, maps->pages, &chunks_left, count_entry, &entries);
        if (!walked.is_cut && !walked.is_stopped && is_unchanged(maps, &survey)) {
            maps->counted++;
            if (shape.design == MAP_SWISS)
                look_at_swiss(maps, &survey, &numbers, entries);
            else
                look_at_classic(maps, &survey, &numbers, &walked);
            memory_seed_look(maps, &survey, &numbers);
        }
    }
    return figures->chunks > 1 && go_heap_probe(maps->heap, address, 0, &map) ? map.slots_bytes : 0;
}

// ---- all maps -------------------------------------------------------------------------------------------

static void state_place(struct crosscheck *check, size_t witness, const char *subject, const char *field,
                        const struct place_counts *places)
{
    const size_t found = places_only(places);
    if (found != PLACE_NONE) // more, or none: the maps do not tell
        crosscheck_state(check, crosscheck_subject(check, subject), witness, field, QUANTITY_OFFSET, found);
}

// A field of the header, with the size that it has in Go's source; 0: a word.
struct header_place {
    const char *name;
    const struct place_counts *places;
    unsigned size_bytes;
    bool is_told;
};

static void state_header_places(struct memory_maps *maps, struct crosscheck *check, size_t memory)
{
    const unsigned word = go_runtime_facts(maps->program->runtime)->word_bytes;
    for (size_t at = 0; at < BYTES_MOST; at++) // it is never anything but 0 and 1
        maps->tombstones.is_possible[at] &= !maps->is_above_1[at];
    const struct header_place swiss[] = {
        {"used", &maps->count, 8, true},
        {"seed", &maps->seed, 0, true},
        {"dirPtr", &maps->start, 0, true},
        {"dirLen", &maps->length, 0, true},
        {"globalDepth", &maps->depth, 1, true},
        {"globalShift", &maps->shift, 1, true},
        {"tombstonePossible", &maps->tombstones, 1, maps->has_tombstone_possible}};
    const struct header_place classic[] = {{"count", &maps->count, 0, true},
                                           {"B", &maps->B, 1, true},
                                           {"noverflow", &maps->overflow, 2, maps->overflowing > 0},
                                           {"hash0", &maps->seed, 4, true},
                                           {"buckets", &maps->start, 0, true},
                                           {"oldbuckets", &maps->old, 0, maps->growing > 0},
                                           {"nevacuate", &maps->evacuated, 0, maps->growing > 0},
                                           {"extra", &maps->extra, 0, maps->with_extra > 0}};
    const struct header_place *places = maps->has_swiss ? swiss : classic;
    const size_t count = maps->has_swiss ? ARRAY_LENGTH(swiss) : ARRAY_LENGTH(classic);
    bool is_placed[BYTES_MOST] = {0};
    for (size_t i = 0; i < count; i++) {
        if (!places[i].is_told)
            continue;
        const unsigned size = places[i].size_bytes ? places[i].size_bytes : word;
        // Bytes of another field are none of this one: those of an address can be 1 in all maps by chance. Where none is left, one of the
        // two was read while it changed.
        const struct place_counts left = places_left(places[i].places, size, is_placed);
        const size_t at = places_only(&left);
        for (size_t byte = at; at != PLACE_NONE && byte < at + size && byte < BYTES_MOST; byte++)
            is_placed[byte] = true;
        state_place(check, memory, maps->has_swiss ? "Map" : "hmap", places[i].name, &left);
    }
    memory_changes_state(maps, check, memory, is_placed);
}

void memory_maps_state(struct memory_maps *maps, struct crosscheck *check, size_t memory, size_t debug,
                       uint16_t header_bytes)
{
    const char *header = maps->has_swiss ? "Map" : "hmap";
    const unsigned word = go_runtime_facts(maps->program->runtime)->word_bytes;
    state_header_places(maps, check, memory);
    state_place(check, memory, "table", "used", &maps->table_used);
    state_place(check, memory, "table", "capacity", &maps->table_capacity);
    state_place(check, memory, "table", "growthLeft", &maps->table_left);
    state_place(check, memory, "table", "localDepth", &maps->table_depth);
    state_place(check, memory, "table", "index", &maps->table_index);
    state_place(check, memory, "table", "groups.data", &maps->table_groups);
    state_place(check, memory, "table", "groups.lengthMask", &maps->table_mask);
    if (!maps->object_bytes)
        return;
    const size_t subject = crosscheck_subject(check, header);
    crosscheck_state(check, subject, debug, "(object)", QUANTITY_FIELD_SIZE,
                     size_class_go_object_bytes(header_bytes, true, word));
    crosscheck_state(check, subject, memory, "(object)", QUANTITY_FIELD_SIZE, maps->object_bytes);
}

uint64_t memory_maps_counted(const struct memory_maps *maps)
{
    return maps ? maps->counted : 0;
}

// ---- opening --------------------------------------------------------------------------------------------

struct error *memory_maps_open(const char *name, const char *executable, struct memory_maps **result)
{
    const struct go_program_options options = {.executable = executable, .ignores_debug = true};
    struct memory_maps *maps = calloc(1, sizeof(*maps));
    *result = NULL;
    if (!maps)
        return &error_out_of_memory;
    struct error *error = go_program_open(name, &options, NULL, &maps->program);
    if (!error)
        error = go_heap_open(maps->program->runtime, maps->program->types, &maps->heap);
    if (!error)
        error = pages_open(maps->program->target->memory, PAGES_BYTES, &maps->pages);
    if (!error) {
        live_schedule_read(&maps->schedule, maps->program);
        *result = maps;
        return NULL;
    }
    memory_maps_close(maps);
    if (error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    return NULL;
}

void memory_maps_close(struct memory_maps *maps)
{
    if (!maps)
        return;
    vec_free(&maps->watched);
    pages_close(maps->pages);
    go_heap_close(maps->heap);
    go_program_close(maps->program);
    free(maps);
}
