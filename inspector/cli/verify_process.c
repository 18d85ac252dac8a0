// SPDX-License-Identifier: MIT
#include "cli/verify_process.h"

#include "base/go_size_class.h"
#include "cli/input.h"
#include "gomap/heap.h"
#include "gomap/map_look.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MOST = PICTURE_HEADER_BYTES / 4, CHUNKS_A_MAP = 1 << 16 };

// The places of the header's words that can hold a number, as far as all maps allow.
struct header_places {
    bool is_possible[WORDS_MOST];
    uint64_t maps; // that had a say
};

struct process_verifying {
    struct verifying *verifying;
    struct go_program *program;
    struct map_look look;
    struct map_looker *looker;
    struct go_heap *heap;
    size_t debug, carried, memory; // columns
    struct header_places count, start, length;
    uint64_t maps, allocations;
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
    crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, shape->chunk_bytes);
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

// ---- what the memory shows ------------------------------------------------------------------------------

static bool count_entry(void *context, const struct map_entry *entry)
{
    (void)entry;
    ++*(uint64_t *)context;
    return true;
}

typedef bool (*word_test)(const struct process_verifying *process, const struct map_found *found,
                          uint64_t word, uint64_t wanted);

static bool is_number(const struct process_verifying *process, const struct map_found *found, uint64_t word,
                      uint64_t wanted)
{
    (void)process;
    (void)found;
    return word == wanted;
}

// The start of an object of the allocator that is as large as what the map's numbers ask for.
static bool is_start(const struct process_verifying *process, const struct map_found *found, uint64_t word,
                     uint64_t wanted)
{
    uint64_t base, size_bytes;
    bool is_allocated;
    const struct map_shape *shape = found->survey.shape;
    if (!go_heap_object_of(process->heap, word, &base, &size_bytes, &is_allocated) || !is_allocated)
        return false;
    // Behind a header of the allocator's.
    const uint64_t header_bytes = word - base;
    return header_bytes <= 8 &&
           (size_bytes == size_class_go_object_bytes(wanted, true, shape->address_bytes) ||
            size_bytes == size_class_go_object_bytes(wanted, false, shape->address_bytes));
}

static void narrow(const struct process_verifying *process, struct header_places *places,
                   const struct map_found *found, unsigned word_bytes, word_test test, uint64_t wanted)
{
    const struct map_shape *shape = found->survey.shape;
    for (size_t i = 0; i < WORDS_MOST; i++) {
        const size_t at = i * 4;
        const bool fits = at % word_bytes == 0 && at + word_bytes <= shape->header_bytes &&
                          test(process, found,
                               map_number(found->survey.header + at, word_bytes, shape->big_endian), wanted);
        places->is_possible[i] = fits && (!places->maps || places->is_possible[i]);
    }
    places->maps++;
}

static void state_place(const struct process_verifying *process, const char *subject_name, const char *field,
                        const struct header_places *places)
{
    size_t found = WORDS_MOST, count = 0;
    for (size_t i = 0; i < WORDS_MOST; i++) {
        count += places->is_possible[i];
        found = places->is_possible[i] ? i : found;
    }
    if (places->maps && count == 1) // more, or none: the maps do not tell
        crosscheck_state(check_of(process), crosscheck_subject(check_of(process), subject_name),
                         process->memory, field, QUANTITY_OFFSET, 4 * found);
}

static void look_at_header(struct process_verifying *process, const struct map_found *found)
{
    const struct map_shape *shape = found->survey.shape;
    const struct map_figures *figures = &found->survey.figures;
    const bool is_swiss = shape->design == MAP_SWISS;
    const unsigned word = shape->address_bytes;
    uint64_t entries = 0, chunks_left = CHUNKS_A_MAP, buckets;
    if (!figures->count || figures->is_torn || figures->is_cut || found->has_changed ||
        figures->chunks > CHUNKS_A_MAP)
        return;
    const struct map_entries walked = map_entries_each(&found->survey, map_looker_pages(process->looker),
                                                       &chunks_left, count_entry, &entries);
    if (walked.is_cut || walked.is_stopped)
        return;
    process->maps++;
    narrow(process, &process->count, found, is_swiss ? 8 : word, is_number, entries);
    if (is_swiss && !figures->places)
        return; // its one group shares a span with much else
    const uint64_t start_bytes = is_swiss ? figures->places * word : 0;
    uint64_t array_bytes = start_bytes;
    if (!is_swiss) {
        const uint8_t B = (uint8_t)map_field_number(shape, shape->classic.B, found->survey.header);
        (void)map_classic_array_bytes(shape, B, &buckets);
        array_bytes = buckets * shape->chunk_bytes;
    }
    narrow(process, &process->start, found, word, is_start, array_bytes);
    if (is_swiss && figures->places > 1)
        narrow(process, &process->length, found, word, is_number, figures->places);
}

// How far apart buckets or groups are, where the structure allows one answer only. It knows nothing of the type.
static void look_at_chunks(struct process_verifying *process, const char *subject_name,
                           const struct map_found *found)
{
    struct heap_map map;
    if (found->survey.figures.chunks < 2 || found->has_changed ||
        !go_heap_probe(process->heap, found->survey.address, 0, &map) || !map.slots_bytes)
        return;
    struct crosscheck *check = check_of(process);
    crosscheck_state(check, crosscheck_subject(check, subject_name), process->memory, NULL, QUANTITY_SIZE,
                     map.slots_bytes);
}

// ---- all maps -------------------------------------------------------------------------------------------

static void state_header(const struct process_verifying *process, const char *subject_name,
                         const struct map_shape *shape)
{
    struct crosscheck *check = check_of(process);
    const size_t subject = crosscheck_subject(check, subject_name);
    const bool is_swiss = shape->design == MAP_SWISS;
    for (size_t i = 0; i < shape->fields.count; i++)
        crosscheck_state(check, subject, process->debug, shape->fields.list[i].name, QUANTITY_OFFSET,
                         shape->fields.list[i].offset_bytes);
    crosscheck_state(check, subject, process->debug, NULL, QUANTITY_SIZE, shape->header_bytes);
    state_place(process, subject_name, is_swiss ? "used" : "count", &process->count);
    state_place(process, subject_name, is_swiss ? "dirPtr" : "buckets", &process->start);
    if (is_swiss)
        state_place(process, subject_name, "dirLen", &process->length);
}

// The allocator's object that the header lies in is as large as the header, rounded up to a size class.
static void state_header_object(struct process_verifying *process, const char *subject_name,
                                const struct map_found *found)
{
    uint64_t base, size_bytes;
    bool is_allocated;
    struct crosscheck *check = check_of(process);
    const size_t subject = crosscheck_subject(check, subject_name);
    if (process->allocations ||
        !go_heap_object_of(process->heap, found->survey.address, &base, &size_bytes, &is_allocated) ||
        base != found->survey.address)
        return;
    process->allocations++;
    crosscheck_state(check, subject, process->debug, "(object)", QUANTITY_FIELD_SIZE,
                     size_class_go_object_bytes(found->survey.shape->header_bytes, true,
                                                found->survey.shape->address_bytes));
    crosscheck_state(check, subject, process->memory, "(object)", QUANTITY_FIELD_SIZE, size_bytes);
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
    if (process->heap) {
        look_at_chunks(process, subject, found);
        look_at_header(process, found);
        state_header_object(process, shape->design == MAP_SWISS ? "Map" : "hmap", found);
    }
    return NULL;
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
        "its live maps: the word of the header that is what the control bytes add up to, the one that is "
        "the allocator's object of the right size, the only distance of groups or buckets that fits");
    vec_foreach (const struct map_found *, found, &process->look.maps) {
        RETURN_IF_ERROR(state_map(process, found));
        shape = found->path != PATH_NONE && found->type ? found->survey.shape : shape;
    }
    if (shape)
        state_header(process, shape->design == MAP_SWISS ? "Map" : "hmap", shape);
    process->verifying->target = process->debug;
    process->verifying->has_maps = shape != NULL;
    return verifying_note(process->verifying,
                          "%zu maps of the process were looked at, the entries of %" PRIu64 " were counted",
                          process->look.maps.length, process->maps);
}

struct error *verify_process(struct verifying *verifying, const char *name,
                             const struct common_options *common, struct notice_sink *notices)
{
    const struct go_program_options options = {.debug = input_source_options(common)};
    struct process_verifying process = {.verifying = verifying};
    struct error *error = go_program_open(name, &options, notices, &process.program);
    if (!error && !process.program->source)
        error = error_create(ERROR_NO_DEBUG, "%s: no debug information to be verified",
                             process.program->target->name);
    if (!error)
        error = map_looker_open(process.program, NULL, &process.looker);
    if (!error)
        error = map_looker_look(process.looker, &process.look);
    if (!error && process.program->types)
        error = go_heap_open(process.program->runtime, process.program->types, &process.heap);
    if (!error)
        error = state_all(&process);
    map_look_free(&process.look);
    go_heap_close(process.heap);
    map_looker_close(process.looker);
    go_program_close(process.program);
    return error;
}
