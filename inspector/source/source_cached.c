// SPDX-License-Identifier: MIT
#include "source/source_cached.h"

#include "dwarf/unit_table.h"
#include "object/object.h"
#include "source/cache_folder.h"
#include "source/index_file.h"
#include "source/source_dwarf.h"
#include "source/source_open.h"

#define XXH_INLINE_ALL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cached_source {
    struct type_source source; // first
    struct type_source *inner;
    const struct unit_table *table; // of the inner one
    struct notice_sink *notices;
    struct index_key key;
    char *folder;   // its path
    char *name;     // of the file in it
    uint8_t *bytes; // of the file, judged good; NULL: to be made. Names of indexes are in it
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

static bool key_fill(const struct object *object, struct index_key *key)
{
    struct stat status;
    memset(key, 0, sizeof(*key)); // compared as bytes
    if (stat(object->debug_path, &status) != 0 || !S_ISREG(status.st_mode) || !object->build_id_size_bytes ||
        object->build_id_size_bytes > sizeof(key->build_id))
        return false;
    key->size_bytes = (uint64_t)status.st_size;
    key->modified_s = status.st_mtim.tv_sec;
    key->modified_ns = (uint32_t)status.st_mtim.tv_nsec;
    key->build_id_bytes = (uint32_t)object->build_id_size_bytes;
    memcpy(key->build_id, object->build_id, object->build_id_size_bytes);
    key->program = program_stamp();
    return key->program != 0;
}

static void cache_notice(const struct cached_source *cached, const char *what, const struct error *error)
{
    char *line = NULL;
    if (asprintf(&line, "%s/%s: %s: %s", cached->folder, cached->name, what, error->message) >= 0)
        notice_give(cached->notices, line);
    free(line);
}

// ---- reading and keeping --------------------------------------------------------------------------------

static struct error *cache_look(struct cached_source *cached)
{
    int folder;
    size_t size_bytes = 0;
    RETURN_IF_ERROR(cache_folder_open(cached->folder, false, &folder));
    if (folder < 0)
        return NULL;
    struct error *error = cache_file_read(folder, cached->name, &cached->bytes, &size_bytes);
    close(folder);
    if (error || !cached->bytes)
        return error;
    const enum index_file_state state =
        index_file_judge(cached->bytes, size_bytes, &cached->key, cached->table);
    if (state == INDEX_FILE_GOOD)
        return NULL;
    free(cached->bytes);
    cached->bytes = NULL;
    return state == INDEX_FILE_OLD ? NULL : error_create(ERROR_BAD_FORMAT, "it is damaged");
}

static struct error *cache_keep(const struct cached_source *cached, const struct type_index *index)
{
    int folder;
    struct output output = {0};
    RETURN_IF_ERROR(cache_folder_open(cached->folder, false, &folder));
    if (folder < 0)
        return error_create(ERROR_SYSTEM, "the folder is not there");
    index_file_write(index, cached->table, &cached->key, &output);
    struct error *error = output_finish(&output);
    if (!error)
        error = cache_file_write(folder, cached->name, output.data, output.length, CACHE_BYTES_MOST);
    output_free(&output);
    close(folder);
    return error;
}

// An index that is whole, of a file that has not changed meanwhile.
static bool may_be_kept(const struct cached_source *cached, const struct type_source_index_options *options,
                        const struct type_index *index)
{
    struct index_key now;
    return !options->enough && index->is_valid && key_fill(cached->table->object, &now) &&
           !memcmp(&now, &cached->key, sizeof(now));
}

// ---- the source ----------------------------------------------------------------------------------------

static void cached_close(struct type_source *source)
{
    struct cached_source *cached = cached_of(source);
    type_source_close(cached->inner);
    free(cached->folder);
    free(cached->name);
    free(cached->bytes);
    free(cached);
}

static struct error *cached_index(const struct type_source *source,
                                  const struct type_source_index_options *options, struct type_index **index)
{
    const struct cached_source *cached = cached_of(source);
    if (cached->bytes)
        return index_file_read(cached->bytes, cached->table, NULL, 0, index);
    RETURN_IF_ERROR(type_source_index(cached->inner, options, index));
    struct error *error = may_be_kept(cached, options, *index) ? cache_keep(cached, *index) : NULL;
    if (error)
        cache_notice(cached, "not kept", error);
    error_free(error);
    return NULL;
}

static struct error *cached_find_names(const struct type_source *source, const char *const *names,
                                       size_t count, const struct type_source_index_options *options,
                                       struct type_index **index)
{
    const struct cached_source *cached = cached_of(source);
    return cached->bytes ? index_file_read(cached->bytes, cached->table, names, count, index)
                         : type_source_find_names(cached->inner, names, count, options, index);
}

static struct error *cached_find_fitting(const struct type_source *source, name_rule *fits, void *context,
                                         const struct type_source_index_options *options,
                                         struct type_index **index, bool *is_all)
{
    const struct cached_source *cached = cached_of(source);
    if (!cached->bytes)
        return type_source_find_fitting(cached->inner, fits, context, options, index, is_all);
    *is_all = true;
    return index_file_read(cached->bytes, cached->table, NULL, 0, index);
}

static struct error *cached_make(const struct type_source *source, const struct type_index *index,
                                 struct type_maker **maker)
{
    return type_source_make(cached_of(source)->inner, index, maker);
}

static struct error *cached_variables(const struct type_source *source, type_source_each_variable each,
                                      void *context)
{
    return type_source_variables(cached_of(source)->inner, each, context);
}

static const char *cached_symbol_at(const struct type_source *source, uint64_t address,
                                    uint64_t *offset_bytes)
{
    return type_source_symbol_at(cached_of(source)->inner, address, offset_bytes);
}

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

static char *file_name(const char *build_id)
{
    char *name = NULL;
    return asprintf(&name, "%s.index", build_id) < 0 ? NULL : name;
}

struct error *source_cached_wrap(struct type_source **source, struct notice_sink *notices)
{
    static const struct type_source_ops ops = {.close = cached_close,
                                               .index = cached_index,
                                               .find_names = cached_find_names,
                                               .find_fitting = cached_find_fitting,
                                               .make = cached_make,
                                               .variables = cached_variables,
                                               .symbol_at = cached_symbol_at};
    const struct unit_table *table = source_dwarf_single(*source);
    struct index_key key;
    if (!table || !(*source)->facts.build_id || !key_fill(table->object, &key))
        return NULL;
    struct cached_source *cached = calloc(1, sizeof(*cached));
    if (!cached)
        return &error_out_of_memory;
    cached->folder = cache_folder_path();
    cached->name = file_name((*source)->facts.build_id);
    if (!cached->folder || !cached->name) { // no home, no cache
        free(cached->folder);
        free(cached->name);
        free(cached);
        return NULL;
    }
    cached->source = (struct type_source){.ops = &ops, .facts = (*source)->facts};
    cached->inner = *source;
    cached->table = table;
    cached->notices = notices;
    cached->key = key;
    struct error *error = cache_look(cached);
    if (error)
        cache_notice(cached, "the cache is not used", error);
    error_free(error);
    *source = &cached->source;
    return NULL;
}
