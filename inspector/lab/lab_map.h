// SPDX-License-Identifier: MIT
// What experiments share: a map with its type, context and a ring of its last events, and a gate that holds a
// thread inside its operation.
#ifndef STRATA_LAB_LAB_MAP_H
#define STRATA_LAB_LAB_MAP_H

#include "hmapcore/hmap.h"
#include "hmapcore/hmap_snapshot.h"
#include "lab/lab.h"
#include <pthread.h>

enum { LAB_EVENTS = 1 << 14 };

struct lab_map {
    struct hmap_type type;
    struct hmap_context context;
    struct hmap *map;
    struct hmap_ring ring;
    struct hmap_event *events;
};

// A map of the kinds; equal seeds give equal runs. False, with the verdict undecided, when it cannot be made.
bool lab_map_open(struct lab_notebook *notebook, struct lab_map *map, const struct hmap_kind *key,
                  const struct hmap_kind *elem, int64_t hint, uint64_t seed);
void lab_map_close(struct lab_map *map);

// m[key] = elem for integers; the status.
enum hmap_status lab_put(struct lab_map *map, int64_t key, int64_t elem);
bool lab_has(struct lab_map *map, int64_t key);

// Counts *next up to the first integer that hashes to the bucket of the current array: *key, and *next is
// behind it. False when none of a million does.
bool lab_key_in_bucket(struct lab_map *map, uint64_t bucket, int64_t *next, int64_t *key);

// The header as a snapshot.
struct hmap_header_view lab_header(const struct lab_map *map);

// Forgets the events so far.
void lab_forget(struct lab_map *map);

// A thread that emits an event of `kind` stops there until the gate opens: the first one that comes.
struct lab_gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum hmap_event_kind kind;
    bool is_armed, is_reached, is_open;
};

// Takes the place of the context's sink.
void lab_gate_init(struct lab_gate *gate, struct lab_map *map, enum hmap_event_kind kind);
void lab_gate_wait(struct lab_gate *gate); // until a thread stands at it
void lab_gate_open(struct lab_gate *gate);
void lab_gate_free(struct lab_gate *gate);

#endif
