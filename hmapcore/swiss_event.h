// SPDX-License-Identifier: MIT
// Every decision of a Swiss map as a record of 64 bytes, handed to a sink. Without a sink an event costs one
// predictable branch.
//
// A sink runs inside the operation, on its thread. It may read the map, and it may block; it must not write to
// the map.
#ifndef SWISS_EVENT_H
#define SWISS_EVENT_H

#include "swiss_layout.h"

enum swiss_event_kind {
    SWISS_EVENT_NONE,
    SWISS_EVENT_MAKE,     // a map was made: count_a = tables, count_b = slots of each; hash = seed
    SWISS_EVENT_GROUP,    // the only group of a small map was allocated: address
    SWISS_EVENT_HASHED,   // a write has hashed its key and has not yet set `writing`: hash, table, group, h2
    SWISS_EVENT_FIND_HIT, // table, group, slot, address of the group, probes
    SWISS_EVENT_FIND_MISS, // table, group = the last one looked at, its address (0: nothing to look at), probes
    SWISS_EVENT_ASSIGN, // an assignment has set `writing` and is about to search: hash, table, group = the first
    SWISS_EVENT_INSERT,    // a new entry: table, group, slot, address, probes; detail SWISS_DETAIL_TOMBSTONE
    SWISS_EVENT_OVERWRITE, // the key was there: table, group, slot, address, probes
    SWISS_EVENT_REMOVE,    // a deletion has set `writing` and is about to search
    SWISS_EVENT_DELETE,    // an entry was deleted: table, group, slot, address; detail SWISS_DETAIL_TOMBSTONE
    SWISS_EVENT_DELETE_MISS,
    SWISS_EVENT_RESEED,   // the seed was drawn anew: hash = seed
    SWISS_EVENT_TO_TABLE, // a small map got its first table: count_a = entries moved, count_b = slots; address
    SWISS_EVENT_GROW, // a table was replaced by one of twice the capacity: table, count_a = entries moved,
                      // count_b = tombstones dropped, hash = the new capacity, address of the new table
    SWISS_EVENT_SPLIT, // a table of 1024 was replaced by two: table, count_a = entries of the left, count_b = of
                       // the right one, hash = tombstones dropped, local_depth = theirs, address of the left
    SWISS_EVENT_DIRECTORY, // the directory was doubled: count_a = old length, count_b = new length, address
    SWISS_EVENT_PRUNE, // a full table looked for tombstones that no search needs: table, count_a = pruned,
                       // count_b = kept; count_a 0: not worth it, the table grows
    SWISS_EVENT_ITER_START, // hash = entryOffset, table = dirOffset modulo the directory's length
    SWISS_EVENT_ITER_TABLE, // the iterator enters a table: table, address
    SWISS_EVENT_ITER_STEP,  // yields an entry: table, group, slot, address of the group; detail
    SWISS_EVENT_ITER_SKIP,  // passes over an entry of a replaced table that is gone since
    SWISS_EVENT_ITER_END,
    SWISS_EVENT_CLEAR, // hash = entries that were there
    SWISS_EVENT_CLONE, // address = the clone's header
    SWISS_EVENT_FAULT, // detail = enum hmap_status
    SWISS_EVENT_KINDS,
};

// Bits of swiss_event.detail (of all kinds but SWISS_EVENT_FAULT)
enum {
    SWISS_DETAIL_SMALL = 1,     // the map has one group and no table
    SWISS_DETAIL_TOMBSTONE = 2, // the slot was a tombstone (insert), or has become one (delete)
    SWISS_DETAIL_RELOOKUP = 4,  // an iterator had to look its key up again: its table was replaced
};

struct swiss_event {
    uint64_t serial;             // counts from 1; the ring gives it, other sinks see 0
    const struct swiss_map *map; // identity only: never follow it outside the sink
    uint64_t hash;
    union {
        uint64_t key_head; // the key's first 8 bytes (a string's: its text's), zeros after its end
        struct {
            uint32_t count_a; // what they count depends on the kind
            uint32_t count_b;
        };
    };
    uint32_t table; // its first directory entry; 0 in a small map
    uint32_t group;
    uint64_t address; // as a number, for showing
    uint64_t used;    // the header's, at that moment; likewise depth
    uint16_t probes;  // groups looked at
    uint8_t kind;     // enum swiss_event_kind
    uint8_t detail;
    uint8_t depth;       // globalDepth
    uint8_t local_depth; // of the table
    uint8_t slot;
    uint8_t h2;
};

_Static_assert(sizeof(struct swiss_event) == 64, "an event is one cache line");

// Who listens. `emit` is NULL when nobody does.
struct swiss_sink {
    void (*emit)(void *state, const struct swiss_event *event);
    void *state;
};

// The kind's name, one word in lower case ("insert", "split"); static. "?" for a number that is none.
const char *swiss_event_name(enum swiss_event_kind kind);

// Writes one line about the event, at most size_bytes with the terminator. Returns `text`.
char *swiss_event_describe(const struct swiss_event *event, char *text, size_t size_bytes);

// Keeps the last `capacity` events. One thread emits and reads.
struct swiss_ring {
    struct swiss_event *events; // borrowed from the caller
    uint64_t mask;              // capacity - 1
    uint64_t emitted;           // ever; the serial of the last one
};

// An empty ring over the caller's array; capacity is a power of two, at least 1.
void swiss_ring_init(struct swiss_ring *ring, struct swiss_event *events, uint64_t capacity);

// The sink that writes to the ring. Valid while the ring is. Events are made where they are to lie.
struct swiss_sink swiss_ring_sink(struct swiss_ring *ring);
void swiss_ring_emit(void *ring, const struct swiss_event *event);

// The serial of the oldest event still held; emitted + 1 when there is none.
uint64_t swiss_ring_oldest(const struct swiss_ring *ring);

// The event of this serial, or NULL when it is not (or no longer) held. Valid until the ring comes round.
const struct swiss_event *swiss_ring_at(const struct swiss_ring *ring, uint64_t serial);

#endif
