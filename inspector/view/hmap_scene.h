// All that the live view of a map draws: plain data, filled in by cli from snapshots. Nothing in it points
// into the map.
#ifndef STRATA_VIEW_HMAP_SCENE_H
#define STRATA_VIEW_HMAP_SCENE_H

#include "hmapcore/hmap_event.h"
#include "hmapcore/hmap_snapshot.h"
#include "view/view.h"

enum {
    SCENE_EVENTS = 64,
    SCENE_TEXT_BYTES = 160,
    SCENE_LOADS = 1024,
    SCENE_DENSITY = 16384,
    SCENE_WINDOWS = 3,
    SCENE_FIELDS = 16,
};

struct scene_event {
    uint64_t position;
    uint8_t kind; // enum hmap_event_kind; HMAP_EVENT_NONE: the operation returns
    char text[SCENE_TEXT_BYTES];
};

// One cell of the time line.
struct scene_load {
    uint8_t level; // 0 to 8 of the load at which the map doubles
    bool is_growing, has_grown;
};

// A field of the header, by whoever knows: the compiler or debug information.
struct scene_field {
    char name[16];
    uint16_t offset_bytes, size_bytes;
};

// Something to choose when a new map is made.
struct scene_choice {
    const char *title;
    const char *const *names;
    uint8_t count, current;
};

// Which buckets are wanted.
enum {
    WINDOW_OLD,
    WINDOW_NEW,   // while doubling and side by side: the lower half
    WINDOW_UPPER, // the upper half
};

struct hmap_needs {
    struct hmap_window_request windows[SCENE_WINDOWS]; // count 0: not wanted
    size_t old_cells, new_cells;                       // of density
    uint32_t samples;
    size_t events, loads;
};

struct hmap_scene {
    struct hmap_header_view header;
    struct hmap_window windows[SCENE_WINDOWS];
    struct hmap_density *old_density, *new_density;
    size_t old_density_count, new_density_count;
    struct hmap_survey survey;

    struct hmap_event touched; // the latest event of this operation that has a place; kind 0: none
    struct hmap_event hashed;  // the latest event with a key's hash; kind 0: none
    char hashed_key[HMAP_TEXT_BYTES];
    const char *hashed_verb; // "insert"

    struct scene_event events[SCENE_EVENTS]; // oldest first
    size_t events_count;
    struct scene_load loads[SCENE_LOADS];
    size_t loads_count;

    uint64_t position, end; // events
    uint64_t op, op_end;    // operations
    bool is_playing, is_inside, is_replay, is_recording;
    char speed[24];
    const char *workload;
    char caption[SCENE_TEXT_BYTES]; // what the story tells now; "": nothing
    char message[SCENE_TEXT_BYTES]; // for the person; "": none
    bool message_is_bad;
    const char *hash_name, *flavour_name;
    uint64_t seed;

    bool is_ranging;
    uint64_t range_start, range_bucket;
    uint8_t range_offset;
    bool range_wrapped;

    struct scene_field fields[SCENE_FIELDS]; // by offset
    size_t fields_count;
    const char *fields_source;

    struct scene_choice choices[CHOICES_MAX];
    size_t choices_count;
};

#endif
