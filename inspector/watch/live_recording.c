// SPDX-License-Identifier: MIT
// What a session of another program's map has read, in a file; and a session that reads such a file.
#include "memory/target_recording.h"
#include "watch/live_session.h"

#include <string.h>

// What a mark's bytes are: the first eight, then numbers of eight bytes, little endian.
enum { LOOK_ACCEPTED, LOOK_ZOOM, LOOK_OPEN, LOOK_SLOT, LOOK_FIRST = 8, LOOK_SELECTED = 16, LOOK_PLACE = 24 };

static void put_number(uint8_t *to, uint64_t number)
{
    for (size_t i = 0; i < 8; i++)
        to[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t number_of(const uint8_t *from)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number |= (uint64_t)from[i] << (8 * i);
    return number;
}

void live_mark(struct live_session *session)
{
    const struct hmap_view *classic = &session->classic_view;
    const struct swiss_view *swiss = &session->swiss_view;
    const struct map_screen *screen = live_screen(session);
    const bool is_swiss = session->is_swiss;
    struct memory_mark mark = {{0}};
    mark.bytes[LOOK_ACCEPTED] = session->reader.verdict.is_accepted;
    mark.bytes[LOOK_ZOOM] = (uint8_t)(is_swiss ? (unsigned)swiss->zoom : (unsigned)classic->zoom);
    mark.bytes[LOOK_OPEN] = screen->is_open;
    mark.bytes[LOOK_SLOT] = (uint8_t)(is_swiss ? swiss->slot : classic->slot);
    put_number(mark.bytes + LOOK_FIRST, screen->first);
    put_number(mark.bytes + LOOK_SELECTED, is_swiss ? swiss->group : classic->selected);
    put_number(mark.bytes + LOOK_PLACE, is_swiss ? swiss->place : 0);
    memory_history_mark(session->log, &mark);
}

void live_look_where_recorded(struct live_session *session)
{
    if (!session->program.is_replay)
        return;
    struct memory_mark mark =
        memory_history_marked(session->log, (uint32_t)session->shown + session->opening);
    mark.bytes[LOOK_ACCEPTED] = 1; // so that a frame that was not does not count as another place
    if (!memcmp(&mark, &session->looked, sizeof(mark)))
        return;
    session->looked = mark;
    const unsigned zoom = mark.bytes[LOOK_ZOOM], slot = mark.bytes[LOOK_SLOT];
    const uint64_t selected = number_of(mark.bytes + LOOK_SELECTED);
    struct map_screen *screen = live_screen(session);
    screen->follows = false; // what moved is of another frame
    screen->is_open = mark.bytes[LOOK_OPEN] & 1;
    screen->first = number_of(mark.bytes + LOOK_FIRST);
    if (session->is_swiss) {
        struct swiss_view *view = &session->swiss_view;
        view->zoom = zoom < SWISS_ZOOMS ? (enum swiss_zoom)zoom : SWISS_ZOOM_SLOTS;
        view->slot = slot < SWISS_SLOTS ? slot : 0;
        view->group = selected;
        view->place = number_of(mark.bytes + LOOK_PLACE);
    } else {
        struct hmap_view *view = &session->classic_view;
        view->zoom = zoom < ZOOMS ? (enum hmap_zoom)zoom : ZOOM_SLOTS;
        view->slot = slot;
        view->selected = selected;
    }
}

bool live_was_accepted(const struct live_session *session, uint64_t frame)
{
    return memory_history_marked(session->log, (uint32_t)frame + session->opening).bytes[LOOK_ACCEPTED] & 1;
}

bool live_is_one_map(const struct live_session *session)
{
    return session->program.program->target->history != NULL;
}

struct error *live_record(const struct live_session *session, const char *path)
{
    return memory_recording_write(session->program.program->target, session->reader.address, path);
}
