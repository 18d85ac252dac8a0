// SPDX-License-Identifier: MIT
#include "source/split_files.h"

#include "base/arena.h"
#include "base/attributes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A unit of a .dwo that may be a skeleton's other half.
struct half {
    uint64_t id;
    struct unit *unit; // valid while the file is joined
};

// A file that a skeleton led to. A program can name one file by a hundred thousand different paths: it is read once (twice, where
// the first skeleton was of another build).
struct known_file {
    dev_t device;
    ino_t inode;
    const char *why;           // it cannot be read; NULL: it can
    struct unit_table *joined; // NULL: it is not joined
    struct half *halves;       // ascending by id
    size_t halves_count;
    struct unit *first; // in the file's order
};

struct joining {
    struct unit_table *table;
    const struct type_source_options *options;
    struct notice_sink *notices;
    struct split_files *files;
    struct arena arena; // paths
    struct unit **skeletons;
    size_t skeletons_count, missing_count;
    const char *first_missing;
    VEC(struct known_file) known;
};

static void leave_last_object(struct joining *joining)
{
    object_close(joining->files->objects.data[--joining->files->objects.length]);
}

static struct error *join_object(struct joining *joining, const char *path, struct unit_table **joined)
{
    const struct object_options options = {
        .any_expansion = joining->options->any_expansion, .stay = true, .threads = joining->options->threads};
    struct object *object = NULL;
    RETURN_IF_ERROR(object_open(path, &options, &object));
    const struct object *program = joining->table->object;
    struct error *error = NULL;
    if (object->elf_machine != program->elf_machine || object->address_bits != program->address_bits ||
        object->big_endian != program->big_endian)
        error = error_create(ERROR_UNSUPPORTED, "%s is of another machine", path);
    else if (!object->is_split) // the program itself, for one: its skeletons would be their own other halves
        error = error_create(ERROR_BAD_FORMAT, "%s is no .dwo file", path);
    if (error) {
        object_close(object);
        return error;
    }
    if (!vec_push(&joining->files->objects, object)) {
        object_close(object);
        return &error_out_of_memory;
    }
    error = unit_table_join(joining->table, object, joined);
    if (error)
        leave_last_object(joining);
    return error;
}

// ---- where a .dwo may be ---------------------------------------------------------------------------------

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *join_path(struct arena *arena, const char *folder, const char *name)
{
    return arena_format(arena, "%s%s%s", folder, *folder && folder[strlen(folder) - 1] != '/' ? "/" : "",
                        name);
}

static const char *beside(struct arena *arena, const char *file, const char *name)
{
    return arena_format(arena, "%.*s%s", (int)(base_name(file) - file), file, name);
}

enum { PLACES_MOST = 40 };

struct dwo_places {
    const char *paths[PLACES_MOST]; // NULL where memory was short: the arena says so
    size_t count;
};

static void add_place(struct dwo_places *places, const char *path)
{
    if (places->count < PLACES_MOST)
        places->paths[places->count++] = path;
}

// In the order in which they are tried.
static void list_places(struct joining *joining, const struct unit *skeleton, struct dwo_places *places)
{
    struct arena *arena = &joining->arena;
    const char *name = skeleton->dwo_name, *program = joining->table->object->path;
    const char *const *folders = joining->options->dwo_folders;
    for (; folders && *folders; folders++) {
        if (*name != '/')
            add_place(places, join_path(arena, *folders, name));
        add_place(places, join_path(arena, *folders, base_name(name)));
    }
    if (*name == '/')
        add_place(places, name);
    else if (skeleton->folder)
        add_place(places, join_path(arena, skeleton->folder, name));
    if (*name != '/')
        add_place(places, beside(arena, program, name));
    add_place(places, beside(arena, program, base_name(name)));
}

// ---- the files that were found ---------------------------------------------------------------------------

static int half_compare(const void *a, const void *b)
{
    const struct half *left = a, *right = b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (left->unit->number > right->unit->number) - (left->unit->number < right->unit->number);
}

static struct error *list_halves(struct known_file *file)
{
    const struct unit_table *joined = file->joined;
    free(file->halves);
    file->halves_count = 0;
    file->first = NULL;
    file->halves = calloc(joined->units_count + 1, sizeof(*file->halves));
    if (!file->halves)
        return &error_out_of_memory;
    for (size_t i = 0; i < joined->units_count; i++) {
        struct unit *unit = &joined->units[i];
        const bool is_type_unit = unit->type_signature || unit->type_offset;
        if (is_type_unit)
            continue;
        file->first = file->first ? file->first : unit;
        file->halves[file->halves_count++] = (struct half){unit->dwo_id, unit};
    }
    qsort(file->halves, file->halves_count, sizeof(*file->halves), half_compare);
    return NULL;
}

// The skeleton's other half, if the file holds it; without an id it is the first unit. It may only be followed while the file is
// joined.
static struct unit *half_of(const struct unit *skeleton, const struct known_file *file)
{
    size_t low = 0, high = file->halves_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (file->halves[middle].id < skeleton->dwo_id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < file->halves_count && file->halves[low].id == skeleton->dwo_id)
        return file->halves[low].unit;
    return skeleton->dwo_id ? NULL : file->first;
}

// The file at that path, which is there, among those that are known.
static struct error *known_file_at(struct joining *joining, const char *path, struct known_file **file)
{
    struct stat status;
    *file = NULL;
    if (stat(path, &status) != 0)
        return NULL;
    vec_foreach (struct known_file *, one, &joining->known)
        if (one->inode == status.st_ino && one->device == status.st_dev) {
            *file = one;
            return NULL;
        }
    if (!vec_push(&joining->known, (struct known_file){.device = status.st_dev, .inode = status.st_ino}))
        return &error_out_of_memory;
    *file = &joining->known.data[joining->known.length - 1];
    return NULL;
}

// Declared files and the compilation's folder stand with the skeleton.
static void tie(const struct unit *skeleton, struct unit_table *joined, struct unit *half)
{
    for (size_t i = 0; i < joined->units_count; i++) {
        struct unit *unit = &joined->units[i];
        const bool is_type_unit = unit->type_signature || unit->type_offset;
        if (unit == half || (is_type_unit && !unit->skeleton && !joined->is_package))
            unit->skeleton = skeleton;
    }
}

static struct error *missing(struct joining *joining, const struct unit *skeleton, const char *why)
{
    joining->missing_count++;
    joining->first_missing = joining->first_missing ? joining->first_missing : skeleton->dwo_name;
    const char *line = arena_format(&joining->arena, "%s: the types of %s are missing: %s",
                                    joining->table->object->debug_path,
                                    skeleton->name ? skeleton->name : skeleton->dwo_name, why);
    if (!line)
        return &error_out_of_memory;
    notice_give(joining->notices, line);
    return NULL;
}

// Reads the file unless it is known already. Only a lack of memory is an error; what else is wrong stands in file->why.
static struct error *read_file(struct joining *joining, const char *path, struct known_file *file)
{
    struct error *error = join_object(joining, path, &file->joined);
    if (!error)
        return list_halves(file);
    if (error->code == ERROR_OUT_OF_MEMORY)
        return error;
    file->why = arena_format(&joining->arena, "%s", error->message);
    error_free(error);
    return file->why ? NULL : &error_out_of_memory;
}

// *half stays NULL where the file is not there, and where it does not hold the skeleton's half: *why says that then.
static struct error *try_place(struct joining *joining, const struct unit *skeleton, const char *path,
                               struct unit **half, const char **why)
{
    struct known_file *file;
    RETURN_IF_ERROR(known_file_at(joining, path, &file));
    if (!file)
        return NULL;
    const bool is_first_time = !file->joined;
    if (!file->why && !file->joined && (!file->halves || half_of(skeleton, file)))
        RETURN_IF_ERROR(read_file(joining, path, file));
    if (file->why) {
        *why = file->why;
        return NULL;
    }
    *half = file->joined ? half_of(skeleton, file) : NULL;
    if (*half && is_first_time)
        tie(skeleton, file->joined, *half);
    else if (*half)
        (*half)->skeleton = skeleton;
    if (*half)
        return NULL;
    if (file->joined && is_first_time) { // its types are another build's
        unit_table_leave(file->joined);
        leave_last_object(joining);
        file->joined = NULL;
    }
    *why = arena_format(&joining->arena, "%s is of another build", path);
    return *why ? NULL : &error_out_of_memory;
}

static struct error *find_half(struct joining *joining, const struct unit *skeleton)
{
    struct dwo_places places = {0};
    if (!joining->options->stay)
        list_places(joining, skeleton, &places);
    if (joining->arena.has_failed)
        return &error_out_of_memory;
    const char *why = NULL;
    for (size_t i = 0; i < places.count; i++) {
        struct unit *half = NULL;
        RETURN_IF_ERROR(try_place(joining, skeleton, places.paths[i], &half, &why));
        if (half)
            return NULL;
    }
    if (!why)
        why =
            arena_format(&joining->arena, "%s is not there (--dwo-dir names its folder)", skeleton->dwo_name);
    return why ? missing(joining, skeleton, why) : &error_out_of_memory;
}

// ---- packages --------------------------------------------------------------------------------------------

static int id_compare(const void *a, const void *b)
{
    const struct unit *left = *(struct unit *const *)a, *right = *(struct unit *const *)b;
    return (left->dwo_id > right->dwo_id) - (left->dwo_id < right->dwo_id);
}

// Ties the skeletons to a package's units and keeps those that it does not have.
static struct error *tie_package(struct joining *joining, struct unit_table *package)
{
    struct unit **halves = calloc(package->units_count + 1, sizeof(*halves));
    size_t count = 0, left = 0;
    if (!halves)
        return &error_out_of_memory;
    for (size_t i = 0; i < package->units_count; i++)
        if (package->units[i].dwo_id)
            halves[count++] = &package->units[i];
    qsort(halves, count, sizeof(*halves), id_compare);
    for (size_t i = 0; i < joining->skeletons_count; i++) {
        struct unit *skeleton = joining->skeletons[i];
        struct unit **half = bsearch(&skeleton, halves, count, sizeof(*halves), id_compare);
        if (half && skeleton->dwo_id)
            (*half)->skeleton = skeleton;
        else if (skeleton->dwo_id)
            joining->skeletons[left++] = skeleton;
    }
    joining->skeletons_count = left;
    free(halves);
    return NULL;
}

static struct error *join_package(struct joining *joining)
{
    const struct object *program = joining->table->object;
    const char *const names[] = {program->path, program->debug_path};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *path = arena_format(&joining->arena, "%s.dwp", names[i]);
        if (!path)
            return &error_out_of_memory;
        if (access(path, F_OK) != 0 || (i && !strcmp(names[0], names[i])))
            continue;
        struct unit_table *joined = NULL;
        struct error *error = join_object(joining, path, &joined);
        if (!error)
            return tie_package(joining, joined);
        if (error->code == ERROR_OUT_OF_MEMORY)
            return error;
        notice_give(joining->notices, error->message);
        error_free(error);
    }
    return NULL;
}

// ---- all -------------------------------------------------------------------------------------------------

static int place_compare(const void *a, const void *b)
{
    const struct unit *left = *(struct unit *const *)a, *right = *(struct unit *const *)b;
    if (left->table->rank != right->table->rank)
        return left->table->rank < right->table->rank ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static int name_compare(const void *a, const void *b)
{
    const struct unit *left = *(struct unit *const *)a, *right = *(struct unit *const *)b;
    const int by_name = strcmp(left->dwo_name, right->dwo_name);
    if (by_name)
        return by_name;
    const int by_folder = strcmp(left->folder ? left->folder : "", right->folder ? right->folder : "");
    return by_folder ? by_folder : place_compare(a, b);
}

// A file that several skeletons name is opened once.
static void keep_one_of_each(struct joining *joining)
{
    size_t kept = 0;
    qsort(joining->skeletons, joining->skeletons_count, sizeof(struct unit *), name_compare);
    for (size_t i = 0; i < joining->skeletons_count; i++) {
        const struct unit *one = joining->skeletons[i], *before = kept ? joining->skeletons[kept - 1] : NULL;
        if (!before || strcmp(one->dwo_name, before->dwo_name) ||
            strcmp(one->folder ? one->folder : "", before->folder ? before->folder : ""))
            joining->skeletons[kept++] = joining->skeletons[i];
    }
    joining->skeletons_count = kept;
    qsort(joining->skeletons, kept, sizeof(struct unit *), place_compare);
}

static size_t units_of(const struct unit_table *table)
{
    size_t count = 0;
    vec_foreach (struct unit_table **, one, table->all)
        count += (*one)->units_count;
    return count;
}

static struct error *join_all(struct joining *joining)
{
    struct unit_table *table = joining->table;
    const size_t tables_count = table->all->length;
    vec_foreach (struct unit_table **, one, table->all)
        for (size_t i = 0; i < (*one)->units_count; i++)
            if ((*one)->units[i].dwo_name)
                joining->skeletons[joining->skeletons_count++] = &(*one)->units[i];
    const size_t all = joining->skeletons_count;
    if (!all)
        return NULL;
    if (!joining->options->stay)
        RETURN_IF_ERROR(join_package(joining));
    keep_one_of_each(joining);
    for (size_t i = 0; i < joining->skeletons_count; i++)
        RETURN_IF_ERROR(find_half(joining, joining->skeletons[i]));
    if (table->all->length > tables_count || all < units_of(table) || !joining->missing_count)
        return NULL;
    return error_create(
        ERROR_NO_DEBUG,
        "%s: its types are in %zu .dwo files, none of which is there (%s): --dwo-dir names their folder",
        table->object->debug_path, joining->missing_count, joining->first_missing);
}

struct error *split_files_join(struct unit_table *table, const struct type_source_options *options,
                               struct notice_sink *notices, struct split_files *files)
{
    struct joining joining = {.table = table, .options = options, .notices = notices, .files = files};
    arena_init(&joining.arena);
    joining.skeletons = calloc(units_of(table) + 1, sizeof(*joining.skeletons));
    struct error *error = joining.skeletons ? join_all(&joining) : &error_out_of_memory;
    vec_foreach (struct known_file *, file, &joining.known)
        free(file->halves);
    vec_free(&joining.known);
    free(joining.skeletons);
    arena_free(&joining.arena);
    return error;
}

void split_files_free(struct split_files *files)
{
    vec_foreach (struct object **, object, &files->objects)
        object_close(*object);
    vec_free(&files->objects);
}
