// SPDX-License-Identifier: MIT
// Where the session stands that shows a map, whatever kind of map it is. Plain data, filled in by the session.
#ifndef STRATA_VIEW_MAP_SCENE_H
#define STRATA_VIEW_MAP_SCENE_H

#include "picture/map_picture.h"
#include "view/view.h"

enum { SCENE_LOADS = 1024, SCENE_TITLE_BYTES = 128 };

// One cell of the time line.
struct scene_load {
    uint8_t level; // 0 to 8 of the load at which the map grows
    bool is_growing, has_grown;
};

struct map_moment {
    char name
        [SCENE_TITLE_BYTES]; // what stands before the map's type in the title: "main.sessions"; "": nothing
    char origin[SCENE_TITLE_BYTES]; // where the map is from, for the title: "AES   Go 1.22   seed 0x5eed"
    char status[SCENE_TITLE_BYTES]; // the title's right end: "paused   op 57   event 212/212"
    struct scene_load loads[SCENE_LOADS];
    size_t loads_count;     // 0: there is no time line
    uint64_t position, end; // events, or frames
    bool is_playing, is_ranging;
    char caption[MESSAGE_BYTES]; // what the story says about the present state; "": nothing
    char message[MESSAGE_BYTES]; // for the person; "": none
    bool message_is_bad;
};

#endif
