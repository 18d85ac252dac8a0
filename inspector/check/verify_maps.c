// SPDX-License-Identifier: MIT
// The witnesses of the map: strata's own, and what a file says of the same types.
#include "check/verify.h"
#include "check/witnesses.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GO_KIND_MAP = 21, NAME_BYTES = 1024 };

void verifying_init(struct verifying *verifying)
{
    *verifying = (struct verifying){.target = VERIFY_NO_TARGET};
    crosscheck_init(&verifying->check);
}

void verifying_free(struct verifying *verifying)
{
    walk_free(&verifying->walk);
    free(verifying->abi.rows);
    verify_sources_free(&verifying->sources);
    vec_free(&verifying->notes);
    crosscheck_free(&verifying->check);
}

struct error *verifying_note(struct verifying *verifying, const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return &error_out_of_memory;
    const char *kept = arena_copy_text(&verifying->check.arena, text, (size_t)length);
    free(text);
    return kept && vec_push(&verifying->notes, kept) ? NULL : &error_out_of_memory;
}

// --- What both do: types by name ---

struct map_reading {
    struct type_maker *maker;
    struct layouter *layouter;
};

static struct error *reading_open(struct map_reading *reading, const struct query *query)
{
    RETURN_IF_ERROR(type_source_make(query->source, NULL, &reading->maker));
    return layouter_create(&query->layout, &reading->layouter);
}

static void reading_close(struct map_reading *reading)
{
    layouter_free(reading->layouter);
    type_maker_close(reading->maker);
    *reading = (struct map_reading){0};
}

static const struct type_index_entry *entry_named(const struct type_index *index, const char *name)
{
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        if (entry->name && entry->kind == TYPE_STRUCT && entry->members_count && !strcmp(entry->name, name))
            return entry;
    }
    return NULL;
}

// States the type of that name, when the file has it. One that cannot be read is told as a note.
static struct error *state_named(struct verifying *verifying, size_t witness, const struct type_index *index,
                                 struct map_reading *reading, const char *name, const char *subject)
{
    const struct type *type;
    const struct type_index_entry *entry = entry_named(index, name);
    if (!entry)
        return NULL;
    struct error *error = type_maker_build(reading->maker, entry, &type);
    if (!error)
        return witness_type(&verifying->check, witness, subject, type, reading->layouter);
    if (error->code != ERROR_BAD_FORMAT)
        return error;
    struct error *noted = verifying_note(verifying, "%s cannot be read: %s", name, error->message);
    error_free(error);
    return noted;
}

// --- Strata itself ---

struct own_type {
    const char *name, *subject; // in C, and in the cross-check
};

enum { OWN_TYPES_MOST = 64 };

static size_t own_types(unsigned designs, struct own_type types[OWN_TYPES_MOST])
{
    size_t count = 0;
    for (size_t i = 0; designs & MAP_DESIGN_CLASSIC && header_types[i]; i++)
        types[count++] = (struct own_type){header_types[i], header_types[i]};
    for (const struct bucket_case *c = bucket_cases; designs & MAP_DESIGN_CLASSIC && c->subject; c++)
        types[count++] = (struct own_type){c->struct_name, c->subject};
    for (const struct swiss_name *n = swiss_names; designs & MAP_DESIGN_SWISS && n->subject; n++)
        types[count++] = (struct own_type){n->c_name, n->subject};
    for (const struct group_case *c = group_cases; designs & MAP_DESIGN_SWISS && c->group_subject; c++) {
        types[count++] = (struct own_type){c->group_name, c->group_subject};
        types[count++] = (struct own_type){c->slot_name, c->slot_subject};
    }
    return count;
}

static struct error *state_executable(struct verifying *verifying, size_t witness, unsigned designs,
                                      const struct query *query)
{
    struct own_type types[OWN_TYPES_MOST];
    const char *names[OWN_TYPES_MOST];
    const size_t count = own_types(designs, types);
    for (size_t i = 0; i < count; i++)
        names[i] = types[i].name;
    struct type_index *index = NULL;
    struct map_reading reading = {0};
    struct error *error = query_find_names(query, names, count, &index);
    if (!error)
        error = reading_open(&reading, query);
    for (size_t i = 0; !error && i < count; i++)
        error = state_named(verifying, witness, index, &reading, types[i].name, types[i].subject);
    reading_close(&reading);
    type_index_free(index);
    return error;
}

// What follows a link may be another file by now; the kernel's own name of the executable is not.
static struct error *witness_executable(struct verifying *verifying, size_t witness, unsigned designs,
                                        const struct verify_own_options *options)
{
    struct type_source *source = NULL;
    struct error *error = type_source_open("/proc/self/exe", &options->source, options->notices, &source);
    if (!error) {
        const struct type_source_facts *facts = &source->facts;
        const struct query query = {
            .source = source,
            .layout = {.abi = abi_of_platform(facts->machine, facts->address_bits, facts->platform),
                       .cacheline_bytes = options->cacheline_bytes},
            .threads = options->source.threads ? options->source.threads : 1};
        error = state_executable(verifying, witness, designs, &query);
    }
    type_source_close(source);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    struct error *noted = verifying_note(verifying, "the witness DWARF is silent: %s", error->message);
    error_free(error);
    return noted;
}

struct error *verify_own(struct verifying *verifying, unsigned designs,
                         const struct verify_own_options *options)
{
    struct crosscheck *check = &verifying->check;
    const bool classic = designs & MAP_DESIGN_CLASSIC, swiss = designs & MAP_DESIGN_SWISS;
    const size_t compiler = crosscheck_add_witness(
        check, "compiler",
        "sizeof, offsetof and _Alignof, compiled into this program from hmapcore's headers");
    if (classic)
        witness_compiler(check, compiler);
    if (swiss)
        witness_swiss_compiler(check, compiler);
    const size_t dwarf = crosscheck_add_witness(check, "DWARF",
                                                "the debug information of the running executable, read as "
                                                "any other file's");
    RETURN_IF_ERROR(witness_executable(verifying, dwarf, designs, options));
    const size_t rule = crosscheck_add_witness(
        check, "map type",
        !swiss     ? "the bucket rule by which maps find their way: 8 tophashes, 8 keys, 8 elements, a "
                     "pointer; over 128 bytes by pointer"
        : !classic ? "the group rule by which maps find their way: 8 control bytes, 8 slots of a key and an "
                     "element; over 128 bytes by pointer"
                   : "the rules by which maps find their way in buckets (8 tophashes, 8 keys, 8 elements, a "
                     "pointer) and groups (8 control bytes, 8 slots); over 128 bytes by pointer");
    if (classic)
        witness_map_type(check, rule);
    if (swiss)
        witness_swiss_type(check, rule);
    const size_t memory = crosscheck_add_witness(
        check, "memory",
        "live maps watched from outside: places whose bytes were the expected number after each of thousands "
        "of operations, and where known bytes turn up");
    if (classic)
        witness_memory(check, memory);
    if (swiss)
        witness_swiss_memory(check, memory);
    return NULL;
}

// --- A file ---

// "map[string]int" is a pointer to "hash<string,int>", whose buckets are "bucket<string,int>".
static bool bucket_name_of(const struct type *map, char name[NAME_BYTES])
{
    const struct type *pointer = map->target ? type_strip(map->target) : NULL;
    const struct type *header = pointer && pointer->kind == TYPE_POINTER ? pointer->target : NULL;
    if (!header || !header->name || strncmp(header->name, "hash<", 5))
        return false;
    return snprintf(name, NAME_BYTES, "bucket<%s", header->name + 5) < NAME_BYTES;
}

// "map[string]int" of a Swiss map is a pointer to "map<string,int>", whose groups are behind the member data of
// "groupReference<string,int>".
static bool groups_name_of(const struct type *map, char name[NAME_BYTES])
{
    const struct type *pointer = map->target ? type_strip(map->target) : NULL;
    const struct type *header = pointer && pointer->kind == TYPE_POINTER ? pointer->target : NULL;
    if (!header || !header->name || strncmp(header->name, "map<", 4))
        return false;
    return snprintf(name, NAME_BYTES, "groupReference<%s", header->name + 4) < NAME_BYTES;
}

static const struct member *member_of(const struct type *type, const char *name)
{
    for (size_t i = 0; i < type->members_count; i++)
        if (type->members[i].name && !strcmp(type->members[i].name, name))
            return &type->members[i];
    return NULL;
}

// The type under its typedefs, whole.
static struct error *whole_of(struct map_reading *reading, const struct type *type,
                              const struct type **result)
{
    RETURN_IF_ERROR(type_maker_whole(reading->maker, type_strip(type), result));
    *result = type_strip(*result);
    return NULL;
}

// The group behind a groupReference and the slot in it; *group stays NULL when there is no such thing.
static struct error *find_group(struct map_reading *reading, const struct type_index_entry *reference,
                                const struct type **group, const struct type **slot)
{
    const struct type *groups, *pointer = NULL, *found, *array = NULL;
    *group = NULL;
    RETURN_IF_ERROR(type_maker_build(reading->maker, reference, &groups));
    const struct member *data = member_of(groups, "data");
    if (data)
        RETURN_IF_ERROR(whole_of(reading, data->type, &pointer));
    if (!pointer || pointer->kind != TYPE_POINTER || !pointer->target)
        return NULL;
    RETURN_IF_ERROR(whole_of(reading, pointer->target, &found));
    const struct member *slots = member_of(found, "slots");
    if (slots)
        RETURN_IF_ERROR(whole_of(reading, slots->type, &array));
    if (!array || array->kind != TYPE_ARRAY || !array->target)
        return NULL;
    RETURN_IF_ERROR(whole_of(reading, array->target, slot));
    *group = found;
    return NULL;
}

static struct error *shape_of(struct map_reading *reading, const struct type *type, struct value_shape *shape)
{
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(reading->layouter, type_strip(type), &layout));
    *shape = (struct value_shape){type->size_bytes, layout->align.bytes};
    return NULL;
}

// A Swiss map type of the program: its group and slot, beside the rule for them.
static struct error *state_go_group(struct verifying *verifying, struct map_reading *reading,
                                    const struct type_index_entry *reference, const char *map_name,
                                    size_t rule, const struct type *key, const struct type *element,
                                    uint64_t pointer_bytes, size_t *maps_count)
{
    char group_subject[NAME_BYTES], slot_subject[NAME_BYTES];
    const struct type *group, *slot = NULL;
    struct value_shape key_shape, element_shape;
    struct error *error = find_group(reading, reference, &group, &slot);
    if (!error && group)
        error = shape_of(reading, key, &key_shape);
    if (!error && group)
        error = shape_of(reading, element, &element_shape);
    if (error && error->code == ERROR_BAD_FORMAT) {
        error_free(error);
        return NULL;
    }
    if (error || !group || !key_shape.align_bytes || !element_shape.align_bytes)
        return error;
    snprintf(group_subject, sizeof(group_subject), "group %s", map_name);
    snprintf(slot_subject, sizeof(slot_subject), "slot %s", map_name);
    ++*maps_count;
    witness_group_rule(&verifying->check, rule, group_subject, slot_subject, key_shape, element_shape,
                       pointer_bytes);
    RETURN_IF_ERROR(
        witness_type(&verifying->check, verifying->target, group_subject, group, reading->layouter));
    return witness_type(&verifying->check, verifying->target, slot_subject, slot, reading->layouter);
}

static struct error *state_go_map(struct verifying *verifying, struct map_reading *reading,
                                  const struct type_index *index, const struct type_index_entry *entry,
                                  size_t rule, size_t *maps_count)
{
    const struct type *map;
    char bucket[NAME_BYTES], subject[NAME_BYTES];
    struct error *error = type_maker_build(reading->maker, entry, &map);
    if (error && error->code == ERROR_BAD_FORMAT) {
        error_free(error);
        return NULL;
    }
    if (error || map->go_kind != GO_KIND_MAP || !map->go_key || !map->go_elem)
        return error;
    const struct type *key, *element;
    error = type_maker_whole(reading->maker, map->go_key, &key);
    if (!error)
        error = type_maker_whole(reading->maker, map->go_elem, &element);
    if (error && error->code == ERROR_BAD_FORMAT) {
        error_free(error);
        return NULL;
    }
    if (error)
        return error;
    if (!key->size_known || !element->size_known)
        return NULL;
    const struct type_index_entry *groups = groups_name_of(map, bucket) ? entry_named(index, bucket) : NULL;
    if (groups)
        return state_go_group(verifying, reading, groups, entry->name, rule, key, element, map->address_bytes,
                              maps_count);
    if (!bucket_name_of(map, bucket) || !entry_named(index, bucket))
        return NULL;
    snprintf(subject, sizeof(subject), "bucket %s", entry->name);
    ++*maps_count;
    witness_bucket_rule(&verifying->check, rule, subject, key->size_bytes, element->size_bytes,
                        map->address_bytes);
    return state_named(verifying, verifying->target, index, reading, bucket, subject);
}

static size_t witness_named(const struct crosscheck *check, const char *name)
{
    size_t w = 0;
    while (w + 1 < check->witnesses_count && strcmp(check->witnesses[w].name, name) != 0)
        w++;
    return w;
}

static struct error *state_go_maps(struct verifying *verifying, struct map_reading *reading,
                                   const struct type_index *index, bool is_swiss)
{
    size_t count = 0, rule = witness_named(&verifying->check, "map type");
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        if (entry->kind == TYPE_TYPEDEF && entry->name && !strncmp(entry->name, "map[", 4))
            RETURN_IF_ERROR(state_go_map(verifying, reading, index, entry, rule, &count));
    }
    return count ? verifying_note(verifying, "%s of %zu map types of the program were compared",
                                  is_swiss ? "groups" : "buckets", count)
                 : NULL;
}

// The other witnesses' header, tables and iterators have this program's pointers: those of a program with other ones
// are laid out otherwise, which is no disagreement. Buckets and groups follow a rule that knows the size.
static struct error *pointers_compare(struct verifying *verifying, const struct query *query, bool *result)
{
    const unsigned bits = query->source->facts.address_bits;
    *result = bits == 8 * sizeof(void *);
    return *result ? NULL
                   : verifying_note(verifying,
                                    "the program's pointers have %u bits: of the map only what follows "
                                    "from a map's type is compared",
                                    bits);
}

static struct error *state_target(struct verifying *verifying, const struct query *query,
                                  const struct type_index *index, const char *prefix)
{
    struct map_reading reading = {0};
    bool compares;
    RETURN_IF_ERROR(pointers_compare(verifying, query, &compares));
    struct error *error = reading_open(&reading, query);
    for (size_t i = 0; !error && compares && header_types[i]; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", prefix, header_types[i]);
        error = state_named(verifying, verifying->target, index, &reading, name, header_types[i]);
    }
    if (!error && *prefix)
        error = state_go_maps(verifying, &reading, index, false);
    reading_close(&reading);
    return error;
}

static const char swiss_map_name[] = "internal/runtime/maps.Map";

// Go 1.24 has a hole where 1.25 put tombstonePossible: an earlier version of the type, which is no disagreement.
static struct error *note_version(struct verifying *verifying, const struct type_index *index,
                                  struct map_reading *reading)
{
    const struct type *map;
    struct error *error = type_maker_build(reading->maker, entry_named(index, swiss_map_name), &map);
    if (error && error->code == ERROR_BAD_FORMAT) { // told already
        error_free(error);
        return NULL;
    }
    if (error || member_of(map, "tombstonePossible") || !member_of(map, "clearSeq"))
        return error;
    struct crosscheck *check = &verifying->check;
    crosscheck_incomplete(check, crosscheck_subject(check, "Map"), verifying->target);
    return verifying_note(verifying,
                          "the program's Map is Go 1.24's: where tombstonePossible lies since 1.25, "
                          "it has a hole");
}

static struct error *state_swiss_target(struct verifying *verifying, const struct query *query,
                                        const struct type_index *index)
{
    struct map_reading reading = {0};
    bool compares;
    RETURN_IF_ERROR(pointers_compare(verifying, query, &compares));
    struct error *error = reading_open(&reading, query);
    for (const struct swiss_name *n = swiss_names; !error && compares && n->subject; n++)
        error = state_named(verifying, verifying->target, index, &reading, n->go_name, n->subject);
    if (!error && compares)
        error = note_version(verifying, index, &reading);
    if (!error)
        error = state_go_maps(verifying, &reading, index, true);
    reading_close(&reading);
    return error;
}

struct error *verify_maps(struct verifying *verifying, const struct query *query, const struct selection *all,
                          const struct verify_own_options *options)
{
    const struct type_index *index = all->index;
    const bool is_go = entry_named(index, "runtime.hmap") != NULL;
    const bool is_swiss = entry_named(index, swiss_map_name) != NULL;
    if (!is_swiss && !is_go && !entry_named(index, "hmap"))
        return NULL;
    verifying->has_maps = true;
    RETURN_IF_ERROR(verify_own(verifying, is_swiss ? MAP_DESIGN_SWISS : MAP_DESIGN_CLASSIC, options));
    verifying->target = crosscheck_add_witness(
        &verifying->check, "target",
        is_swiss ? "the debug information of the Go program: internal/runtime/maps.Map and its like, and the "
                   "groups and slots of its map types"
        : is_go  ? "the debug information of the Go program: runtime.hmap and its like, and the buckets of "
                   "its map types"
                 : "the debug information of the program: its structs of the same names");
    if (is_swiss)
        return state_swiss_target(verifying, query, index);
    return state_target(verifying, query, index, is_go ? "runtime." : "");
}
