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

static struct error *state_executable(struct verifying *verifying, size_t witness, const struct query *query)
{
    const char *names[64];
    size_t count = 0;
    for (size_t i = 0; header_types[i]; i++)
        names[count++] = header_types[i];
    for (const struct bucket_case *c = bucket_cases; c->subject && count < ARRAY_LENGTH(names); c++)
        names[count++] = c->struct_name;
    struct type_index *index = NULL;
    struct map_reading reading = {0};
    struct error *error = query_find_names(query, names, count, &index);
    if (!error)
        error = reading_open(&reading, query);
    for (size_t i = 0; !error && header_types[i]; i++)
        error = state_named(verifying, witness, index, &reading, header_types[i], header_types[i]);
    for (const struct bucket_case *c = bucket_cases; !error && c->subject; c++)
        error = state_named(verifying, witness, index, &reading, c->struct_name, c->subject);
    reading_close(&reading);
    type_index_free(index);
    return error;
}

// What follows a link may be another file by now; the kernel's own name of the executable is not.
static struct error *witness_executable(struct verifying *verifying, size_t witness,
                                        const struct verify_own_options *options)
{
    struct type_source *source = NULL;
    struct error *error = type_source_open("/proc/self/exe", &options->source, options->notices, &source);
    if (!error) {
        const struct type_source_facts *facts = &source->facts;
        const struct query query = {.source = source,
                                    .layout = {.abi = abi_of_machine(facts->machine, facts->address_bits),
                                               .cacheline_bytes = options->cacheline_bytes},
                                    .threads = options->source.threads ? options->source.threads : 1};
        error = state_executable(verifying, witness, &query);
    }
    type_source_close(source);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    struct error *noted = verifying_note(verifying, "the witness DWARF is silent: %s", error->message);
    error_free(error);
    return noted;
}

struct error *verify_own(struct verifying *verifying, const struct verify_own_options *options)
{
    struct crosscheck *check = &verifying->check;
    witness_compiler(check, crosscheck_add_witness(
                                check, "compiler",
                                "sizeof, offsetof and _Alignof, compiled into this program from hmapcore's "
                                "headers"));
    size_t dwarf = crosscheck_add_witness(check, "DWARF",
                                          "the debug information of the running executable, read as "
                                          "any other file's");
    RETURN_IF_ERROR(witness_executable(verifying, dwarf, options));
    size_t rule = crosscheck_add_witness(check, "map type",
                                         "the bucket rule by which maps find their way: 8 tophashes, 8 "
                                         "keys, 8 elements, a pointer; over 128 bytes by pointer");
    witness_map_type(check, rule);
    witness_memory(check, crosscheck_add_witness(
                              check, "memory",
                              "live maps watched from outside: places whose bytes were the expected "
                              "number after each of thousands of operations, and where known bytes turn up"));
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
    if (!key->size_known || !element->size_known || !bucket_name_of(map, bucket) ||
        !entry_named(index, bucket))
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
                                   const struct type_index *index)
{
    size_t count = 0, rule = witness_named(&verifying->check, "map type");
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        if (entry->kind == TYPE_TYPEDEF && entry->name && !strncmp(entry->name, "map[", 4))
            RETURN_IF_ERROR(state_go_map(verifying, reading, index, entry, rule, &count));
    }
    return count ? verifying_note(verifying, "buckets of %zu map types of the program were compared", count)
                 : NULL;
}

static struct error *state_target(struct verifying *verifying, const struct query *query,
                                  const struct type_index *index, const char *prefix)
{
    struct map_reading reading = {0};
    struct error *error = reading_open(&reading, query);
    for (size_t i = 0; !error && header_types[i]; i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s%s", prefix, header_types[i]);
        error = state_named(verifying, verifying->target, index, &reading, name, header_types[i]);
    }
    if (!error && *prefix)
        error = state_go_maps(verifying, &reading, index);
    reading_close(&reading);
    return error;
}

struct error *verify_maps(struct verifying *verifying, const struct query *query, const struct selection *all,
                          const struct verify_own_options *options)
{
    const struct type_index *index = all->index;
    bool is_go = entry_named(index, "runtime.hmap") != NULL;
    if (entry_named(index, "internal/runtime/maps.Map"))
        return verifying_note(verifying, "this program's maps are Swiss tables (Go 1.24 on): it has no hmap "
                                         "and no buckets to compare");
    if (!is_go && !entry_named(index, "hmap"))
        return NULL;
    verifying->has_maps = true;
    RETURN_IF_ERROR(verify_own(verifying, options));
    verifying->target = crosscheck_add_witness(
        &verifying->check, "target",
        is_go ? "the debug information of the Go program: runtime.hmap and its like, and the buckets of "
                "its map types"
              : "the debug information of the program: its structs of the same names");
    return state_target(verifying, query, index, is_go ? "runtime." : "");
}
