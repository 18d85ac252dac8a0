// SPDX-License-Identifier: MIT
// A frame: the header, what the view wants by it, the reading of that, and what is said of it in words.
#include "memory/freeze.h"
#include "watch/live_links.h"
#include "watch/live_session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

// ---- words ----------------------------------------------------------------------------------------------

static void clock_text(char text[16])
{
    const time_t now = time(NULL);
    struct tm local;
    text[0] = '\0';
    if (localtime_r(&now, &local))
        strftime(text, 16, "%H:%M:%S", &local);
}

static void status_text(const struct live_session *session, char *text, size_t size_bytes)
{
    const unsigned long long frame = session->frames;
    if (session->program.is_core)
        snprintf(text, size_bytes, "core ");
    else if (session->program.is_replay)
        snprintf(text, size_bytes, "%s recorded   frame %llu of %llu ", session->is_held ? "■" : "▶",
                 (unsigned long long)session->shown, frame);
    else if (*session->note)
        snprintf(text, size_bytes, session->shown && !session->has_ended ? "%s %llu " : "%s   frame %llu ",
                 session->note, frame);
    else
        snprintf(text, size_bytes, "%s   no stop   frame %llu ", session->is_held ? "■ held" : "● live 10/s",
                 frame);
}

static void moment_fill(struct live_session *session, struct map_moment *now, size_t loads)
{
    const char *version = go_program_version(session->program.program);
    snprintf(now->name, sizeof(now->name), "%s", session->path);
    snprintf(now->origin, sizeof(now->origin), "%s   %s", session->program.name, version ? version : "");
    status_text(session, now->status, sizeof(now->status));
    now->is_playing =
        !session->is_held && (!session->has_ended || session->program.is_replay) && !session->program.is_core;
    now->end = session->frames;
    now->position = session->shown ? session->shown : session->frames;
    snprintf(now->message, sizeof(now->message), "%s", session->views.message);
    now->message_is_bad = session->views.message_is_bad;
    now->loads_count = session->program.is_core ? 0 : loads < SCENE_LOADS ? loads : SCENE_LOADS;
    const uint64_t kept = session->loads_count < LIVE_LOADS ? session->loads_count : LIVE_LOADS;
    const uint64_t first = session->loads_count - kept;
    for (size_t i = 0; i < now->loads_count; i++) {
        const uint64_t at =
            kept ? first + (kept - 1) * i / (now->loads_count > 1 ? now->loads_count - 1 : 1) : 0;
        now->loads[i] = kept ? session->loads[at % LIVE_LOADS] : (struct scene_load){0};
    }
}

// How far what is shown can be trusted, in the load panel.
static void notes_fill(struct live_session *session)
{
    char(*notes)[MESSAGE_BYTES] = session->swiss.notes;
    const struct swiss_overview *overview = &session->swiss.map.overview;
    notes[0][0] = notes[1][0] = '\0';
    uint64_t found = 0;
    for (size_t i = 0; i < SWISS_SEARCHES; i++)
        found += overview->searches[i];
    if (!found) // keys that cannot be hashed as they lie, or no group in sight
        snprintf(notes[0], MESSAGE_BYTES,
                 overview->sampled ? "full   %llu of %llu groups: searches go on" : " ",
                 (unsigned long long)overview->full_groups, (unsigned long long)overview->sampled);
    if (!session->program.is_core && session->frames)
        snprintf(notes[1], MESSAGE_BYTES, "frames %.1f %% accepted%s",
                 100.0 * (double)session->accepted / (double)session->frames,
                 session->reader.verdict.doubts ? ", slots in doubt here" : "");
}

static size_t events_fill(const struct live_session *session, struct picture_event *events, size_t most)
{
    uint64_t end = session->events_count;
    const uint64_t first = end > PICTURE_EVENTS_MOST ? end - PICTURE_EVENTS_MOST : 0;
    while (session->shown && end > first &&
           session->events[(end - 1) % PICTURE_EVENTS_MOST].position > session->shown)
        end--;
    const size_t count = end - first < most ? (size_t)(end - first) : most;
    for (size_t i = 0; i < count; i++)
        events[i] = session->events[(end - count + i) % PICTURE_EVENTS_MOST];
    return count;
}

static void add_load(struct live_session *session, double share, bool is_growing, bool has_grown)
{
    const double level = 8 * share;
    session->loads[session->loads_count++ % LIVE_LOADS] =
        (struct scene_load){.level = level > 8                ? 8
                                     : level > 0 && level < 1 ? 1
                                                              : (uint8_t)(level + 0.5),
                            .is_growing = is_growing,
                            .has_grown = has_grown};
}

// ---- statistics, a slice a frame ------------------------------------------------------------------------

// Some buckets side by side: with one call their chains' first links are known.
static void survey_step(struct live_session *session, const struct classic_header *header)
{
    enum { BUCKETS = 64, LONGEST = 16 };
    struct live_reader *reader = &session->reader;
    struct live_survey *survey = &session->survey;
    const struct map_shape *shape = &session->shape;
    const size_t each = shape->chunk_bytes;
    if (!header->buckets_address || !header->buckets)
        return;
    if (survey->next >= header->buckets || survey->now.buckets != header->buckets) {
        if (survey->now.buckets == header->buckets) {
            survey->done = survey->now;
            survey->has_done = true;
        }
        survey->has_done &= survey->done.buckets == header->buckets;
        survey->now = (struct classic_survey){.buckets = header->buckets};
        survey->next = 0;
    }
    const uint64_t left = header->buckets - survey->next;
    const size_t count = left < BUCKETS ? (size_t)left : BUCKETS;
    uint8_t words[BUCKETS][8];
    uint64_t at[BUCKETS];
    size_t length[BUCKETS] = {0};
    for (size_t i = 0; i < count; i++)
        at[i] = header->buckets_address + (survey->next + i) * each;
    for (size_t round = 0; round < LONGEST; round++) {
        struct memory_range ranges[BUCKETS];
        size_t numbers[BUCKETS], wanted = 0;
        for (size_t i = 0; i < count; i++)
            if (at[i]) {
                ranges[wanted] = (struct memory_range){.address = at[i] + shape->classic.overflow_offset,
                                                       .buffer = words[i],
                                                       .size_bytes = shape->address_bytes};
                numbers[wanted++] = i;
            }
        if (!wanted)
            break;
        memory_read_ranges(reader->memory, ranges, wanted);
        for (size_t i = 0; i < wanted; i++) {
            const size_t number = numbers[i];
            at[number] = ranges[i].is_read ? map_address_number(shape, words[number]) : 0;
            length[number] += ranges[i].is_read;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (length[i]) {
            survey->now.chains[length[i] - 1]++;
            survey->now.sampled++;
        }
    survey->next += count;
}

// How much of the old array is moved: up to some parts of it, each by its first bucket.
static void moved_fill(struct live_session *session, const struct classic_header *header,
                       struct classic_moved *to)
{
    *to = (struct classic_moved){0};
    if (!header->is_growing || !header->old_buckets)
        return;
    const uint64_t all = header->old_buckets;
    to->parts = all < CLASSIC_MOVED_PARTS ? (size_t)all : CLASSIC_MOVED_PARTS;
    to->is_estimate = to->parts < all;
    uint8_t marks[CLASSIC_MOVED_PARTS];
    struct memory_range ranges[CLASSIC_MOVED_PARTS];
    for (size_t i = 0; i < to->parts; i++)
        ranges[i] = (struct memory_range){.address = header->oldbuckets_address +
                                                     all * i / to->parts * session->shape.chunk_bytes +
                                                     session->shape.control_offset,
                                          .buffer = &marks[i],
                                          .size_bytes = 1};
    memory_read_ranges(session->reader.memory, ranges, to->parts);
    for (size_t i = 0; i < to->parts; i++) {
        const bool is_moved =
            ranges[i].is_read && marks[i] >= CLASSIC_MOVED_X && marks[i] <= CLASSIC_MOVED_EMPTY;
        to->share[i] = is_moved ? 255 : 0;
        to->moved += is_moved ? all * (i + 1) / to->parts - all * i / to->parts : 0;
    }
}

// ---- a frame --------------------------------------------------------------------------------------------

static void lost(struct live_session *session)
{
    char when[16];
    clock_text(when);
    if (!session->has_ended && !live_program_runs(&session->program)) {
        session->has_ended = true;
        snprintf(session->note, sizeof(session->note), "ended %s", when);
        live_say_event(session, TONE_WARN, "%s   the program ended: this is its last picture", when);
    } else if (!session->has_ended && !*session->note) {
        snprintf(session->note, sizeof(session->note), "the map is gone");
        live_say_event(session, TONE_WARN, "%s   the map's header cannot be read or is no map's any more",
                       when);
    }
}

static void count_frame(struct live_session *session)
{
    const struct live_verdict *verdict = &session->reader.verdict;
    session->frames++;
    session->accepted += verdict->is_accepted;
    if (session->opening && !session->program.is_replay)
        live_mark(session);
    if (!session->is_exact && !session->is_held)
        *session->note = '\0';
}

static void classic_needs(struct live_session *session, int rows, int columns, struct hmap_needs *needs)
{
    memset(needs, 0, sizeof(*needs)); // they are compared as bytes
    hmap_view_needs(&session->classic_view, &session->classic.map.header, &session->classic.map.touch, rows,
                    columns, needs);
    if (!needs->has_bucket && !needs->has_detail)
        needs->bucket = 0;
}

static struct error *classic_frame(struct live_session *session, int rows, int columns)
{
    struct hmap_scene *scene = &session->classic;
    const struct live_verdict *verdict = &session->reader.verdict;
    struct classic_header *header = &scene->map.header;
    struct classic_header first;
    if (!session->frames) {
        if (!live_classic_header(&session->reader, &first)) {
            lost(session);
            return NULL;
        }
        *header = first;
    }
    session->reader.verdict = (struct live_verdict){0};
    classic_needs(session, rows, columns, &session->classic_needs);
    // What is wanted goes by the header of the frame before; a growth that began or ended wants something else.
    for (int times = 0; times < 2; times++) {
        struct hmap_needs needs;
        RETURN_IF_ERROR(live_classic_fill(&session->reader, &session->classic_needs, &scene->map));
        if (verdict->is_gone || verdict->is_no_map) {
            lost(session);
            return NULL;
        }
        classic_needs(session, rows, columns, &needs);
        if (!memcmp(&needs, &session->classic_needs, sizeof(needs)))
            break;
        session->classic_needs = needs;
    }
    count_frame(session);
    live_events_classic(session, header);
    survey_step(session, header);
    scene->map.survey = session->survey.has_done ? session->survey.done : session->survey.now;
    moved_fill(session, header, &scene->map.moved);
    const double most = (double)(header->grows_above ? header->grows_above : 1);
    add_load(session, (double)header->count / most, header->is_growing,
             header->is_growing && session->before.is_known && !session->before.classic.is_growing);
    session->before.classic = *header;
    session->before.is_known = true;
    return NULL;
}

// Step by step: what each step finds says where the next one looks.
static struct error *swiss_steps(struct live_session *session, int rows, int columns, bool *is_lost)
{
    struct swiss_scene *scene = &session->swiss;
    struct swiss_header header;
    *is_lost = !live_swiss_header(&session->reader, &header);
    if (*is_lost)
        return NULL;
    scene->map.header = header;
    const uint64_t place = swiss_view_choose(&session->swiss_view, &header, &scene->map.touch);
    RETURN_IF_ERROR(live_swiss_choose(&session->reader, place, &scene->map));
    swiss_view_needs(&session->swiss_view, &scene->map, rows, columns, &session->swiss_needs);
    return live_swiss_fill(&session->reader, &session->swiss_needs, &scene->map);
}

static struct error *swiss_frame(struct live_session *session, int rows, int columns)
{
    struct swiss_scene *scene = &session->swiss;
    bool is_done = false, is_lost = false;
    session->reader.verdict = (struct live_verdict){0};
    if (session->frames) {
        const uint64_t place = swiss_view_choose(&session->swiss_view, &scene->map.header, &scene->map.touch);
        swiss_view_needs(&session->swiss_view, &scene->map, rows, columns, &session->swiss_needs);
        RETURN_IF_ERROR(
            live_swiss_again(&session->reader, place, &session->swiss_needs, &scene->map, &is_done));
    }
    if (!is_done)
        RETURN_IF_ERROR(swiss_steps(session, rows, columns, &is_lost));
    if (is_lost) {
        lost(session);
        return NULL;
    }
    count_frame(session);
    live_events_swiss(session, &scene->map.header);
    const struct swiss_overview *overview = &scene->map.overview;
    const double slots = (double)(overview->slots ? overview->slots : 1);
    add_load(session, (double)overview->used / slots * 8 / 7, false,
             session->before.is_known && overview->tables > session->before.tables);
    session->before.swiss = scene->map.header;
    session->before.tables = overview->tables;
    session->before.is_known = true;
    return NULL;
}

// A frame that was read before: of what was read then. Nothing is counted.
static struct error *past_frame(struct live_session *session, int rows, int columns)
{
    struct live_reader *reader = &session->reader;
    struct classic_header header;
    struct error *error = NULL;
    bool is_lost = false;
    reader->is_frozen = true;
    if (session->is_swiss) {
        reader->tables.length = 0; // of another time: no change is to be seen between the two
        reader->directory_length = 0;
        error = swiss_steps(session, rows, columns, &is_lost);
    } else if (live_classic_header(reader, &header)) {
        struct hmap_scene *scene = &session->classic;
        scene->map.header = header;
        classic_needs(session, rows, columns, &session->classic_needs);
        error = live_classic_fill(reader, &session->classic_needs, &scene->map);
        moved_fill(session, &header, &scene->map.moved);
    }
    reader->is_frozen = false;
    return error;
}

void live_go(struct live_session *session, uint64_t frame)
{
    if (!session->log || !session->frames)
        return;
    const uint64_t kept = memory_history_first(session->log);
    const uint64_t first = kept > session->opening ? kept - session->opening : 1;
    const bool is_present = frame >= session->frames && !session->has_ended;
    uint64_t last = session->frames;
    if (session->opening && memory_history_last(session->log) - session->opening < last)
        last = memory_history_last(session->log) - session->opening; // there was no room for the others
    frame = frame > last ? last : frame < first ? first : frame;
    session->shown = is_present ? 0 : frame;
    memory_history_go(session->log, session->shown ? (uint32_t)session->shown + session->opening : 0);
    live_look_where_recorded(session);
    session->is_held = !is_present;
    session->is_exact = false;
    session->wants_frame = true;
    session->search.frame = UINT64_MAX;
    if (session->has_ended)
        return;
    *session->note = '\0';
    if (!is_present)
        snprintf(session->note, sizeof(session->note), "◀ frame %llu of", (unsigned long long)frame);
    session->reader.tables.length = 0;
    session->reader.directory_length = 0;
}

// Whether the screen wants other parts of the map than the picture has.
static bool wants_more(struct live_session *session, int rows, int columns)
{
    if (!session->frames)
        return true;
    if (session->is_swiss) {
        struct swiss_needs needs;
        struct swiss_view view = session->swiss_view;
        const uint64_t place =
            swiss_view_choose(&view, &session->swiss.map.header, &session->swiss.map.touch);
        if (place - session->swiss.map.chosen.first_place >= session->swiss.map.chosen.places)
            return true;
        swiss_view_needs(&session->swiss_view, &session->swiss.map, rows, columns, &needs);
        return memcmp(&needs, &session->swiss_needs, sizeof(needs)) != 0;
    }
    struct hmap_needs needs;
    classic_needs(session, rows, columns, &needs);
    return memcmp(&needs, &session->classic_needs, sizeof(needs)) != 0;
}

static struct error *read_frame(struct live_session *session, int rows, int columns)
{
    session->wants_frame = false;
    session->since_frame_ns = 0;
    if (session->shown)
        return past_frame(session, rows, columns);
    if (session->log)
        memory_history_frame(session->log, (uint32_t)(session->frames + 1) + session->opening);
    return session->is_swiss ? swiss_frame(session, rows, columns) : classic_frame(session, rows, columns);
}

// Goes through all frames of a recording once, for events, loads and statistics, and stays at the last one.
static struct error *replay_run(struct live_session *session, int rows, int columns)
{
    const uint64_t frames = memory_history_last(session->log) - session->opening;
    uint64_t accepted = 0;
    session->is_run = true;
    for (uint64_t frame = 1; frame <= frames; frame++) {
        const uint32_t look = (uint32_t)frame + session->opening;
        memory_history_go(session->log, look);
        session->shown = frame;
        live_look_where_recorded(session);
        session->shown = 0;
        session->reader.is_frozen = true; // nothing moves between two reads of a recording
        RETURN_IF_ERROR(read_frame(session, rows, columns));
        session->frames = frame; // also one whose header was not read
        accepted += live_was_accepted(session, frame);
    }
    session->accepted = accepted;
    live_go(session, frames);
    return NULL;
}

void live_replay_step(struct live_session *session)
{
    live_go(session, session->shown + 1);
    session->is_held = session->shown >= session->frames;
    session->since_frame_ns = 0;
}

struct error *live_frame(struct live_session *session, int rows, int columns)
{
    if (session->program.is_replay && !session->is_run)
        RETURN_IF_ERROR(replay_run(session, rows, columns));
    const bool can_read = !session->has_ended || session->shown;
    const bool has_moved = can_read && wants_more(session, rows, columns);
    if (has_moved &&
        session->is_exact) { // the picture that was taken while it stood has no more than it shows
        session->is_exact = false;
        char when[16];
        clock_text(when);
        snprintf(session->note, sizeof(session->note), "■ held %s   not exact", when);
    }
    if (can_read && (session->wants_frame || has_moved))
        RETURN_IF_ERROR(read_frame(session, rows, columns));
    live_find_fill(session);
    if (session->is_swiss) {
        struct swiss_scene *scene = &session->swiss;
        moment_fill(session, &scene->now, session->swiss_needs.loads);
        scene->map.events_count = events_fill(session, scene->map.events, session->swiss_needs.events);
        notes_fill(session);
    } else {
        struct hmap_scene *scene = &session->classic;
        moment_fill(session, &scene->now, session->classic_needs.loads);
        scene->map.events_count = events_fill(session, scene->map.events, session->classic_needs.events);
    }
    return NULL;
}

struct error *live_freeze(struct live_session *session)
{
    const int rows = live_screen(session)->rows, columns = live_screen(session)->columns;
    struct freeze *freeze;
    struct freeze_report report;
    struct error *error = freeze_take(session->program.program->target->pid, &freeze);
    if (error) { // said on the screen: the session goes on without
        view_say(&session->views, true, "%s", error->message);
        error_free(error);
        return NULL;
    }
    session->reader.is_frozen = true;
    error = read_frame(session, rows, columns);
    session->reader.is_frozen = false;
    freeze_thaw(freeze, &report);
    RETURN_IF_ERROR(error);
    const struct live_verdict *verdict = &session->reader.verdict;
    session->is_held = session->is_exact = true;
    snprintf(session->note, sizeof(session->note), "■ exact: stood %.2f ms%s",
             (double)report.stopped_ns / 1e6, verdict->is_writing ? ", in a write" : "");
    live_say_event(session, verdict->is_writing ? TONE_WARN : TONE_GOOD,
                   "exact picture: %zu threads stood %.2f ms%s", report.threads,
                   (double)report.stopped_ns / 1e6,
                   verdict->is_writing ? "; a write is under way: its slot may lack its value" : "");
    return NULL;
}
