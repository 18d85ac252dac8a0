// SPDX-License-Identifier: MIT
#include "source/split_places.h"

#include "base/attributes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

// "./" before a bare name: "-" is a file here, not the standard input.
static const char *beside(struct arena *arena, const char *file, const char *name)
{
    const int length = (int)(base_name(file) - file);
    return arena_format(arena, "%s%.*s%s", length ? "" : "./", length, file, name);
}

static void places_make(struct arena *arena, size_t most, struct split_places *places)
{
    *places = (struct split_places){.paths = arena_alloc_array(arena, most, sizeof(*places->paths))};
    places->most = places->paths ? most : 0;
}

// NULL, where memory was short, is left out: the arena says so.
static void add_place(struct split_places *places, const char *path)
{
    if (path && places->count < places->most)
        places->paths[places->count++] = path;
}

static size_t count_of(const char *const *folders)
{
    size_t count = 0;
    while (folders && folders[count])
        count++;
    return count;
}

// ---- a .dwo ----------------------------------------------------------------------------------------------

enum { ENDS_MOST = 16, OTHERS_MOST = 6 };

// The path and its ends, the longest first: "a/b/c", "b/c", "c".
static void add_ends(struct arena *arena, const char *folder, const char *path, struct split_places *places)
{
    const char *ends[ENDS_MOST];
    size_t count = 0;
    for (const char *end = path; end && count < ENDS_MOST; end = strchr(end, '/')) {
        while (*end == '/')
            end++;
        ends[count++] = end;
    }
    for (size_t i = 0; i < count; i++)
        add_place(places, join_path(arena, folder, ends[i]));
    if (count == ENDS_MOST &&
        ends[count - 1] != base_name(path)) // the middle of a very deep path is left out
        add_place(places, join_path(arena, folder, base_name(path)));
}

void split_places_of_unit(const struct object *program, const struct unit *skeleton,
                          const char *const *folders, struct arena *arena, struct split_places *places)
{
    const char *name = skeleton->dwo_name, *compiled_in = skeleton->folder;
    const bool is_absolute = *name == '/';
    const char *whole = is_absolute || !compiled_in ? name : join_path(arena, compiled_in, name);
    places_make(arena, count_of(folders) * (ENDS_MOST + 2) + OTHERS_MOST, places);
    for (; whole && folders && *folders; folders++) {
        if (!is_absolute) // which may begin with "..", and then is no end of the whole
            add_place(places, join_path(arena, *folders, name));
        add_ends(arena, *folders, whole, places);
    }
    if (is_absolute || compiled_in)
        add_place(places, whole);
    if (!is_absolute && compiled_in && *compiled_in != '/' && whole) // what -ffile-prefix-map leaves of it
        add_place(places, beside(arena, object_program_path(program), whole));
    if (!is_absolute)
        add_place(places, beside(arena, object_program_path(program), name));
    add_place(places, beside(arena, object_program_path(program), base_name(name)));
    if (program->has_both) // clang's -gsplit-dwarf=single names the file itself, which may have moved
        add_place(places, program->debug_path);
}

// ---- a .dwp ----------------------------------------------------------------------------------------------

static const char *package_name(struct arena *arena, const char *file)
{
    return arena_format(arena, "%s.dwp", file);
}

// "a.debug" ─► "a.dwp"
static const char *package_without_debug(struct arena *arena, const char *file)
{
    static const char ending[] = ".debug";
    const size_t length = strlen(file), ending_bytes = sizeof(ending) - 1;
    const bool has_it = length > ending_bytes && !strcmp(file + length - ending_bytes, ending);
    return has_it ? arena_format(arena, "%.*s.dwp", (int)(length - ending_bytes), file) : NULL;
}

static const char *package_by_build_id(struct arena *arena, const char *folder, const struct object *program)
{
    char text[2 * sizeof(program->build_id) + 1] = "";
    static const char digits[] = "0123456789abcdef";
    if (program->build_id_size_bytes < 2)
        return NULL;
    for (size_t i = 0; i < program->build_id_size_bytes && i < sizeof(program->build_id); i++) {
        text[2 * i] = digits[program->build_id[i] >> 4];
        text[2 * i + 1] = digits[program->build_id[i] & 15];
    }
    return arena_format(arena, "%s/.build-id/%.2s/%s.dwp", folder, text, text + 2);
}

void split_places_of_package(const struct object *program, const char *const *dwo_folders,
                             const char *const *debug_folders, struct arena *arena,
                             struct split_places *places)
{
    static const char *const system_folders[] = {"/usr/lib/debug", NULL};
    const char *path = object_program_path(program);
    char *real = realpath(path, NULL);
    const char *files[] = {path, real, program->debug_path};
    debug_folders = debug_folders ? debug_folders : system_folders;
    places_make(arena, 2 * ARRAY_LENGTH(files) + 2 * count_of(dwo_folders) + 2 * count_of(debug_folders),
                places);
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        if (files[i] && (!i || strcmp(files[i], files[0]) != 0)) {
            add_place(places, package_name(arena, files[i]));
            add_place(places, package_without_debug(arena, files[i]));
        }
    for (; dwo_folders && *dwo_folders; dwo_folders++) {
        const char *here = join_path(arena, *dwo_folders, base_name(path));
        add_place(places, here ? package_name(arena, here) : NULL);
        add_place(places, here ? package_without_debug(arena, here) : NULL);
    }
    for (; *debug_folders; debug_folders++) {
        add_place(places, package_by_build_id(arena, *debug_folders, program));
        if (real)
            add_place(places, arena_format(arena, "%s%s.dwp", *debug_folders, real));
    }
    free(real);
}
