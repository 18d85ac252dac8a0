// SPDX-License-Identifier: MIT
#include "object/core_libraries.h"

#include "object/core_program.h"
#include "object/debug_link.h"

#include <elf.h>
#include <string.h>

struct gathering {
    const struct image *core;
    const struct debug_places *places;
    struct core_libraries *libraries;
    bool fails; // memory is short
};

static const char *missing_line(struct arena *arena, const struct core_program *library,
                                const struct notices *warnings)
{
    if (!library->build_id.size_bytes)
        return arena_format(arena,
                            "%s: a library of the core, which does not tell its build-id: name it itself",
                            library->path);
    if (warnings->lines.length)
        return arena_format(arena, "%s: a library of the core; %s", library->path,
                            warnings->lines.data[warnings->lines.length - 1]);
    return arena_format(arena, "%s: a library of the core: neither it nor its debug file is here",
                        library->path);
}

static bool is_gathered(const struct core_libraries *libraries, const char *path)
{
    vec_foreach (const struct core_library *, library, &libraries->list)
        if (!strcmp(library->path, path))
            return true;
    return false;
}

static void gather(void *context, const struct core_program *library)
{
    struct gathering *gathering = context;
    struct core_libraries *libraries = gathering->libraries;
    struct notices warnings = {0};
    struct image *found = NULL;
    if (gathering->fails || is_gathered(libraries, library->path))
        return;
    if (library->build_id.size_bytes)
        debug_link_find_program(gathering->core, library->path, library->build_id, gathering->places,
                                &warnings, &found);
    struct arena *arena = &libraries->arena;
    const struct core_library one = {.path = arena_copy_text(arena, library->path, strlen(library->path)),
                                     .found = found ? arena_copy_text(arena, found->path, strlen(found->path))
                                                    : NULL,
                                     .why = found ? NULL : missing_line(arena, library, &warnings)};
    gathering->fails |= arena->has_failed || warnings.is_incomplete || !vec_push(&libraries->list, one);
    image_close(found);
    notices_free(&warnings);
}

struct error *core_libraries_read(const char *path, const struct object_options *options,
                                  struct core_libraries *libraries)
{
    *libraries = (struct core_libraries){0};
    arena_init(&libraries->arena);
    CLEANUP(image_close_at) struct image *core = NULL;
    RETURN_IF_ERROR(image_open_input(path, NULL, &core));
    libraries->is_core = core->type == ET_CORE;
    if (!libraries->is_core)
        return NULL;
    const struct debug_places places =
        debug_places_of(options ? options->debug_folders : NULL, options && options->fetch,
                        options ? options->progress : NULL);
    struct gathering gathering = {.core = core, .places = &places, .libraries = libraries};
    core_each_library(core, gather, &gathering);
    return gathering.fails ? &error_out_of_memory : NULL;
}

void core_libraries_free(struct core_libraries *libraries)
{
    vec_free(&libraries->list);
    arena_free(&libraries->arena);
}
