// SPDX-License-Identifier: MIT
#include "watch/live_session.h"

#include "watch/live_samples.h"

#include "memory/freeze.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES_BYTES = 1 << 20, LOG_BYTES = 64 << 20 };

static void close_map(struct live_session *session)
{
    if (!session->has_map)
        return;
    live_reader_close(&session->reader);
    map_texts_close(session->texts);
    pages_close(session->pages);
    arena_free(&session->arena);
    arena_free(&session->search.arena);
    memory_close(session->logged);
    session->texts = NULL;
    session->pages = NULL;
    session->log = NULL;
    session->logged = NULL;
    session->has_map = false;
}

struct error *live_open_map(struct live_session *session, size_t number)
{
    const struct live_map_row *row = &session->program.rows.data[number];
    struct go_program *program = session->program.program;
    struct map_shape shape;
    RETURN_IF_ERROR(map_shape_read(program->maker, row->type, &shape));
    close_map(session);
    session->has_map = true;
    session->shape = shape;
    session->is_swiss = shape.design == MAP_SWISS;
    snprintf(session->path, sizeof(session->path), "%s", row->path);
    session->reader = (struct live_reader){.program = program,
                                           .memory = program->target->memory,
                                           .shape = &session->shape,
                                           .hasher = &session->hasher,
                                           .address = row->address,
                                           .is_frozen = session->program.is_core};
    session->survey = (struct live_survey){0};
    session->search = (struct live_search){0};
    session->before = (struct live_before){0};
    session->events_count = session->loads_count = session->frames = session->accepted = session->shown = 0;
    session->is_held = session->is_exact = false;
    session->wants_frame = true;
    *session->note = '\0';
    memset(&session->classic.map, 0, sizeof(session->classic.map));
    memset(&session->swiss.map, 0, sizeof(session->swiss.map));
    arena_init(&session->arena);
    arena_init(&session->search.arena);
    session->opening = 0;
    if (program->target->history) {
        session->log = session->reader.log = program->target->history;
        session->opening = 1;
    } else if (!session->program.is_core) {
        RETURN_IF_ERROR(
            memory_history_open(program->target->memory, LOG_BYTES, &session->log, &session->logged));
        session->reader.memory = session->logged;
        session->reader.log = session->log;
    }
    RETURN_IF_ERROR(map_texts_open(program->maker, &session->texts));
    RETURN_IF_ERROR(pages_open(session->reader.memory, PAGES_BYTES, &session->pages));
    session->reader.texts = session->texts;
    session->reader.pages = session->pages;
    struct live_schedule *schedule = &session->program.schedule;
    if (!schedule->is_known && !schedule->is_told) // a stripped program: the keys of the map may tell
        RETURN_IF_ERROR(live_schedule_search(schedule, program, &session->shape, session->reader.address,
                                             session->pages));
    return live_hasher_open(&session->hasher, &session->program.schedule, program->maker, &session->shape,
                            &session->arena);
}

// The map that a recording is of.
static struct error *open_replay(struct live_session *session)
{
    const struct memory_target *target = session->program.program->target;
    const size_t row = live_program_at(&session->program, target->recorded.subject);
    if (row == SIZE_MAX)
        return error_create(ERROR_BAD_FORMAT, "%s: the map at 0x%llx that it is of is not to be found in it",
                            target->name, (unsigned long long)target->recorded.subject);
    RETURN_IF_ERROR(live_open_map(session, row));
    session->has_ended = session->is_held = true;
    session->reader.is_frozen = true;
    return NULL;
}

static struct error *open_session(struct live_session *session, const struct live_options *options,
                                  struct notice_sink *notices)
{
    size_t row = SIZE_MAX;
    RETURN_IF_ERROR(
        live_program_open(&session->program, options->name, options->is_core, &options->program, notices));
    struct live_program *program = &session->program;
    if (program->is_replay)
        return open_replay(session);
    if (options->map) {
        row = live_program_find(program, options->map);
        if (row == SIZE_MAX && live_program_has_untyped(program, options->map))
            return error_create(
                ERROR_UNSUPPORTED,
                "%s: the type of the map at %s is not known, so its keys and values cannot be "
                "told apart",
                program->name, options->map);
        if (row == SIZE_MAX)
            return error_create(ERROR_NOT_FOUND, "%s: no map %s was found; strata maps %s%s lists them",
                                program->name, options->map, options->name,
                                strncmp(options->map, "0x", 2) ? "" : " --all");
    } else if (program->rows.length == 1) {
        row = 0;
    } else if (!program->rows.length) {
        return error_create(ERROR_NOT_FOUND, "%s: its variables lead to no map", program->name);
    }
    if (row == SIZE_MAX && options->record)
        return error_create(ERROR_USAGE,
                            "%s: a recording is of one map: name it with --map; strata maps %s "
                            "lists them",
                            program->name, options->name);
    if (row != SIZE_MAX)
        RETURN_IF_ERROR(live_open_map(session, row));
    return NULL;
}

// What goes wrong deep inside, in a recording that was altered say, does not know which file it was.
struct error *live_session_open(struct live_session *session, const struct live_options *options,
                                struct notice_sink *notices)
{
    memset(session, 0, sizeof(*session));
    struct error *error = open_session(session, options, notices);
    return error && !strstr(error->message, options->name) ? error_prefix(error, "%s", options->name) : error;
}

void live_session_close(struct live_session *session)
{
    close_map(session);
    live_program_close(&session->program);
    view_stack_free(&session->views);
}
