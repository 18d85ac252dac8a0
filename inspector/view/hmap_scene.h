// SPDX-License-Identifier: MIT
// All that the live view of a map draws: the picture of the map, and where its session stands. Plain data,
// filled in by the session that shows the view. Nothing in it points into the map.
#ifndef STRATA_VIEW_HMAP_SCENE_H
#define STRATA_VIEW_HMAP_SCENE_H

#include "picture/classic_picture.h"
#include "view/map_scene.h"

enum { SCENE_DENSITY = 16384 };

// What a frame shows, so that no more is fetched.
struct hmap_needs {
    struct classic_request windows[CLASSIC_WINDOWS];
    size_t old_cells, new_cells; // of density
    uint32_t samples;            // buckets looked at for each of them
    size_t events, loads;
    bool has_bucket; // the bytes of `bucket` of the current array
    bool has_detail; // a slot of it and its chain, opened: `slot` counts from the bucket's first one
    uint32_t slot;
    uint64_t bucket;
};

struct hmap_scene {
    struct classic_picture map;
    struct map_moment now;
    // Of a range that is under way:
    uint64_t range_start, range_bucket;
    uint8_t range_offset;
    bool range_wrapped;
};

#endif
