// SPDX-License-Identifier: MIT
#include "object/bundle.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

static const char inside[] = "Contents/Resources/DWARF";

static void closedir_at(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static const char *inner_folder(const char *path, struct arena *arena)
{
    const size_t length = strlen(path);
    struct stat status;
    // A look that costs one call for whatever is no folder.
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return NULL;
    const char *folder =
        arena_format(arena, "%s%s%s", path, length && path[length - 1] == '/' ? "" : "/", inside);
    return folder && stat(folder, &status) == 0 && S_ISDIR(status.st_mode) ? folder : NULL;
}

bool bundle_is(const char *path)
{
    CLEANUP(arena_free) struct arena arena;
    arena_init(&arena);
    return inner_folder(path, &arena) != NULL;
}

// Whether the bundle `path` is called name.dSYM.
static bool has_name_of(const char *path, const char *name)
{
    size_t length = strlen(path);
    while (length && path[length - 1] == '/')
        length--;
    size_t start = length;
    while (start && path[start - 1] != '/')
        start--;
    const size_t name_bytes = strlen(name);
    return length - start == name_bytes + strlen(".dSYM") && !strncmp(path + start, name, name_bytes);
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

struct error *bundle_file(const char *path, struct arena *arena, const char **file)
{
    enum { FILES_MOST = 1000 };
    *file = NULL;
    const char *folder = inner_folder(path, arena), *only = NULL, *other = NULL;
    if (!folder)
        return arena->has_failed ? &error_out_of_memory : NULL;
    CLEANUP(closedir_at) DIR *entries = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;
    while (entries && count < FILES_MOST && (entry = readdir(entries)) != NULL) {
        const char *inner = arena_format(arena, "%s/%s", folder, entry->d_name);
        if (!inner)
            return &error_out_of_memory;
        if (*entry->d_name == '.' || !is_file(inner))
            continue;
        if (has_name_of(path, entry->d_name)) {
            *file = inner;
            return NULL;
        }
        other = only ? inner : other;
        only = only ? only : inner;
        count++;
    }
    if (!only)
        return error_create(ERROR_NOT_FOUND, "%s: a bundle without a file in %s", path, inside);
    if (other)
        return error_create(ERROR_USAGE, "%s: a bundle of %zu files: name one, %s or %s", path, count,
                            strcmp(only, other) < 0 ? only : other, strcmp(only, other) < 0 ? other : only);
    *file = only;
    return NULL;
}
