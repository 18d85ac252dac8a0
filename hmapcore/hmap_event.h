// SPDX-License-Identifier: MIT
// Every decision of a map as a record of 64 bytes, handed to a sink. Without a sink an event costs one
// predictable branch.
//
// A sink runs inside the operation, on its thread. It may read the map, and it may block (an experiment
// holds a writer in the middle of its write this way); it must not write to the map.
#ifndef HMAP_EVENT_H
#define HMAP_EVENT_H

#include "hmap_layout.h"

enum hmap_event_kind {
    HMAP_EVENT_NONE,
    HMAP_EVENT_MAKE,     // a map was made
    HMAP_EVENT_ARRAY,    // a bucket array was allocated: bucket = how many buckets with those in advance,
                         // address
    HMAP_EVENT_HASHED,   // a write has hashed its key and has not yet set hashWriting: hash, tophash, bucket,
                         // detail
    HMAP_EVENT_FIND_HIT, // bucket, chain, slot, address of the bucket; detail
    HMAP_EVENT_FIND_MISS, // bucket, chain = buckets looked at - 1, address of the last one; detail
    HMAP_EVENT_ASSIGN,    // an assignment has set hashWriting and is about to search: hash, bucket, detail
    HMAP_EVENT_INSERT,    // a new entry: bucket, chain, slot, address
    HMAP_EVENT_OVERWRITE, // the key was there: bucket, chain, slot, address
    HMAP_EVENT_REMOVE,    // a deletion has set hashWriting and is about to search: hash, bucket, detail
    HMAP_EVENT_DELETE,    // an entry was deleted: bucket, chain, slot, address
    HMAP_EVENT_DELETE_MISS,
    HMAP_EVENT_EMPTY_REST, // a run of empty slots became empty-rest: bucket, chain and slot where it now
                           // begins
    HMAP_EVENT_RESEED,     // hash0 was drawn anew (the map became empty): hash = hash0
    HMAP_EVENT_OVERFLOW,   // an overflow bucket was linked: address; detail HMAP_DETAIL_PREALLOCATED
    HMAP_EVENT_GROW_START, // detail HMAP_DETAIL_DOUBLING or HMAP_DETAIL_SAME_SIZE; B is the new one; bucket =
                           // old buckets
    HMAP_EVENT_EVACUATE,   // bucket = old bucket, address its place; moved_x, moved_y
    HMAP_EVENT_GROW_FINISH, // bucket = old buckets that were evacuated
    HMAP_EVENT_ITER_START,  // bucket = start bucket, slot = offset
    HMAP_EVENT_ITER_BUCKET, // the iterator enters a bucket: bucket, address; detail HMAP_DETAIL_OLD
    HMAP_EVENT_ITER_STEP,   // yields an entry: bucket, chain = 0, slot, address; detail
    HMAP_EVENT_ITER_SKIP,   // passes over an entry: it belongs to the other half, or is gone since
    HMAP_EVENT_ITER_END,
    HMAP_EVENT_CLEAR, // bucket = entries that were there
    HMAP_EVENT_CLONE, // address = the clone's header
    HMAP_EVENT_FAULT, // detail = enum hmap_status
    HMAP_EVENT_KINDS,
};

// Bits of hmap_event.detail (of all kinds but HMAP_EVENT_FAULT)
enum {
    HMAP_DETAIL_OLD = 1, // it happened in the old array, or the key's old bucket is not yet evacuated
    HMAP_DETAIL_Y = 2,   // the key belongs to the upper half
    HMAP_DETAIL_PREALLOCATED = 4, // one of the array's own overflow buckets
    HMAP_DETAIL_DOUBLING = 8,     // grows because of the load factor
    HMAP_DETAIL_SAME_SIZE = 16,   // grows because of too many overflow buckets
    HMAP_DETAIL_RELOOKUP = 32,    // an iterator had to look its key up again, because the entry has moved
};

struct hmap_event {
    uint64_t serial;        // counts from 1; the ring gives it, other sinks see 0
    const struct hmap *map; // identity only: never follow it outside the sink
    uint64_t hash;
    union {
        uint64_t key_head; // the key's first 8 bytes (a string's: its text's), zeros after its end
        struct {
            uint32_t moved_x; // HMAP_EVENT_EVACUATE: entries that went to the same number,
            uint32_t moved_y; // and to the upper half
        };
    };
    uint64_t bucket;
    uint64_t address; // as a number, for showing
    uint64_t count;   // the header's, at that moment; likewise B and flags
    uint16_t chain;   // 0 the bucket itself, 1 its first overflow bucket … capped at 65535
    uint8_t kind;     // enum hmap_event_kind
    uint8_t detail;
    uint8_t B;
    uint8_t flags;
    uint8_t slot;
    uint8_t tophash;
};

_Static_assert(sizeof(struct hmap_event) == 64, "an event is one cache line");

// Who listens. `emit` is NULL when nobody does.
struct hmap_sink {
    void (*emit)(void *state, const struct hmap_event *event);
    void *state;
};

// The kind's name, one word in lower case ("insert", "grow-start"); static. "?" for a number that is none.
const char *hmap_event_name(enum hmap_event_kind kind);

// Writes one line about the event, at most size_bytes with the terminator. Returns `text`.
char *hmap_event_describe(const struct hmap_event *event, char *text, size_t size_bytes);

// Keeps the last `capacity` events. One thread emits and reads.
struct hmap_ring {
    struct hmap_event *events; // borrowed from the caller
    uint64_t mask;             // capacity - 1
    uint64_t emitted;          // ever; the serial of the last one
};

// An empty ring over the caller's array; capacity is a power of two, at least 1.
void hmap_ring_init(struct hmap_ring *ring, struct hmap_event *events, uint64_t capacity);

// The sink that writes to the ring. Valid while the ring is. hmapcore knows it by its `emit` and makes
// events where they are to lie, which halves their cost.
struct hmap_sink hmap_ring_sink(struct hmap_ring *ring);
void hmap_ring_emit(void *ring, const struct hmap_event *event);

// The serial of the oldest event still held; emitted + 1 when there is none.
uint64_t hmap_ring_oldest(const struct hmap_ring *ring);

// The event of this serial, or NULL when it is not (or no longer) held. Valid until the ring comes round.
const struct hmap_event *hmap_ring_at(const struct hmap_ring *ring, uint64_t serial);

#endif
