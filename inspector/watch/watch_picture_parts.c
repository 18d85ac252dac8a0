// SPDX-License-Identifier: MIT
// What the pictures of both kinds of maps have alike: the header as it lies in memory, and the latest events in words.
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <stdio.h>
#include <string.h>

void picture_raw_fill(struct picture_header *to, const struct raw_map *from)
{
    to->address = from->address;
    to->size_bytes = (uint32_t)from->size_bytes;
    memcpy(to->bytes, from->bytes, from->size_bytes);
    snprintf(to->key_type, sizeof(to->key_type), "%s", from->key_kind);
    snprintf(to->elem_type, sizeof(to->elem_type), "%s", from->elem_kind);
}

void picture_fields_lay(struct watch_player *player, enum watch_map_kind kind, bool are_shown,
                        struct picture_fields *fields, struct picture_header *header)
{
    if (are_shown && player->field_reader.read) {
        player->field_reader.read(kind, fields);
        player->field_reader.read = NULL;
    }
    picture_header_lay(header, fields);
}

// Most of them were in the frame before: putting them in words again would be half of its cost.
static const struct picture_event *worded(struct watch_player *player, const struct watch_event *event,
                                          enum event_tone tone)
{
    struct worded_event *kept = &player->worded[event->event.serial % SESSION_RING];
    if (memcmp(&kept->event, event, sizeof(kept->event)) != 0) {
        memcpy(&kept->event, event, sizeof(kept->event));
        kept->picture.position = event->event.serial;
        kept->picture.tone = (uint8_t)tone;
        watch_event_text(&player->session, event, kept->picture.text, sizeof(kept->picture.text));
    }
    return &kept->picture;
}

size_t picture_events_fill(struct watch_player *player, size_t most,
                           enum event_tone (*tone_of)(const struct watch_event *event),
                           struct picture_event *to)
{
    struct watch_event events[SESSION_RING];
    const size_t room = most < PICTURE_EVENTS_MOST ? most : PICTURE_EVENTS_MOST;
    const size_t count = session_events(&player->session, events, room);
    for (size_t i = 0; i < count; i++)
        to[i] = *worded(player, &events[i], tone_of(&events[i]));
    return count;
}
