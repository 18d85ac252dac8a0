// SPDX-License-Identifier: MIT
#include "source/source_cached.h"

#include "base/vec.h"
#include "dwarf/unit_table.h"
#include "object/image.h"
#include "object/object.h"
#include "source/cache_folder.h"
#include "source/index_file.h"
#include "source/source_dwarf.h"
#include "source/source_open.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cached_source {
    struct type_source source; // first
    struct type_source_options options;
    struct notice_sink *notices;
    struct index_key key;
    char *path;
    char build_id[2 * sizeof(((struct index_key *)NULL)->build_id) + 1];
    char *folder;    // its path
    char *name;      // of the index's file in it
    bool has_looked; // for that file
    struct bytes
        bytes; // of it; judged good once the source is open. Names of indexes are in them. No data: to be made
    struct unit *units; // what entries are named by: the table's, or `place`
    struct unit *place; // for the units of a file that is not open yet; NULL: it was opened at once
    bool is_alone;      // as in index_facts
    _Atomic uint64_t index_checksum; // of the index that the cache has; 0: none yet
    pthread_mutex_t mutex;           // guards what follows
    struct type_source *inner;       // NULL: not open yet
    const struct unit_table *table;  // of the inner one
    VEC(struct bytes) parts;         // files that were read
};

static struct cached_source *cached_of(const struct type_source *source)
{
    return (struct cached_source *)source;
}

// ---- what the cache is of -------------------------------------------------------------------------------

// Another build of this program may count otherwise.
static uint64_t program_stamp(void)
{
    struct stat status;
    if (stat("/proc/self/exe", &status) != 0)
        return 0;
    const uint64_t time_ns = (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
    return (time_ns ^ (uint64_t)status.st_size * UINT64_C(0x9e3779b97f4a7c15)) | 1; // 0: unknown
}

static bool key_fill(const char *path, const uint8_t *build_id, size_t build_id_bytes, struct index_key *key)
{
    struct stat status;
    memset(key, 0, sizeof(*key)); // compared as bytes
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || !build_id_bytes ||
        build_id_bytes > sizeof(key->build_id))
        return false;
    key->size_bytes = (uint64_t)status.st_size;
    key->modified_s = status.st_mtim.tv_sec;
    key->modified_ns = (uint32_t)status.st_mtim.tv_nsec;
    key->build_id_bytes = (uint32_t)build_id_bytes;
    memcpy(key->build_id, build_id, build_id_bytes);
    key->program = program_stamp();
    return key->program != 0;
}

static bool key_of_object(const struct object *object, struct index_key *key)
{
    return key_fill(object->debug_path, object->build_id, object->build_id_size_bytes, key);
}

static bool keys_equal(const struct index_key *a, const struct index_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void cache_notice(const struct cached_source *cached, const char *name, const char *what,
                         struct error *error)
{
    char *line = NULL;
    if (error && asprintf(&line, "%s/%s: %s: %s", cached->folder, name, what, error->message) >= 0)
        notice_give(cached->notices, line);
    free(line);
    error_free(error);
}

// ---- reading and keeping --------------------------------------------------------------------------------

static const char NOT_USED[] = "the cache is not used", NOT_KEPT[] = "not kept";

static struct error *file_map(const struct cached_source *cached, const char *name, struct bytes *bytes)
{
    int folder;
    *bytes = (struct bytes){0};
    RETURN_IF_ERROR(cache_folder_open(cached->folder, false, &folder));
    if (folder < 0)
        return NULL;
    struct error *error = cache_file_map(folder, name, bytes);
    close(folder);
    return error;
}

static struct error *file_write(const struct cached_source *cached, const char *name, struct output *output)
{
    int folder;
    RETURN_IF_ERROR(output_finish(output));
    RETURN_IF_ERROR(cache_folder_open(cached->folder, false, &folder));
    if (folder < 0)
        return error_create(ERROR_SYSTEM, "the folder is not there");
    struct error *error = cache_file_write(folder, name, output->data, output->length, CACHE_BYTES_MOST);
    close(folder);
    return error;
}

// Of bytes without data it is OLD: there is nothing to be said.
static enum index_file_state cache_judge(struct cached_source *cached)
{
    if (!cached->bytes.data)
        return INDEX_FILE_OLD;
    const enum index_file_state state = index_file_judge(cached->bytes, &cached->key);
    if (state == INDEX_FILE_DAMAGED) {
        cache_file_unmap(&cached->bytes);
        cache_notice(cached, cached->name, NOT_USED, error_create(ERROR_BAD_FORMAT, "it is damaged"));
    }
    return state;
}

static bool cache_keep(struct cached_source *cached, const struct type_index *index)
{
    const struct object *object = cached->table->object;
    const struct index_facts facts = {.machine = object->elf_machine,
                                      .platform = (uint8_t)object->platform,
                                      .address_bits = (uint8_t)object->address_bits,
                                      .big_endian = object->big_endian,
                                      .any_expansion = cached->options.any_expansion,
                                      .is_alone = cached->is_alone};
    struct output output = {0};
    index_file_write(index, cached->table, &cached->key, &facts, &output);
    struct error *error = file_write(cached, cached->name, &output);
    if (!error)
        cached->index_checksum =
            index_file_checksum((struct bytes){(const uint8_t *)output.data, output.length});
    output_free(&output);
    const bool is_kept = !error;
    cache_notice(cached, cached->name, NOT_KEPT, error);
    return is_kept;
}

// An index that is whole, of a file that has not changed meanwhile.
static bool may_be_kept(const struct cached_source *cached, const struct type_source_index_options *options,
                        const struct type_index *index)
{
    struct index_key now;
    return !options->enough && index->is_valid && key_of_object(cached->table->object, &now) &&
           keys_equal(&now, &cached->key);
}

// ---- the file itself ------------------------------------------------------------------------------------

// Nobody else uses the cached source meanwhile.
static struct error *inner_open_now(struct cached_source *cached)
{
    struct type_source_options options = cached->options;
    struct type_source *inner;
    struct index_key now;
    // Units that hold nothing of what is asked for are not looked into, unless it is everything: the index found no fault in them.
    options.first = !options.ahead.index;
    options.cache = false;
    options.ahead = (struct type_source_ahead){0};
    options.progress = NULL;
    RETURN_IF_ERROR(source_dwarf_open_at(cached->path, &options, NULL, cached->place,
                                         index_file_units_count(cached->bytes), &inner));
    const struct unit_table *table = source_dwarf_single(inner);
    if (!table || !key_of_object(table->object, &now) || !keys_equal(&now, &cached->key) ||
        !index_file_fits(cached->bytes, table)) {
        type_source_close(inner);
        return error_create(ERROR_BAD_FORMAT, "%s: it is not what it was when it was opened", cached->path);
    }
    cached->inner = inner;
    cached->table = table;
    return NULL;
}

static struct error *inner_of(const struct type_source *source, const struct type_source **inner)
{
    struct cached_source *cached = cached_of(source);
    pthread_mutex_lock(&cached->mutex);
    struct error *error = cached->inner ? NULL : inner_open_now(cached);
    *inner = cached->inner;
    pthread_mutex_unlock(&cached->mutex);
    return error;
}

// ---- the source ----------------------------------------------------------------------------------------

static void cached_close(struct type_source *source)
{
    struct cached_source *cached = cached_of(source);
    type_source_close(cached->inner);
    free(cached->place);
    vec_foreach (struct bytes *, part, &cached->parts)
        cache_file_unmap(part);
    vec_free(&cached->parts);
    cache_file_unmap(&cached->bytes);
    pthread_mutex_destroy(&cached->mutex);
    free(cached->path);
    free(cached->folder);
    free(cached->name);
    free(cached);
}

static struct error *cached_index(const struct type_source *source,
                                  const struct type_source_index_options *options, struct type_index **index)
{
    struct cached_source *cached = cached_of(source);
    if (cached->bytes.data)
        return index_file_read(cached->bytes, cached->units, NULL, 0, index);
    RETURN_IF_ERROR(type_source_index(cached->inner, options, index));
    if (may_be_kept(cached, options, *index))
        cache_keep(cached, *index);
    return NULL;
}

static struct error *cached_find_names(const struct type_source *source, const char *const *names,
                                       size_t count, const struct type_source_index_options *options,
                                       struct type_index **index)
{
    const struct cached_source *cached = cached_of(source);
    return cached->bytes.data ? index_file_read(cached->bytes, cached->units, names, count, index)
                              : type_source_find_names(cached->inner, names, count, options, index);
}

static struct error *cached_find_fitting(const struct type_source *source, name_rule *fits, void *context,
                                         const struct type_source_index_options *options,
                                         struct type_index **index, bool *is_all)
{
    const struct cached_source *cached = cached_of(source);
    if (!cached->bytes.data)
        return type_source_find_fitting(cached->inner, fits, context, options, index, is_all);
    *is_all = true;
    return index_file_read(cached->bytes, cached->units, NULL, 0, index);
}

static struct error *cached_make(const struct type_source *source, const struct type_index *index,
                                 struct type_maker **maker)
{
    const struct type_source *inner;
    RETURN_IF_ERROR(inner_of(source, &inner));
    return type_source_make(inner, index, maker);
}

static struct error *cached_variables(const struct type_source *source, type_source_each_variable each,
                                      void *context)
{
    const struct type_source *inner;
    RETURN_IF_ERROR(inner_of(source, &inner));
    return type_source_variables(inner, each, context);
}

static const char *cached_symbol_at(const struct type_source *source, uint64_t address,
                                    uint64_t *offset_bytes)
{
    const struct type_source *inner;
    struct error *error = inner_of(source, &inner);
    const char *symbol = error ? NULL : type_source_symbol_at(inner, address, offset_bytes);
    error_free(error);
    return symbol;
}

// ---- what others compute --------------------------------------------------------------------------------

static bool cached_keeps(const struct type_source *source)
{
    return cached_of(source)->index_checksum != 0;
}

static char *part_name(const struct cached_source *cached, const char *part)
{
    char *name = NULL;
    return asprintf(&name, "%s-%s" CACHE_PART_ENDING, cached->build_id, part) < 0 ? NULL : name;
}

// What was read stays until the end: others may borrow it.
static bool part_hold(struct cached_source *cached, struct bytes file)
{
    pthread_mutex_lock(&cached->mutex);
    const bool is_held = vec_push(&cached->parts, file);
    pthread_mutex_unlock(&cached->mutex);
    return is_held;
}

static struct error *part_look(struct cached_source *cached, const char *name, struct bytes *part)
{
    struct bytes file;
    RETURN_IF_ERROR(file_map(cached, name, &file));
    if (!file.data)
        return NULL;
    const enum index_file_state state = part_file_judge(file, &cached->key, cached->index_checksum, part);
    if (state == INDEX_FILE_GOOD && part_hold(cached, file))
        return NULL;
    *part = (struct bytes){0};
    cache_file_unmap(&file);
    return state == INDEX_FILE_DAMAGED ? error_create(ERROR_BAD_FORMAT, "it is damaged") : NULL;
}

static struct bytes cached_kept(const struct type_source *source, const char *part)
{
    struct cached_source *cached = cached_of(source);
    struct bytes bytes = {0};
    char *name = part_name(cached, part);
    if (name)
        cache_notice(cached, name, NOT_USED, part_look(cached, name, &bytes));
    free(name);
    return bytes;
}

static void cached_keep(const struct type_source *source, const char *part, struct bytes bytes)
{
    struct cached_source *cached = cached_of(source);
    struct output output = {0};
    char *name = part_name(cached, part);
    part_file_write(bytes, &cached->key, cached->index_checksum, &output);
    if (name)
        cache_notice(cached, name, NOT_KEPT, file_write(cached, name, &output));
    output_free(&output);
    free(name);
}

// ---- opening --------------------------------------------------------------------------------------------

char *type_source_cache_folder(void)
{
    int folder = -1;
    char *path = cache_folder_path();
    error_free(path ? cache_folder_open(path, true, &folder) : NULL); // told when the file is opened
    if (folder >= 0) {
        close(folder);
        return path;
    }
    free(path);
    return NULL;
}

// Where the cache of this build-id stands. False: there is no home.
static bool cache_name(struct cached_source *cached, const uint8_t *build_id, size_t build_id_bytes)
{
    cached->build_id[0] = '\0';
    for (size_t i = 0; i < build_id_bytes && i < sizeof(cached->key.build_id); i++)
        snprintf(cached->build_id + 2 * i, 3, "%02x", build_id[i]);
    free(cached->name);
    if (!cached->folder)
        cached->folder = cache_folder_path();
    if (asprintf(&cached->name, "%s.index", cached->build_id) < 0)
        cached->name = NULL;
    return cached->folder && cached->name && cached->build_id[0];
}

static void cache_look(struct cached_source *cached)
{
    cached->has_looked = true;
    cache_notice(cached, cached->name, NOT_USED, file_map(cached, cached->name, &cached->bytes));
}

// Without looking into its debug information: whether the cache has all that an index needs.
static bool open_by_build_id(struct cached_source *cached)
{
    CLEANUP(image_close_at) struct image *image = NULL;
    struct error *error = image_open(cached->path, &image);
    error_free(error); // which is met again
    if (error || image->container || !cache_name(cached, image->build_id, image->build_id_size_bytes) ||
        !key_fill(cached->path, image->build_id, image->build_id_size_bytes, &cached->key))
        return false;
    cache_look(cached);
    if (cache_judge(cached) != INDEX_FILE_GOOD)
        return false;
    const struct index_facts *facts = index_file_facts(cached->bytes);
    if (!facts->is_alone || (facts->any_expansion && !cached->options.any_expansion))
        return false;
    cached->place = calloc(index_file_units_count(cached->bytes) + 1, sizeof(*cached->place));
    cached->units = cached->place;
    cached->source.facts = (struct type_source_facts){.path = cached->path,
                                                      .debug_path = cached->path,
                                                      .format = "DWARF",
                                                      .build_id = cached->build_id,
                                                      .machine = facts->machine,
                                                      .platform = (enum platform)facts->platform,
                                                      .address_bits = facts->address_bits,
                                                      .big_endian = facts->big_endian};
    return cached->place != NULL;
}

// Passes notices on, and counts them.
struct counting_sink {
    struct notice_sink sink;
    struct notice_sink *behind;
    size_t count;
};

static void take_counted(struct notice_sink *sink, const char *line)
{
    struct counting_sink *counting = (struct counting_sink *)(void *)sink;
    counting->count++;
    notice_give(counting->behind, line);
}

// The file is open; whether its index can be kept.
static bool is_cacheable(struct cached_source *cached)
{
    cached->table = source_dwarf_single(cached->inner);
    if (!cached->table || !cached->inner->facts.build_id ||
        !key_of_object(cached->table->object, &cached->key) ||
        cached->table->units_count > INDEX_FILE_UNITS_MOST)
        return false;
    if (!cached->has_looked || strcmp(cached->inner->facts.build_id, cached->build_id) != 0) {
        const struct object *object = cached->table->object;
        cache_file_unmap(&cached->bytes);
        if (!cache_name(cached, object->build_id, object->build_id_size_bytes)) // no home, no cache
            return false;
        cache_look(cached);
    }
    return true;
}

static struct error *open_all(struct cached_source *cached)
{
    struct counting_sink notices = {.sink = {.take = take_counted}, .behind = cached->notices};
    // Where there is nothing to be found, what is asked may be found while the file is read.
    struct type_source_options options = cached->options;
    options.cache = options.first || !cached->has_looked || cached->bytes.data;
    RETURN_IF_ERROR(source_dwarf_open(cached->path, &options, &notices.sink, &cached->inner));
    if (!is_cacheable(cached))
        return NULL;
    const enum index_file_state state = cache_judge(cached);
    cached->source.facts = cached->inner->facts;
    cached->units = cached->table->units;
    cached->is_alone = !notices.count && !strcmp(cached->source.facts.path, cached->source.facts.debug_path);
    if (state != INDEX_FILE_GOOD || !index_file_fits(cached->bytes, cached->table))
        cache_file_unmap(&cached->bytes);
    return NULL;
}

struct error *source_cached_open(const char *path, const struct type_source_options *options,
                                 struct notice_sink *notices, struct type_source **source)
{
    static const struct type_source_ops ops = {.close = cached_close,
                                               .index = cached_index,
                                               .find_names = cached_find_names,
                                               .find_fitting = cached_find_fitting,
                                               .make = cached_make,
                                               .variables = cached_variables,
                                               .symbol_at = cached_symbol_at,
                                               .keeps = cached_keeps,
                                               .kept = cached_kept,
                                               .keep = cached_keep};
    struct cached_source *cached = calloc(1, sizeof(*cached));
    if (!cached)
        return &error_out_of_memory;
    pthread_mutex_init(&cached->mutex, NULL);
    cached->source.ops = &ops;
    cached->options = *options;
    cached->notices = notices;
    cached->path = strdup(path);
    struct error *error = cached->path ? NULL : &error_out_of_memory;
    if (!error && !open_by_build_id(cached))
        error = open_all(cached);
    if (!error && cached->bytes.data)
        cached->index_checksum = index_file_checksum(cached->bytes);
    *source = &cached->source;
    if (!error && cached->units)
        return NULL;
    *source = cached->inner; // there is no index to be kept, or nothing at all
    cached->inner = NULL;
    cached_close(&cached->source);
    return error;
}
