// SPDX-License-Identifier: MIT
#include "source/file_set.h"

#include "object/bundle.h"
#include "object/core_libraries.h"
#include "object/recognize.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- files already taken, by device and inode -----------------------------------------------------------

struct seen_file {
    dev_t device;
    ino_t inode;
    bool is_used;
};

struct taken {
    struct seen_file *slots; // open addressing; a power of two of them
    size_t capacity, count;
};

static struct seen_file *slot_of(const struct taken *taken, dev_t device, ino_t inode)
{
    const uint64_t hash = ((uint64_t)inode * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)device;
    for (size_t i = (size_t)(hash ^ hash >> 32);; i++) {
        struct seen_file *slot = &taken->slots[i & (taken->capacity - 1)];
        if (!slot->is_used || (slot->device == device && slot->inode == inode))
            return slot;
    }
}

static bool taken_grow(struct taken *taken)
{
    const struct taken old = *taken;
    struct taken grown = {.capacity = old.capacity ? 2 * old.capacity : 64, .count = old.count};
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].is_used)
            *slot_of(&grown, old.slots[i].device, old.slots[i].inode) = old.slots[i];
    free(old.slots);
    *taken = grown;
    return true;
}

// *is_new: it was not there yet.
static struct error *taken_add(struct taken *taken, const struct stat *status, bool *is_new)
{
    if (2 * taken->count >= taken->capacity && !taken_grow(taken))
        return &error_out_of_memory;
    struct seen_file *slot = slot_of(taken, status->st_dev, status->st_ino);
    *is_new = !slot->is_used;
    taken->count += *is_new;
    *slot = (struct seen_file){status->st_dev, status->st_ino, true};
    return NULL;
}

// ---- one folder ------------------------------------------------------------------------------------------

struct expanding {
    struct file_set *set;
    const char *folder; // as it was named
    struct taken taken;
};

static struct error *add_file(struct file_set *set, const char *path, const char *folder)
{
    struct file_set_file file = {.path = arena_copy_text(&set->arena, path, strlen(path)), .folder = folder};
    return file.path && vec_push(&set->files, file) ? NULL : &error_out_of_memory;
}

// Of a file in a folder. One that cannot be opened is a problem; it went away meanwhile: it is not there.
static struct error *consider_file(struct expanding *expanding, const char *path)
{
    struct file_set *set = expanding->set;
    struct stat status;
    bool is_new = true, is_readable = false;
    // Whatever it has become since the folder was read: a FIFO without O_NONBLOCK would hang the opening.
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 && errno == ENOENT)
        return NULL;
    if (descriptor < 0) {
        notices_add_error(&set->problems, error_system(errno, "%s", path));
        return NULL;
    }
    struct error *error = NULL;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        error = taken_add(&expanding->taken, &status, &is_new);
        if (!error && is_new)
            error = recognize_file(descriptor, &is_readable);
        set->others += !error && is_new && !is_readable;
    }
    close(descriptor);
    return !error && is_readable ? add_file(set, path, expanding->folder) : error;
}

// Links to folders are not followed, those to anything else are.
static bool leads_to_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

enum { DEPTH_MOST = 512 };

static struct error *consider(struct expanding *expanding, FTS *walk, FTSENT *entry)
{
    struct notices *problems = &expanding->set->problems;
    switch (entry->fts_info) {
    case FTS_F:
        return consider_file(expanding, entry->fts_path);
    case FTS_SL:
        return leads_to_file(entry->fts_path) ? consider_file(expanding, entry->fts_path) : NULL;
    case FTS_D:
        if (entry->fts_level > DEPTH_MOST) {
            notices_add(problems, "%s: deeper than %d folders, passed over", entry->fts_path, DEPTH_MOST);
            fts_set(walk, entry, FTS_SKIP);
        }
        return NULL;
    case FTS_DNR:
        if (entry->fts_level == 0)
            return error_system(entry->fts_errno, "%s", entry->fts_path);
        notices_add_error(problems, error_system(entry->fts_errno, "%s", entry->fts_path));
        return NULL;
    case FTS_ERR:
    case FTS_NS:
        if (entry->fts_errno != ENOENT)
            notices_add_error(problems, error_system(entry->fts_errno, "%s", entry->fts_path));
        return NULL;
    default: // behind a folder; devices, sockets, FIFOs; a circle of folders
        return NULL;
    }
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static struct error *walk_folder(struct expanding *expanding)
{
    // "build/" and "build" are one folder to fts, and "build//main.o" would not be nice to read.
    size_t length = strlen(expanding->folder);
    while (length > 1 && expanding->folder[length - 1] == '/')
        length--;
    char *root = arena_copy_text(&expanding->set->arena, expanding->folder, length);
    if (!root)
        return &error_out_of_memory;
    char *roots[] = {root, NULL};
    errno = 0;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!walk)
        return error_system(errno, "%s", expanding->folder);
    struct error *error = NULL;
    while (!error) {
        errno = 0;
        FTSENT *entry = fts_read(walk);
        if (!entry) {
            if (errno)
                error = error_system(errno, "%s", expanding->folder);
            break;
        }
        error = consider(expanding, walk, entry);
    }
    fts_close(walk);
    return error;
}

// A core that cannot be read says so when it is read itself.
static struct error *add_libraries(struct file_set *set, const char *core,
                                   const struct object_options *options)
{
    struct core_libraries libraries;
    struct error *error = core_libraries_read(core, options, &libraries);
    if (error && error->code != ERROR_OUT_OF_MEMORY) {
        error_free(error);
        error = NULL;
    }
    if (libraries.is_core) {
        set->folders_count++;
        set->cores_count++;
        set->folder = core;
    }
    vec_foreach (const struct core_library *, library, &libraries.list)
        if (!error && library->found)
            error = add_file(set, library->found, core);
        else if (!error)
            notices_add(&set->problems, "%s", library->why);
    core_libraries_free(&libraries);
    return error;
}

struct error *file_set_expand(const char *const *paths, size_t count, const struct object_options *libraries,
                              struct file_set *set)
{
    *set = (struct file_set){0};
    arena_init(&set->arena);
    struct expanding expanding = {.set = set};
    struct error *error = NULL;
    for (size_t i = 0; i < count && !error; i++) {
        struct stat status;
        if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode) && !bundle_is(paths[i])) {
            set->folders_count++;
            set->folder = paths[i];
            expanding.folder = paths[i];
            error = walk_folder(&expanding);
        } else {
            error = add_file(set, paths[i], NULL);
            if (!error && libraries)
                error = add_libraries(set, paths[i], libraries);
        }
    }
    free(expanding.taken.slots);
    if (!error && set->problems.is_incomplete)
        error = &error_out_of_memory;
    return error;
}

void file_set_free(struct file_set *set)
{
    vec_free(&set->files);
    notices_free(&set->problems);
    arena_free(&set->arena);
}
