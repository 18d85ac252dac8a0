// SPDX-License-Identifier: MIT
#include "source/source_dwarf.h"

#include "build/type_build.h"
#include "build/variable.h"
#include "dwarf/constants.h"
#include "dwarf/unit_growth.h"
#include "dwarf/unit_later.h"
#include "dwarf/unit_table.h"
#include "object/archive.h"
#include "object/growth.h"
#include "object/object.h"
#include "scan/scan.h"
#include "source/split_files.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What was found while the file was being read: the answer to one question, given once.
struct found_ahead {
    _Atomic(struct type_index *) index; // NULL: nothing, or it has been given
    char **names;                       // it is of these; NULL: of everything
    size_t names_count;
    bool first;
};

struct dwarf_source {
    struct type_source source; // first: a pointer to it is a pointer to this
    struct object *object;
    struct unit_table *table;
    struct split_files split;
    struct type_source_options options; // of opening, where that is to be finished later: unit_later.h
    struct found_ahead ahead;
    struct unit *place; // where its units are put, of source_dwarf_open_at; NULL: the table's own
    size_t place_units_count;
    char *archive_path; // the object is the first of its members; NULL: the file is no archive
    char build_id[2 * sizeof(((struct object *)NULL)->build_id) + 1];
};

struct dwarf_maker {
    struct type_maker maker; // first
    struct type_builder *builder;
};

// A compressed .debug_info from this size on is read while it is being inflated: below, one thread has it in milliseconds.
static const uint64_t GROW_FROM_BYTES = 8u << 20;

static const struct dwarf_source *dwarf_of(const struct type_source *source)
{
    return (const struct dwarf_source *)source;
}

// ---- opening that is finished later ---------------------------------------------------------------------

// What is said while opening goes on becomes a problem of the index that is being made.
struct late_notices {
    struct notice_sink sink;
    struct problems *problems;
};

static void late_notice(struct notice_sink *sink, const char *line)
{
    problems_add(((struct late_notices *)sink)->problems, PROBLEM_LAST, "%s", line);
}

// Reads what opening has left unread: `first` names were not found in what it read, or all is asked for. Nobody else uses the
// source meanwhile, as one index is made at a time.
static struct error *settle(const struct type_source *source, struct problems *problems)
{
    struct dwarf_source *dwarf = (struct dwarf_source *)(uintptr_t)source;
    struct late_notices late = {{.take = late_notice}, problems};
    if (units_later_is_settled(dwarf->table))
        return NULL;
    RETURN_IF_ERROR(units_later_settle(dwarf->table));
    RETURN_IF_ERROR(split_files_join(dwarf->table, &dwarf->options, &late.sink, &dwarf->split));
    units_later_tell(dwarf->table, problems);
    for (size_t i = 1; i < dwarf->table->all->length; i++)
        vec_foreach (const struct problem *, problem, &dwarf->table->all->data[i]->problems)
            problems_add(problems, problem->order, "%s", problem->text);
    return problems->is_incomplete ? &error_out_of_memory : NULL;
}

// An error comes without an index: callers free what they are given.
static void index_drop(struct type_index **index)
{
    type_index_free(*index);
    *index = NULL;
}

// Moves the problems to the head of the index's.
static struct error *tell(struct problems *problems, struct error *error, struct type_index **index)
{
    if (!error && (problems->length || problems->is_incomplete)) {
        vec_foreach (const struct problem *, problem, &(*index)->problems)
            problems_add(problems, problem->order, "%s", problem->text);
        const struct problems own = (*index)->problems;
        (*index)->problems = *problems;
        *problems = own;
        if ((*index)->problems.is_incomplete) {
            index_drop(index);
            error = &error_out_of_memory;
        }
    }
    problems_free(problems);
    return error;
}

// ---- types ----------------------------------------------------------------------------------------------

static bool ahead_is_of(const struct found_ahead *ahead, const char *const *names, size_t count, bool first)
{
    bool is_of =
        (ahead->names != NULL) == (names != NULL) && ahead->names_count == count && ahead->first == first;
    for (size_t i = 0; is_of && i < count; i++)
        is_of = !strcmp(ahead->names[i], names[i]);
    return is_of;
}

// Gives away what was found, where it is the answer; names NULL: to everything.
static bool ahead_take(const struct type_source *source, const char *const *names, size_t count, bool first,
                       struct type_index **index)
{
    struct found_ahead *ahead = &((struct dwarf_source *)(uintptr_t)source)->ahead;
    if (!ahead_is_of(ahead, names, count, first))
        return false;
    struct type_index *found = atomic_exchange(&ahead->index, NULL);
    if (found)
        *index = found;
    return found != NULL;
}

static struct error *dwarf_index(const struct type_source *source,
                                 const struct type_source_index_options *options, struct type_index **index)
{
    if (!options->enough && ahead_take(source, NULL, 0, false, index))
        return NULL;
    const struct scan_options scan = {
        .threads = options->threads, .progress = options->progress, .enough = options->enough};
    struct problems late = {0};
    struct error *error = settle(source, &late);
    if (!error)
        error = scan_all(dwarf_of(source)->table, &scan, index);
    return tell(&late, error, index);
}

static bool names_all(const struct type_index *index, const char *const *names, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        bool is_there = false;
        for (size_t i = 0; i < index->entries_count && !is_there; i++)
            is_there = index->entries[i].kind != TYPE_TYPEDEF && !strcmp(index->entries[i].name, names[k]);
        if (!is_there)
            return false;
    }
    return true;
}

// Where opening is to be finished and the names are in what it has found, it stays unfinished.
static struct error *dwarf_find_names(const struct type_source *source, const char *const *names,
                                      size_t count, const struct type_source_index_options *options,
                                      struct type_index **index)
{
    const struct unit_table *table = dwarf_of(source)->table;
    if (ahead_take(source, names, count, options->first, index))
        return NULL;
    const struct scan_options scan = {
        .threads = options->threads, .progress = options->progress, .first = options->first};
    struct problems late = {0};
    struct error *error = options->first ? NULL : settle(source, &late);
    if (!error)
        error = scan_names(table, names, count, &scan, index);
    const size_t tables_count = table->all->length;
    if (!error && !units_later_is_settled(table) && !names_all(*index, names, count)) {
        error = settle(source, &late);
        if (error)
            index_drop(index);
        if (!error && table->all->length > tables_count) {
            index_drop(index);
            error = scan_names(table, names, count, &scan, index);
        }
    }
    units_later_tell(table, &late);
    return tell(&late, error, index);
}

static struct error *dwarf_find_fitting(const struct type_source *source, name_rule *fits, void *context,
                                        const struct type_source_index_options *options,
                                        struct type_index **index, bool *is_all)
{
    const struct scan_options scan = {.threads = options->threads, .progress = options->progress};
    struct problems late = {0};
    struct error *error = settle(source, &late);
    if (!error)
        error = scan_fitting(dwarf_of(source)->table, fits, context, &scan, index, is_all);
    return tell(&late, error, index);
}

static struct type_builder *builder_of(const struct type_maker *maker)
{
    return ((const struct dwarf_maker *)maker)->builder;
}

static struct error *maker_build(struct type_maker *maker, const struct type_index_entry *entry,
                                 const struct type **type)
{
    // No search has met the unit where the index was kept by an earlier run.
    if (entry->id.group && !unit_is_ready(die_ref_of(entry->id).unit))
        return error_create(ERROR_BAD_FORMAT, "the root of its unit cannot be read");
    return type_build(builder_of(maker), entry, type);
}

static void maker_forget(struct type_maker *maker)
{
    type_builder_forget(builder_of(maker));
}

static size_t maker_graph_bytes(const struct type_maker *maker)
{
    return type_builder_graph_bytes(builder_of(maker));
}

static void maker_skip_names(struct type_maker *maker)
{
    type_builder_skip_names(builder_of(maker));
}

static void maker_layouts_only(struct type_maker *maker)
{
    type_builder_skip_pointees(builder_of(maker));
}

static void maker_close(struct type_maker *maker)
{
    type_builder_free(builder_of(maker));
    free(maker);
}

static struct error *dwarf_make(const struct type_source *source, const struct type_index *index,
                                struct type_maker **result)
{
    static const struct type_maker_ops ops = {.build = maker_build,
                                              .forget = maker_forget,
                                              .graph_bytes = maker_graph_bytes,
                                              .layouts_only = maker_layouts_only,
                                              .skip_names = maker_skip_names,
                                              .close = maker_close};
    struct dwarf_maker *maker = calloc(1, sizeof(*maker));
    if (!maker)
        return &error_out_of_memory;
    maker->maker.ops = &ops;
    struct error *error = type_builder_create(dwarf_of(source)->table, &maker->builder);
    if (error) {
        free(maker);
        return error;
    }
    if (index)
        type_builder_use_index(maker->builder, index);
    *result = &maker->maker;
    return NULL;
}

// ---- variables and symbols ------------------------------------------------------------------------------

struct telling {
    const struct object *object;
    type_source_each_variable each;
    void *context;
};

static struct error *variable_found(void *context, const struct variable *found)
{
    const struct telling *telling = context;
    const struct type_source_variable variable = {
        .name = found->name,
        .type = type_id_of(found->type),
        .address_known = true,
        .address = found->address,
        .section = object_section_at(telling->object, found->address),
    };
    return telling->each(telling->context, &variable);
}

static struct error *dwarf_variables(const struct type_source *source, type_source_each_variable each,
                                     void *context)
{
    struct telling telling = {dwarf_of(source)->object, each, context};
    struct problems late = {0}; // nobody to tell them to: whoever wants variables has asked for all at once
    struct error *error = settle(source, &late);
    problems_free(&late);
    RETURN_IF_ERROR(error);
    return variables_read(dwarf_of(source)->table, variable_found, &telling);
}

static const char *dwarf_symbol_at(const struct type_source *source, uint64_t address, uint64_t *offset_bytes)
{
    return object_symbol_at(dwarf_of(source)->object, address, offset_bytes);
}

// ---- opening --------------------------------------------------------------------------------------------

static void fill_facts(struct dwarf_source *dwarf)
{
    const struct object *object = dwarf->object;
    for (size_t i = 0; i < object->build_id_size_bytes && i < sizeof(object->build_id); i++)
        snprintf(dwarf->build_id + 2 * i, 3, "%02x", object->build_id[i]);
    dwarf->source.facts = (struct type_source_facts){
        .path = dwarf->archive_path ? dwarf->archive_path : object->path,
        .debug_path = dwarf->archive_path ? dwarf->archive_path : object->debug_path,
        .format = "DWARF",
        .build_id = dwarf->build_id[0] ? dwarf->build_id : NULL,
        .machine = object->elf_machine,
        .platform = object->platform,
        .address_bits = object->address_bits,
        .big_endian = object->big_endian,
    };
}

static void dwarf_close(struct type_source *source)
{
    struct dwarf_source *dwarf = (struct dwarf_source *)source;
    type_index_free(dwarf->ahead.index);
    for (size_t i = 0; i < dwarf->ahead.names_count; i++)
        free(dwarf->ahead.names[i]);
    free(dwarf->ahead.names);
    unit_table_free(dwarf->table);
    split_files_free(&dwarf->split);
    free(dwarf->archive_path);
    object_close(dwarf->object);
    free(dwarf);
}

const struct unit_table *source_dwarf_single(const struct type_source *source)
{
    const struct dwarf_source *dwarf = dwarf_of(source);
    return dwarf->table->all->length == 1 && !dwarf->archive_path ? dwarf->table : NULL;
}

// ---- archives: all members with debug information are one program's files -----------------------------

struct members {
    struct dwarf_source *dwarf;
    const struct object_options *options;
    struct notice_sink *notices;
    size_t count;
};

static struct error *member_join(struct members *members, const char *label, struct object *object)
{
    struct dwarf_source *dwarf = members->dwarf;
    struct unit_table *joined;
    if (!dwarf->object) {
        dwarf->object = object;
        return unit_table_open(object, &dwarf->table);
    }
    struct error *error = NULL;
    if (object->elf_machine != dwarf->object->elf_machine ||
        object->address_bits != dwarf->object->address_bits ||
        object->big_endian != dwarf->object->big_endian)
        error = error_create(ERROR_UNSUPPORTED, "%s: of another machine than %s", label, dwarf->object->path);
    else if (!vec_push(&dwarf->split.objects, object))
        error = &error_out_of_memory;
    if (error)
        object_close(object);
    return error ? error : unit_table_join(dwarf->table, object, &joined);
}

static struct error *member_open(void *context, const char *label, struct error *error, int descriptor)
{
    struct members *members = context;
    struct object *object = NULL;
    members->count++;
    if (!error)
        error = object_open_at(label, descriptor, members->options, &object);
    if (!error)
        error = member_join(members, label, object);
    const bool is_unusable =
        members->dwarf->object && !members->dwarf->table; // the first one has no unit: the next is the first
    if (is_unusable) {
        object_close(members->dwarf->object);
        members->dwarf->object = NULL;
    }
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    if (error->code != ERROR_NO_DEBUG &&
        !strstr(label, "(lib.rmeta)")) // rustc's own, which is no object file
        notice_give(members->notices, error->message);
    error_free(error);
    return NULL;
}

static bool is_package(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, ".deb");
}

static struct error *archive_fill(struct dwarf_source *dwarf, const char *path,
                                  const struct object_options *options, struct notice_sink *notices,
                                  bool *is_archive)
{
    struct members members = {.dwarf = dwarf, .options = options, .notices = notices};
    const struct file_wish wish = {.slice = options->slice, .any_expansion = options->any_expansion};
    struct archive_beside beside = {.wish = wish, .descriptor = -1};
    struct object_options member_options = *options;
    member_options.beside = &beside;
    members.options = &member_options;
    struct error *error = archive_each(path, &wish, notices, member_open, &members, is_archive);
    archive_beside_close(&beside);
    if (error)
        return error;
    if (!*is_archive)
        return NULL;
    if (!dwarf->table)
        return error_create(
            ERROR_NO_DEBUG,
            "%s: an archive, none of whose %zu members has debug information that can be read%s", path,
            members.count, is_package(path) ? " (a Debian package's is in another one, named -dbgsym)" : "");
    dwarf->archive_path = strdup(path);
    return dwarf->archive_path ? NULL : &error_out_of_memory;
}

// ---- large compressed files: read while they are being inflated -----------------------------------------

static struct error *ahead_note(struct found_ahead *noted, const struct type_source_ahead *ahead)
{
    noted->first = ahead->names && ahead->first;
    if (!ahead->names)
        return NULL;
    noted->names = calloc(ahead->names_count + 1, sizeof(*noted->names));
    if (!noted->names)
        return &error_out_of_memory;
    for (; noted->names_count < ahead->names_count; noted->names_count++)
        if (!(noted->names[noted->names_count] = strdup(ahead->names[noted->names_count])))
            return &error_out_of_memory;
    return NULL;
}

// Finds the answer ahead where the object grows that far; dwarf->table stays NULL where it does not.
static struct error *growing_scan(struct dwarf_source *dwarf, const struct type_source_options *options)
{
    const struct type_source_ahead *ahead = &options->ahead;
    struct unit_growth *growth;
    struct type_index *index = NULL;
    RETURN_IF_ERROR(ahead_note(&dwarf->ahead, ahead));
    RETURN_IF_ERROR(unit_growth_begin(dwarf->object, &growth));
    if (!growth)
        return NULL;
    const struct scan_options scan = {
        .threads = options->threads, .progress = options->progress, .first = ahead->first};
    progress_start(options->progress, "scanning");
    struct error *error = scan_growing(growth, ahead->names, ahead->names_count, &scan, &index);
    progress_stop(options->progress);
    struct error *other = unit_growth_end(growth, &dwarf->table);
    if (dwarf->table && !error && !other)
        dwarf->ahead.index = index;
    else
        type_index_free(index);
    if (error)
        error_free(other);
    return error ? error : other;
}

static struct error *units_open(struct dwarf_source *dwarf, const struct type_source_options *options)
{
    if (object_is_growing(dwarf->object))
        RETURN_IF_ERROR(growing_scan(dwarf, options));
    RETURN_IF_ERROR(object_settle(dwarf->object));
    if (dwarf->table)
        return NULL;
    const bool roots_later = options->first && !options->cache;
    if (dwarf->place)
        return unit_table_open_at(dwarf->object, roots_later, dwarf->place, dwarf->place_units_count,
                                  &dwarf->table);
    return roots_later ? unit_table_open_later(dwarf->object, &dwarf->table)
                       : unit_table_open(dwarf->object, &dwarf->table);
}

// ---- files ----------------------------------------------------------------------------------------------

// Which can be opened a second time, for what it has besides its skeletons.
static bool is_file(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

// Skeletons whose files are missing may be reason to look for another format: that is known now, or never.
static bool has_skeletons(const struct unit_table *table)
{
    bool has = false;
    for (size_t i = 0; i < table->units_count; i++)
        has |= table->units[i].unit_type == UT_skeleton;
    return has;
}

static struct error *dwarf_fill(struct dwarf_source *dwarf, const char *path,
                                const struct type_source_options *options, struct notice_sink *notices)
{
    struct object_options object_options = {.debug_folders = options->debug_folders,
                                            .any_expansion = options->any_expansion,
                                            .stay = options->stay,
                                            .part = options->first && !options->cache,
                                            .fetch = options->fetch,
                                            .progress = options->progress,
                                            .slice = options->slice,
                                            .threads = options->threads};
    bool is_archive = false;
    if (access(path, R_OK) == 0 || !strcmp(path, "-"))
        RETURN_IF_ERROR(archive_fill(dwarf, path, &object_options, notices, &is_archive));
    if (!is_archive) {
        object_options.skeletons = is_file(path) && !options->stay;
        if ((options->ahead.index || options->ahead.names) && !options->cache)
            object_options.grow_from_bytes =
                options->ahead.from_bytes_test ? options->ahead.from_bytes_test : GROW_FROM_BYTES;
        RETURN_IF_ERROR(object_open(path, &object_options, &dwarf->object));
        dwarf->options = *options;
        RETURN_IF_ERROR(units_open(dwarf, options));
    }
    for (size_t i = 0; i < dwarf->object->warnings_count; i++)
        notice_give(notices, dwarf->object->warnings[i]);
    if (has_skeletons(dwarf->table))
        RETURN_IF_ERROR(units_later_settle(dwarf->table));
    if (units_later_is_settled(dwarf->table))
        RETURN_IF_ERROR(split_files_join(dwarf->table, options, notices, &dwarf->split));
    vec_foreach (struct unit_table **, one, dwarf->table->all)
        problems_give(&(*one)->problems, notices);
    fill_facts(dwarf);
    return NULL;
}

struct error *source_dwarf_open_at(const char *path, const struct type_source_options *options,
                                   struct notice_sink *notices, struct unit *place, size_t units_count,
                                   struct type_source **source)
{
    static const struct type_source_ops ops = {.close = dwarf_close,
                                               .index = dwarf_index,
                                               .find_names = dwarf_find_names,
                                               .find_fitting = dwarf_find_fitting,
                                               .make = dwarf_make,
                                               .variables = dwarf_variables,
                                               .symbol_at = dwarf_symbol_at};
    struct dwarf_source *dwarf = calloc(1, sizeof(*dwarf));
    if (!dwarf)
        return &error_out_of_memory;
    dwarf->source.ops = &ops;
    dwarf->place = place;
    dwarf->place_units_count = units_count;
    struct error *error = dwarf_fill(dwarf, path, options, notices);
    if (error) {
        dwarf_close(&dwarf->source);
        return error;
    }
    *source = &dwarf->source;
    return NULL;
}

struct error *source_dwarf_open(const char *path, const struct type_source_options *options,
                                struct notice_sink *notices, struct type_source **source)
{
    return source_dwarf_open_at(path, options, notices, NULL, 0, source);
}
