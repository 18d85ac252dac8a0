// SPDX-License-Identifier: MIT
// A watched map with its whole history. The history is a list of operations; the time of a session counts
// events: what the map emits while an operation runs, and one more when the operation returns. A position is
// a number of events, so that every state is reachable, those in the middle of an operation too:
//
//     operation      insert 17                            insert 18
//     events     0 ── hashed ── assign ── insert ── return ── hashed ── …
//     position   0      1         2         3         4         5
//
// In the middle of an operation the map is held for real: operations run on a stack of their own, and stop
// inside the sink. Going back restores the nearest saved state before (watch_heap.h) and runs the operations
// from there again, which gives the same states, because all chance comes from the seed.
//
// Not thread-safe.
#ifndef STRATA_WATCH_WATCH_SESSION_H
#define STRATA_WATCH_WATCH_SESSION_H

#include "base/error.h"
#include "base/vec.h"
#include "watch/watch_heap.h"
#include "watch/watch_keys.h"
#include "watch/watch_map.h"
#include "watch/watch_stack.h"
#include "watch/watch_steps.h"

enum watch_op_kind {
    OP_INSERT,
    OP_DELETE,
    OP_FIND,
    OP_CLEAR,
    OP_RANGE_START,
    OP_RANGE_NEXT,
    OP_RANGE_STOP,
    OP_KINDS,
};

struct watch_op {
    uint64_t kind : 8;
    uint64_t number : 56; // the key's; 0 where there is none
};

// What a map is made of, and with what it starts. A recording begins with it.
struct watch_setup {
    enum watch_key_kind key_kind;
    enum watch_elem_kind elem_kind;
    enum hmap_hash_algorithm hash;
    enum watch_map_kind map_kind;
    enum hmap_flavour flavour; // of a classic map
    enum swiss_flavour swiss_flavour;
    uint64_t seed;
    uint64_t entries; // put in before the history begins
    uint64_t hint;    // of make; at least `entries` is taken
    uint32_t few;     // distinct hashes with HMAP_HASH_FEW
};

enum {
    SETUP_ENTRIES_MAX = 16 << 20,
    SESSION_OPS_MAX = 64 << 20,
    SESSION_RING = 64, // latest events kept
    // The kind of the event of an operation that returns; detail is the status, moved_x whether the key was
    // there.
    EVENT_RETURN = HMAP_EVENT_NONE,
};

// An event with the operation it belongs to. Events of the making of the map have kind OP_KINDS.
struct watch_event {
    union {                      // serial is the position after it
        struct hmap_event event; // what a session reads is the same in both: watch_map.h
        struct swiss_event swiss;
        union watch_any_event any;
    };
    struct watch_op op;
};

// What changes while operations run: the root object of the heap, so that going back brings all of it back. Behind
// it lies what a Swiss map needs (struct swiss_model).
struct watch_model {
    struct hmap_context context; // of a classic map; likewise map and iter
    struct hmap *map;
    struct hiter iter;
    bool is_ranging;
    bool is_inside;       // the latest event was not a return
    uint64_t events;      // the position
    uint64_t ops;         // returned
    uint64_t next_number; // no key of this number or above was ever in
    union {               // the latest event with a key's hash; kind is HMAP_EVENT_NONE before
        struct hmap_event latest_key;
        struct swiss_event latest_swiss_key;
        union watch_any_event latest_any_key;
    };
    struct watch_op latest_key_op;
    union { // the latest event that is about a bucket or a group; kind likewise
        struct hmap_event latest_place;
        struct swiss_event latest_swiss_place;
        union watch_any_event latest_any_place;
    };
    struct watch_event ring[SESSION_RING]; // event number n at n % SESSION_RING
};

struct logged_op {
    struct watch_op op;
    uint64_t end; // position after its return, once it has run
};

struct saved_state {
    struct heap_image image;
    uint64_t events, ops;
};

// The map's load over time, for the time line: one sample every so many events.
struct load_sample {
    uint64_t position;
    struct watch_load load;
    bool has_grown; // a growth has started since the sample before
};

enum run_goal { RUN_TO_POSITION, RUN_TO_BEAT };

struct watch_session {
    struct watch_setup setup;
    struct watch_keys keys;
    struct heap heap;
    const struct watch_map_ops *ops;
    struct watch_model *model; // in the heap
    struct swiss_model *swiss; // likewise; NULL for a classic map
    VEC(struct logged_op) log;
    uint64_t furthest_events; // where the present history has ever come to
    uint64_t known;           // operations that have run at least once
    VEC(struct saved_state) saved;
    struct saved_state near;              // closer to where the session goes back and forth
    uint64_t near_ops, near_worth_events; // how far before a position it is saved, and when at all
    uint64_t save_spacing_events, saved_bytes;
    VEC(struct load_sample) loads;
    uint64_t load_spacing_events;
    bool has_grown;
    // The stack that operations run on.
    struct side_stack stack;
    enum run_goal goal;
    uint64_t goal_position;
    uint64_t goal_ops;  // a run ends when so many operations have returned; 0: that ends none
    uint64_t quiet_ops; // known operations before this one run without events
    // Runs in slices: between two operations a run pauses when the clock has come to slice_end_ns (0: never),
    // and goes on when the same is asked for again.
    uint64_t slice_end_ns, ops_in_slice;
    bool is_paused;                 // the latest run has not come to its goal
    uint64_t runs;                  // begun
    VEC(struct heap_image) closing; // no longer wanted
    struct heap_image saving;       // half done: a slice has ended while a state was saved
    uint64_t near_wanted_ops; // where the near state is to be saved, on the way that a seek goes; 0: nowhere
    bool has_small_beats;     // a hash and the bucket it picks are worth a look of their own
    bool has_diverged;        // going over the history again gave other events: a bug, or another version
    struct watch_steps steps; // what all runs have cost, and may
    struct error *failure;    // met while running
    // Where the kind of map sends its events, from inside an operation.
    void (*take_event)(struct watch_session *session, const union watch_any_event *event);
    // Called with each operation that is logged, and with how many are left when later ones are dropped.
    void (*on_log)(void *state, struct watch_op op);
    void (*on_drop)(void *state, uint64_t ops_left);
    void *log_state;
};

// Makes the map. Must not move. Costs the entries asked for; ERROR_UNSUPPORTED where their chains would cost far more.
MUST_USE struct error *session_open(struct watch_session *session, const struct watch_setup *setup);

// What runs from now on cost at most so many steps (watch_steps.h), 0 for no limit; beyond, a run gives ERROR_UNSUPPORTED.
void session_limit(struct watch_session *session, uint64_t steps_most);
void session_close(struct watch_session *session);

// Adds an operation at the end of the history, to run when time comes there. What lies after the present
// position is dropped first; an operation that is under way runs to its end.
MUST_USE struct error *session_log(struct watch_session *session, struct watch_op op);

// Forgets what lies after the present position. Nothing in the middle of an operation.
void session_drop_future(struct watch_session *session);

// session_log, and runs it whole.
MUST_USE struct error *session_do(struct watch_session *session, struct watch_op op);

// Adds an operation behind all others, those after the present position included.
MUST_USE struct error *session_append(struct watch_session *session, struct watch_op op);

// Whether there is anything after the present position.
bool session_has_future(const struct watch_session *session);

// Runs one event; to the next event worth a look; to the end of the operation; to the end of the history.
// Nothing when there is no future.
MUST_USE struct error *session_step(struct watch_session *session);
MUST_USE struct error *session_step_beat(struct watch_session *session);
MUST_USE struct error *session_step_op(struct watch_session *session);
MUST_USE struct error *session_run(struct watch_session *session);

// Goes to any position, at most the last one known. Paused: it is not there yet.
MUST_USE struct error *session_seek(struct watch_session *session, uint64_t position);

// Goes to where so many operations have returned: back, or on as far as there are operations. Paused: it is not there
// yet.
MUST_USE struct error *session_go_to_op(struct watch_session *session, uint64_t ops);

// The last position known: that after the last operation that has ever run, or the present one.
uint64_t session_end(const struct watch_session *session);

// Position where an operation begins, `ops` operations back from `position`; 1 is the one that holds it.
uint64_t session_ops_back(const struct watch_session *session, uint64_t position, uint64_t ops);

// The latest events up to the present position, oldest first: at most `most`, at most SESSION_RING. Returns
// how many.
size_t session_events(const struct watch_session *session, struct watch_event *events, size_t most);

// A number whose key is in the map: of one of the slots of this bucket's chain or group, or of one picked by
// `random`. False when there is none (a sparse map may have one that was not met).
static inline bool session_live_number(const struct watch_session *session, const struct watch_spot *spot,
                                       uint64_t random, uint64_t *number)
{
    return session->ops->live_number(session, spot, random, number);
}

// The next unused number whose key falls there. *tried is 0 at first, and how many were tried after FOUND_NOT_YET (a
// slice was over): to be handed in again.
enum found session_number_for(struct watch_session *session, const struct watch_spot *spot, uint64_t *tried,
                              uint64_t *number);

// len(m)
static inline uint64_t session_count(const struct watch_session *session)
{
    return session->ops->count(session);
}

#endif
