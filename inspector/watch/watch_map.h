// SPDX-License-Identifier: MIT
// What a session asks of a kind of map: the same operations on Go's classic map and on its Swiss one. All else of
// a session (history, time travel, recordings, workloads) knows no kind.
#ifndef STRATA_WATCH_WATCH_MAP_H
#define STRATA_WATCH_WATCH_MAP_H

#include "hmapcore/hmap.h"
#include "hmapcore/swiss.h"
#include "watch/watch_keys.h"
#include "watch/watch_steps.h"

enum watch_map_kind { WATCH_CLASSIC, WATCH_SWISS, WATCH_KINDS };

// An event of either kind. What a session itself reads lies at the same place in both.
union watch_any_event {
    struct hmap_event classic;
    struct swiss_event swiss;
};

_Static_assert(offsetof(struct hmap_event, serial) == offsetof(struct swiss_event, serial) &&
                   offsetof(struct hmap_event, hash) == offsetof(struct swiss_event, hash) &&
                   offsetof(struct hmap_event, moved_x) == offsetof(struct swiss_event, count_a) &&
                   offsetof(struct hmap_event, count) == offsetof(struct swiss_event, used) &&
                   offsetof(struct hmap_event, kind) == offsetof(struct swiss_event, kind) &&
                   offsetof(struct hmap_event, detail) == offsetof(struct swiss_event, detail) &&
                   sizeof(struct hmap_event) == sizeof(struct swiss_event) &&
                   (int)HMAP_EVENT_NONE == (int)SWISS_EVENT_NONE,
               "a session reads events of both kinds as the classic one's");

// What an event is to a session: bits.
enum watch_trait {
    TRAIT_BEAT = 1, // a person wants to see it when the map plays; the others are passed in the same beat
    TRAIT_SMALL_BEAT = 2, // likewise while a key's way is shown step by step
    TRAIT_KEY = 4,        // it has a key's hash
    TRAIT_PLACE = 8,      // it says which bucket or group it is about
    TRAIT_GROWTH = 16,    // a growth starts (a Swiss map's: is done)
};

struct watch_session;

enum found { FOUND, FOUND_NONE, FOUND_NOT_YET };

// Where an entry is or shall be: a bucket; or a group of the table at a place of the directory.
struct watch_spot {
    uint64_t bucket, place;
    bool is_any; // anywhere
};

// How full a map is, over time.
struct watch_load {
    double share; // 1 is the load at which it grows
    bool is_growing;
};

struct watch_map_ops {
    const char *name;       // "classic": for the command line
    size_t model_bytes;     // of what the model has beside struct watch_model
    const char *place_name; // "bucket"
    // Sets up the context over the session's heap and makes the map with a hint.
    enum hmap_status (*make)(struct watch_session *session, int64_t hint);
    // Whether events come to the session.
    void (*listen)(struct watch_session *session, bool listens);
    struct hmap_result (*assign)(struct watch_session *session, const void *key);
    struct hmap_result (*erase)(struct watch_session *session, const void *key);
    struct hmap_result (*find)(struct watch_session *session, const void *key);
    enum hmap_status (*clear)(struct watch_session *session);
    // *yields: there is an entry. The iterator is the model's.
    enum hmap_status (*range_start)(struct watch_session *session, bool *yields);
    enum hmap_status (*range_next)(struct watch_session *session, bool *yields);
    void (*range_stop)(struct watch_session *session);
    uint64_t (*count)(const struct watch_session *session);
    unsigned (*traits)(const union watch_any_event *event);
    void (*count_steps)(struct watch_steps *steps, const union watch_any_event *event);
    struct watch_load (*load)(const struct watch_session *session);
    // No growth starts before there are more entries than that.
    uint64_t (*grows_above)(const struct watch_session *session);
    // The number of a key that is in the map, picked by `random`: at that spot, or anywhere. False when none was met.
    bool (*live_number)(const struct watch_session *session, const struct watch_spot *spot, uint64_t random,
                        uint64_t *number);
    // A key that falls there, of those that `propose` has: as hmap_key_for_bucket.
    bool (*key_for)(struct watch_session *session, const struct watch_spot *spot, uint64_t attempts,
                    bool (*propose)(void *state, uint64_t attempt, void *key), void *state, void *key);
    // How many keys are worth trying for it.
    uint64_t (*attempts)(const struct watch_session *session);
};

extern const struct watch_map_ops watch_classic_ops, watch_swiss_ops;

// What changes while operations run on a Swiss map: lies behind struct watch_model.
struct swiss_model {
    struct swiss_context context;
    struct swiss_map *map;
    struct swiss_iter iter;
};

#endif
