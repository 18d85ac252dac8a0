// SPDX-License-Identifier: MIT
#include "source/split_files.h"

#include "base/arena.h"
#include "base/attributes.h"
#include "base/slices.h"
#include "base/slots.h"
#include "source/split_places.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// A unit of a .dwo that may be a skeleton's other half.
struct half {
    uint64_t id;
    struct unit *unit;
};

// A file that skeletons led to, known by its inode: a program can name one by a hundred thousand different paths, and it is read once.
//
//     unread ── file_read, on any thread ──► a part of its own, or why not ── a skeleton's half is in it ──► joined
struct known_file {
    dev_t device;
    ino_t inode;
    const char *path; // where it was found first
    bool is_read, is_joined;
    struct error *problem; // it cannot be read
    struct object *object;
    struct unit_table *part;
    struct half *halves; // ascending by id
    size_t halves_count;
    struct unit *first; // in the file's order
};

// The skeletons that name one file: those of a program optimised as a whole, for one, have all their other halves in one.
struct skeleton_group {
    size_t first, count;          // in `skeletons`
    size_t place;                 // the first of its places where there is a file, or their number
    struct known_file *candidate; // that file; NULL: none
};

struct joining {
    struct unit_table *table;
    const struct type_source_options *options;
    struct notice_sink *notices;
    struct split_files *files;
    struct arena arena;  // known files and their paths
    struct arena places; // of one group
    struct unit **skeletons;
    size_t skeletons_count, groups_count, missing_count;
    struct skeleton_group *groups;
    const char *first_missing;
    VEC(struct known_file *) known; // in the order in which they were found
    struct known_file **slots;      // of `known`, by inode
    size_t slots_count;
};

// ---- files -----------------------------------------------------------------------------------------------

static size_t slot_of(const struct joining *joining, dev_t device, ino_t inode)
{
    const uint64_t mixed = ((uint64_t)inode ^ (uint64_t)device << 40) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(mixed >> 32) & (joining->slots_count - 1);
    for (const struct known_file *file; (file = joining->slots[slot]) != NULL;
         slot = (slot + 1) & (joining->slots_count - 1))
        if (file->inode == inode && file->device == device)
            break;
    return slot;
}

static bool grow_slots(struct joining *joining)
{
    struct known_file **before = joining->slots;
    const size_t grown = joining->slots_count ? joining->slots_count * 2 : 64;
    struct known_file **slots = slots_alloc(grown, sizeof(*slots));
    if (!slots)
        return false;
    joining->slots = slots;
    joining->slots_count = grown;
    vec_foreach (struct known_file **, file, &joining->known)
        joining->slots[slot_of(joining, (*file)->device, (*file)->inode)] = *file;
    free(before);
    return true;
}

// The file at that path among those that are known; *file is NULL where none is.
static struct error *known_file_at(struct joining *joining, const char *path, struct known_file **file)
{
    struct stat status;
    *file = NULL;
    if (stat(path, &status) != 0)
        return NULL;
    if (joining->known.length * 2 >= joining->slots_count && !grow_slots(joining))
        return &error_out_of_memory;
    struct known_file **slot = &joining->slots[slot_of(joining, status.st_dev, status.st_ino)];
    if (!*slot) {
        struct known_file *added = arena_alloc(&joining->arena, sizeof(*added));
        if (!added || !vec_push(&joining->known, added))
            return &error_out_of_memory;
        *slot = added;
        *added = (struct known_file){.device = status.st_dev,
                                     .inode = status.st_ino,
                                     .path = arena_copy_text(&joining->arena, path, strlen(path))};
        if (!added->path)
            return &error_out_of_memory;
        // A pipe would be waited for.
        if (!S_ISREG(status.st_mode)) {
            added->is_read = true;
            added->problem = error_create(ERROR_BAD_FORMAT, "%s: not a regular file", path);
        }
    }
    *file = *slot;
    return NULL;
}

static int half_compare(const void *a, const void *b)
{
    const struct half *left = a, *right = b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (left->unit->number > right->unit->number) - (left->unit->number < right->unit->number);
}

static bool is_type_unit(const struct unit *unit)
{
    return unit->type_signature || unit->type_offset;
}

static struct error *list_halves(struct known_file *file)
{
    struct unit_table *part = file->part;
    file->halves = calloc(part->units_count + 1, sizeof(*file->halves));
    if (!file->halves)
        return &error_out_of_memory;
    for (size_t i = 0; i < part->units_count; i++) {
        struct unit *unit = &part->units[i];
        if (is_type_unit(unit))
            continue;
        file->first = file->first ? file->first : unit;
        file->halves[file->halves_count++] = (struct half){unit->dwo_id, unit};
    }
    qsort(file->halves, file->halves_count, sizeof(*file->halves), half_compare);
    return NULL;
}

static struct error *file_open(const struct joining *joining, unsigned threads, struct known_file *file)
{
    const struct object_options options = {
        .any_expansion = joining->options->any_expansion, .stay = true, .threads = threads};
    const struct object *program = joining->table->object;
    RETURN_IF_ERROR(object_open(file->path, &options, &file->object));
    const struct object *object = file->object;
    if (object->elf_machine != program->elf_machine || object->address_bits != program->address_bits ||
        object->big_endian != program->big_endian)
        return error_create(ERROR_UNSUPPORTED, "%s is of another machine", file->path);
    if (!object->is_split) // the program itself, for one: its skeletons would be their own other halves
        return error_create(ERROR_BAD_FORMAT, "%s is no .dwo file", file->path);
    RETURN_IF_ERROR(unit_table_read_part(joining->table, object, &file->part));
    return list_halves(file);
}

static void file_close(struct known_file *file)
{
    if (file->is_joined)
        return;
    unit_table_discard_part(file->part);
    object_close(file->object);
    file->part = NULL;
    file->object = NULL;
}

// Reads the file unless it was read. Different files: on any thread.
static void file_read(const struct joining *joining, unsigned threads, struct known_file *file)
{
    if (file->is_read)
        return;
    file->is_read = true;
    file->problem = file_open(joining, threads, file);
    if (file->problem)
        file_close(file);
}

// The object first: where it is lost, the table, which borrows from it, is not joined.
static struct error *file_join(struct joining *joining, struct known_file *file)
{
    if (file->is_joined)
        return NULL;
    if (!vec_reserve(&joining->files->objects, 1))
        return &error_out_of_memory;
    RETURN_IF_ERROR(unit_table_join_part(joining->table, file->part));
    (void)vec_push(&joining->files->objects, file->object); // there is room
    file->is_joined = true;
    return NULL;
}

// ---- skeletons and their other halves ----------------------------------------------------------------------

// Without an id it is the first unit. NULL: the file does not hold it.
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

// Declared files, the compilation's folder and the list of addresses stand with the skeleton. The file's type units have those of the
// first one.
static void tie(const struct unit *skeleton, struct known_file *file, struct unit *half)
{
    const bool is_first = !file->is_joined;
    for (size_t i = 0; is_first && !file->part->is_package && i < file->part->units_count; i++)
        if (is_type_unit(&file->part->units[i]))
            file->part->units[i].skeleton = skeleton;
    half->skeleton = skeleton;
}

static struct error *missing(struct joining *joining, const struct unit *skeleton, const char *why)
{
    joining->missing_count++;
    joining->first_missing = joining->first_missing ? joining->first_missing : skeleton->dwo_name;
    const char *line = arena_format(&joining->places, "%s: the types of %s are missing: %s",
                                    joining->table->object->debug_path,
                                    skeleton->name ? skeleton->name : skeleton->dwo_name, why);
    if (!line)
        return &error_out_of_memory;
    notice_give(joining->notices, line);
    return NULL;
}

// *half stays NULL where the file does not hold the skeleton's half: *why says that then.
static struct error *try_file(struct joining *joining, const struct unit *skeleton, struct known_file *file,
                              struct unit **half, const char **why)
{
    file_read(joining, joining->options->threads, file);
    if (file->problem) {
        *why = file->problem->message;
        return file->problem->code == ERROR_OUT_OF_MEMORY ? &error_out_of_memory : NULL;
    }
    *half = half_of(skeleton, file);
    if (*half) {
        tie(skeleton, file, *half);
        return file_join(joining, file);
    }
    *why = arena_format(&joining->places, "%s is of another build", file->path);
    return *why ? NULL : &error_out_of_memory;
}

// The same at the first of the group's places that has it.
static struct error *find_half(struct joining *joining, const struct skeleton_group *group,
                               const struct split_places *places, const struct unit *skeleton,
                               struct unit **half, const char **why)
{
    for (size_t i = group->place; i < places->count && !*half; i++) {
        struct known_file *file = group->candidate;
        if (i > group->place)
            RETURN_IF_ERROR(known_file_at(joining, places->paths[i], &file));
        if (file)
            RETURN_IF_ERROR(try_file(joining, skeleton, file, half, why));
    }
    return NULL;
}

static void list_places(struct joining *joining, const struct skeleton_group *group,
                        struct split_places *places)
{
    *places = (struct split_places){0};
    arena_reset(&joining->places);
    if (!joining->options->stay)
        split_places_of_unit(joining->table->object, joining->skeletons[group->first],
                             joining->options->dwo_folders, &joining->places, places);
}

// Ties the skeletons of a group. One line tells of them what is missing.
static struct error *join_group(struct joining *joining, const struct skeleton_group *group)
{
    struct split_places places;
    const struct unit *lost = NULL;
    const char *lost_why = NULL;
    list_places(joining, group, &places);
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const struct unit *skeleton = joining->skeletons[i];
        struct unit *half = NULL;
        const char *why = NULL;
        RETURN_IF_ERROR(find_half(joining, group, &places, skeleton, &half, &why));
        if (!half && !lost) {
            lost = skeleton;
            lost_why = why;
        }
    }
    if (lost && !lost_why)
        lost_why =
            arena_format(&joining->places, "%s is not there (--dwo-dir names its folder)", lost->dwo_name);
    if (joining->places.has_failed)
        return &error_out_of_memory;
    return lost ? missing(joining, lost, lost_why) : NULL;
}

// ---- packages --------------------------------------------------------------------------------------------

// Ties the skeletons to a package's units and keeps those that it does not have.
static struct error *tie_package(struct joining *joining, struct known_file *package)
{
    size_t left = 0;
    const size_t before = joining->skeletons_count;
    for (size_t i = 0; i < before; i++) {
        struct unit *skeleton = joining->skeletons[i];
        struct unit *half = skeleton->dwo_id ? half_of(skeleton, package) : NULL;
        if (half)
            half->skeleton = skeleton;
        else
            joining->skeletons[left++] = skeleton;
    }
    joining->skeletons_count = left;
    return left < before ? file_join(joining, package) : NULL;
}

static struct error *join_packages(struct joining *joining)
{
    const struct type_source_options *options = joining->options;
    struct split_places places;
    arena_reset(&joining->places);
    split_places_of_package(joining->table->object, options->dwo_folders, options->debug_folders,
                            &joining->places, &places);
    for (size_t i = 0; i < places.count && joining->skeletons_count; i++) {
        struct known_file *file;
        RETURN_IF_ERROR(known_file_at(joining, places.paths[i], &file));
        if (!file || file->is_read)
            continue;
        file_read(joining, options->threads, file);
        if (!file->problem)
            RETURN_IF_ERROR(tie_package(joining, file));
        else if (file->problem->code == ERROR_OUT_OF_MEMORY)
            return &error_out_of_memory;
        const char *line = file->problem
                               ? file->problem->message
                               : arena_format(&joining->places, "%s is of another build", file->path);
        if (!file->is_joined && line)
            notice_give(joining->notices, line);
    }
    return joining->places.has_failed ? &error_out_of_memory : NULL;
}

// ---- all -------------------------------------------------------------------------------------------------

static int place_compare(const struct unit *left, const struct unit *right)
{
    if (left->table->rank != right->table->rank)
        return left->table->rank < right->table->rank ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static int text_compare(const char *left, const char *right)
{
    return left == right ? 0 : strcmp(left ? left : "", right ? right : "");
}

static int name_compare(const struct unit *left, const struct unit *right)
{
    const int by_name = text_compare(left->dwo_name, right->dwo_name);
    return by_name ? by_name : text_compare(left->folder, right->folder);
}

static int skeleton_compare(const void *a, const void *b)
{
    const struct unit *left = *(struct unit *const *)a, *right = *(struct unit *const *)b;
    const int by_name = name_compare(left, right);
    return by_name ? by_name : place_compare(left, right);
}

// Sorted back into the program's order, so that the files' ranks are in that.
struct ordered_group {
    const struct unit *skeleton; // its first
    struct skeleton_group group;
};

static int group_compare(const void *a, const void *b)
{
    const struct ordered_group *left = a, *right = b;
    return place_compare(left->skeleton, right->skeleton);
}

static struct error *make_groups(struct joining *joining)
{
    const size_t count = joining->skeletons_count;
    struct ordered_group *ordered = calloc(count + 1, sizeof(*ordered));
    joining->groups = calloc(count + 1, sizeof(*joining->groups));
    if (!ordered || !joining->groups) {
        free(ordered);
        return &error_out_of_memory;
    }
    qsort(joining->skeletons, count, sizeof(struct unit *), skeleton_compare);
    for (size_t i = 0; i < count; i++) {
        const bool is_same = i && name_compare(joining->skeletons[i - 1], joining->skeletons[i]) == 0;
        if (!is_same)
            ordered[joining->groups_count++] = (struct ordered_group){joining->skeletons[i], {.first = i}};
        ordered[joining->groups_count - 1].group.count++;
    }
    qsort(ordered, joining->groups_count, sizeof(*ordered), group_compare);
    for (size_t i = 0; i < joining->groups_count; i++)
        joining->groups[i] = ordered[i].group;
    free(ordered);
    return NULL;
}

static struct error *find_candidates(struct joining *joining)
{
    for (size_t i = 0; i < joining->groups_count; i++) {
        struct skeleton_group *group = &joining->groups[i];
        struct split_places places;
        list_places(joining, group, &places);
        for (; group->place < places.count && !group->candidate; group->place += !group->candidate)
            RETURN_IF_ERROR(known_file_at(joining, places.paths[group->place], &group->candidate));
        if (joining->places.has_failed)
            return &error_out_of_memory;
    }
    return NULL;
}

static void known_read(void *context, size_t number)
{
    const struct joining *joining = context;
    file_read(joining, 1, joining->known.data[number]);
}

static size_t units_of(const struct unit_table *table)
{
    size_t count = 0;
    vec_foreach (struct unit_table **, one, table->all)
        count += (*one)->units_count;
    return count;
}

// Nobody can open a file of a longer name, and to compare a hundred thousand of megabytes would take hours.
static bool name_is_fit(const struct unit *skeleton)
{
    return strnlen(skeleton->dwo_name, PATH_MAX) < PATH_MAX &&
           (!skeleton->folder || strnlen(skeleton->folder, PATH_MAX) < PATH_MAX);
}

static void collect_skeletons(struct joining *joining)
{
    vec_foreach (struct unit_table **, one, joining->table->all)
        for (size_t i = 0; i < (*one)->units_count; i++) {
            struct unit *unit = &(*one)->units[i];
            if (unit->dwo_name && name_is_fit(unit)) {
                joining->skeletons[joining->skeletons_count++] = unit;
            } else if (unit->dwo_name) {
                joining->missing_count++;
                joining->first_missing = "its name is longer than a path may be";
                notice_give(joining->notices,
                            "the name of a .dwo file is longer than a path may be: its types are missing");
            }
        }
}

static struct error *join_all(struct joining *joining)
{
    struct unit_table *table = joining->table;
    const size_t tables_count = table->all->length;
    collect_skeletons(joining);
    const size_t all = joining->skeletons_count + joining->missing_count;
    if (!all)
        return NULL;
    if (!joining->options->stay)
        RETURN_IF_ERROR(join_packages(joining));
    RETURN_IF_ERROR(make_groups(joining));
    RETURN_IF_ERROR(find_candidates(joining));
    slices_run(joining->known.length, joining->options->threads, known_read, joining);
    for (size_t i = 0; i < joining->groups_count; i++)
        RETURN_IF_ERROR(join_group(joining, &joining->groups[i]));
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
    arena_init(&joining.places);
    joining.skeletons = calloc(units_of(table) + 1, sizeof(*joining.skeletons));
    struct error *error = joining.skeletons ? join_all(&joining) : &error_out_of_memory;
    vec_foreach (struct known_file **, file, &joining.known) {
        file_close(*file);
        error_free((*file)->problem);
        free((*file)->halves);
    }
    vec_free(&joining.known);
    free(joining.slots);
    free(joining.groups);
    free(joining.skeletons);
    arena_free(&joining.places);
    arena_free(&joining.arena);
    return error;
}

void split_files_free(struct split_files *files)
{
    vec_foreach (struct object **, object, &files->objects)
        object_close(*object);
    vec_free(&files->objects);
}
