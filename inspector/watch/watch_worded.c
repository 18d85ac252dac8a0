// SPDX-License-Identifier: MIT
// The latest events in words, kept from frame to frame.
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <string.h>

const struct picture_event *player_worded(struct watch_player *player, const struct watch_event *event,
                                          uint8_t tone)
{
    struct worded_event *worded = &player->worded[event->event.serial % SESSION_RING];
    if (memcmp(&worded->event, event, sizeof(worded->event)) != 0) {
        memcpy(&worded->event, event, sizeof(worded->event));
        worded->picture.position = event->event.serial;
        worded->picture.tone = tone;
        watch_event_text(&player->session, event, worded->picture.text, sizeof(worded->picture.text));
    }
    return &worded->picture;
}
