// All that the live view of a map draws: the picture of the map, and where its session stands. Plain data,
// filled in by the session that shows the view. Nothing in it points into the map.
#ifndef STRATA_VIEW_HMAP_SCENE_H
#define STRATA_VIEW_HMAP_SCENE_H

#include "picture/classic_picture.h"
#include "view/view.h"

enum { SCENE_LOADS = 1024, SCENE_DENSITY = 16384 };

// One cell of the time line.
struct scene_load {
    uint8_t level; // 0 to 8 of the load at which the map doubles
    bool is_growing, has_grown;
};

// What a frame shows, so that no more is fetched.
struct hmap_needs {
    struct classic_request windows[CLASSIC_WINDOWS];
    size_t old_cells, new_cells; // of density
    uint32_t samples;            // buckets looked at for each of them
    size_t events, loads;
    bool has_bucket; // the bytes of `bucket` of the current array
    uint64_t bucket;
};

struct hmap_scene {
    struct classic_picture map;

    struct scene_load loads[SCENE_LOADS];
    size_t loads_count;
    uint64_t position, end; // events
    uint64_t op;            // operations
    bool is_playing, is_replay, is_recording;
    char speed[24];
    char caption[MESSAGE_BYTES]; // what the story says about the present state; "": nothing
    char message[MESSAGE_BYTES]; // for the person; "": none
    bool message_is_bad;
    const char *hash_name, *flavour_name; // borrowed, static
    uint64_t seed;

    bool is_ranging;
    uint64_t range_start, range_bucket;
    uint8_t range_offset;
    bool range_wrapped;
};

#endif
