// SPDX-License-Identifier: MIT
#include "watch/live_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_rows(const void *left, const void *right)
{
    const struct live_map_row *a = left, *b = right;
    if (a->figures.held_bytes != b->figures.held_bytes)
        return a->figures.held_bytes < b->figures.held_bytes ? 1 : -1;
    return strcmp(a->path, b->path);
}

// Nil maps are left out: there is nothing to see; and maps whose type is not known.
static bool add_rows(struct live_program *live, struct map_look *look, struct map_texts *texts)
{
    for (size_t i = 0; i < look->maps.length; i++) {
        const struct map_found *found = &look->maps.data[i];
        if (found->survey.address && !found->type && !vec_push(&live->untyped, found->survey.address))
            return false;
        if (!found->survey.address || !found->type)
            continue;
        char place[32];
        snprintf(place, sizeof(place), "0x%llx", (unsigned long long)found->survey.address);
        const char *path = found->path == PATH_NONE ? arena_copy_text(&live->names, place, strlen(place))
                                                    : path_text(&look->steps, found->path, texts,
                                                                map_looker_pages(live->looker), &live->names);
        const char *type = found->survey.shape->name;
        const struct live_map_row row = {.path = path,
                                         .type_name = type ? type : "map",
                                         .type = found->type,
                                         .address = found->survey.address,
                                         .figures = found->survey.figures};
        if (!path || !vec_push(&live->rows, row))
            return false;
    }
    if (live->rows.length)
        qsort(live->rows.data, live->rows.length, sizeof(*live->rows.data), compare_rows);
    return true;
}

struct error *live_program_look(struct live_program *live)
{
    struct map_look look;
    struct map_texts *texts;
    live->rows.length = live->untyped.length = 0;
    arena_free(&live->names);
    RETURN_IF_ERROR(map_texts_open(live->program->maker, &texts));
    struct error *error = map_looker_look(live->looker, &look);
    if (!error) {
        error = add_rows(live, &look, texts) ? NULL : &error_out_of_memory;
        map_look_free(&look);
    }
    map_texts_close(texts);
    return error;
}

struct error *live_program_open(struct live_program *live, const char *name, bool is_core,
                                const struct go_program_options *options, struct notice_sink *notices)
{
    *live = (struct live_program){.is_core = is_core};
    arena_init(&live->names);
    const char *slash = is_core ? strrchr(name, '/') : NULL;
    snprintf(live->name, sizeof(live->name), "%s%s", is_core ? "" : "pid ", slash ? slash + 1 : name);
    RETURN_IF_ERROR(go_program_open(name, options, notices, &live->program));
    struct go_program *program = live->program;
    const struct memory_target *target = program->target;
    live->is_replay = target->history && !target->under;
    if (live->is_replay) { // as it was a process
        live->is_core = false;
        snprintf(live->name, sizeof(live->name), "pid %u", target->recorded.pid);
    }
    live_schedule_read(&live->schedule, program);
    RETURN_IF_ERROR(map_looker_open(program, NULL, &live->looker));
    return live_program_look(live);
}

void live_program_close(struct live_program *live)
{
    vec_free(&live->rows);
    vec_free(&live->untyped);
    arena_free(&live->names);
    map_looker_close(live->looker);
    go_program_close(live->program);
}

size_t live_program_at(const struct live_program *live, uint64_t address)
{
    for (size_t i = 0; i < live->rows.length; i++)
        if (live->rows.data[i].address == address)
            return i;
    return SIZE_MAX;
}

bool live_program_has_untyped(const struct live_program *live, const char *path)
{
    const uint64_t address = !strncmp(path, "0x", 2) ? strtoull(path, NULL, 16) : 0;
    vec_foreach (const uint64_t *, untyped, &live->untyped)
        if (*untyped == address)
            return true;
    return false;
}

size_t live_program_find(const struct live_program *live, const char *path)
{
    if (!strncmp(path, "0x", 2))
        return live_program_at(live, strtoull(path, NULL, 16));
    for (size_t i = 0; i < live->rows.length; i++)
        if (!strcmp(live->rows.data[i].path, path))
            return i;
    return SIZE_MAX;
}

bool live_program_runs(const struct live_program *live)
{
    return memory_target_is_there(live->program->target);
}
