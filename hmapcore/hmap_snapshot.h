// SPDX-License-Identifier: MIT
// Plain-data copies of what a view shows: the header, windows of buckets with their chains, and how full the
// map is. Nothing in them points into the map; addresses are numbers. Each costs what is asked for, not what
// the map holds.
//
// The map must be at rest, or held inside a sink by the calling thread.
#ifndef HMAP_SNAPSHOT_H
#define HMAP_SNAPSHOT_H

#include "hmap_event.h"
#include "hmap_layout.h"

struct hmap_context;

enum hmap_array {
    HMAP_ARRAY_NEW, // hmap.buckets
    HMAP_ARRAY_OLD, // hmap.oldbuckets; empty when the map is not growing
};

struct hmap_header_view {
    bool is_nil; // the nil map: everything else is zero
    uint64_t address, extra_address, buckets_address, oldbuckets_address, next_overflow_address;
    uint8_t bytes[sizeof(struct hmap)]; // the header as it lies in memory
    int64_t count;
    uint64_t buckets;       // 2^B
    uint64_t array_buckets; // and with the overflow buckets in advance, behind them
    uint64_t old_buckets;   // 0 when not growing
    uint64_t nevacuate;
    uint64_t grows_above;        // a new key when count is this much starts a doubling
    uint32_t grows_at_noverflow; // this many overflow buckets start a same-size growth
    uint32_t hash0;
    uint16_t noverflow;
    uint8_t B, flags;
    bool growing, same_size, has_extra;
    uint64_t overflow_listed, old_overflow_listed; // lengths of extra's lists
    uint32_t bucket_bytes, key_slot_bytes, elem_slot_bytes, elems_offset, overflow_offset;
    bool indirect_key, indirect_elem;
    char key_kind[24], elem_kind[24]; // Go's names
};

// Constant cost.
void hmap_snapshot_header(const struct hmap_context *context, const struct hmap *map,
                          struct hmap_header_view *header);

enum { HMAP_TEXT_BYTES = 32 };

struct hmap_slot_view {
    uint8_t tophash;
    bool live;
    char key[HMAP_TEXT_BYTES];  // "" unless live and asked for
    char elem[HMAP_TEXT_BYTES]; // likewise
};

struct hmap_bucket_view {
    uint64_t address;
    uint64_t overflow_address; // of the next bucket of the chain, 0 at its end
    uint64_t index;            // of the chain's first bucket in its array
    uint32_t chain;            // 0 in the array itself, 1 … in its overflow chain
    bool preallocated;         // an overflow bucket that lies in the array
    bool evacuated;
    struct hmap_slot_view slots[HMAP_BUCKET_SLOTS];
};

// A window: buckets [first, first + count) of one array, each followed by its chain. Start with {0}; the
// buffers are reused by the next snapshot into it and freed by hmap_window_free.
struct hmap_window {
    struct hmap_bucket_view *buckets; // by index, then chain
    size_t length;
    size_t capacity;
    uint8_t *raw; // length * bucket_bytes: the buckets as they lie in memory; NULL unless asked for
    size_t raw_capacity;
    uint32_t bucket_bytes;
    bool cut; // a chain was longer than asked for
};

struct hmap_window_request {
    enum hmap_array array;
    uint64_t first;
    uint64_t count;       // clipped to the array
    uint32_t chain_limit; // buckets taken of a chain, its first one included; 0 is 1
    bool texts;           // fill in the texts of keys and elements
    bool raw;             // and the raw bytes
};

// False when memory is short; the window is empty then. Costs count * chain_limit buckets at most.
bool hmap_snapshot_window(const struct hmap_context *context, const struct hmap *map,
                          const struct hmap_window_request *request, struct hmap_window *window);
void hmap_window_free(struct hmap_window *window);

// One cell of a density picture: a range of buckets, of which some were looked at.
struct hmap_density {
    uint64_t first, count; // the range
    uint32_t
        sampled; // buckets of it that were looked at, evenly spread; their chains are followed for 16 buckets
    uint32_t live;      // entries in them and their chains
    uint32_t overflow;  // overflow buckets seen
    uint32_t longest;   // chain, in buckets
    uint32_t evacuated; // of the sampled ones
};

// Divides the array evenly into `cells` ranges (fewer when it has fewer buckets) and fills one record each.
// Returns how many. Looks at no more than cells * samples buckets and their chains.
size_t hmap_snapshot_density(const struct hmap_context *context, const struct hmap *map,
                             enum hmap_array array, struct hmap_density *densities, size_t cells,
                             uint32_t samples);

// Chain lengths and fill over at most `limit` buckets, evenly spread (0: all).
struct hmap_survey {
    uint64_t buckets;                     // of the array
    uint64_t sampled;                     // looked at; the rest counts these only
    uint64_t chains[16];                  // [n] how many have a chain of n + 1 buckets; the last one: or more
    uint64_t fill[HMAP_BUCKET_SLOTS + 1]; // [n] how many first buckets have n live slots
    uint64_t live, evacuated;
};
void hmap_snapshot_survey(const struct hmap_context *context, const struct hmap *map, enum hmap_array array,
                          uint64_t limit, struct hmap_survey *survey);

// Where a key belongs and where it is, and why.
struct hmap_explanation {
    bool unhashable;
    uint64_t hash;
    uint8_t tophash;
    uint64_t bucket; // hash modulo the buckets
    bool growing;
    uint64_t old_bucket; // hash modulo the old buckets, while growing
    bool old_waiting;    // and that one is not yet evacuated: the key is looked for there
    bool goes_to_y;      // while doubling: the bit that decides
    uint8_t xy_bit;      // which bit of the hash that is; also when not growing: the one a doubling would use
    bool found;          // the key is in the map:
    enum hmap_array array; // in this array,
    uint32_t chain, slot;  // so far down the chain, in this slot
    uint32_t probes;       // buckets looked at
    uint64_t
        bucket_address; // of the bucket that holds it, or the last one looked at; 0 when there are no buckets
};

// Costs one lookup. `key` as for hmap_find. Emits no event.
void hmap_explain(struct hmap_context *context, struct hmap *map, const void *key,
                  struct hmap_explanation *explanation);

// Forcing a key into a bucket of the current array: asks `propose` for keys until one hashes there; true
// with that key in *key. `propose` writes candidate number `attempt` to *key, or returns false when it has
// no more. Expect as many attempts as the map has buckets.
bool hmap_key_for_bucket(struct hmap_context *context, struct hmap *map, uint64_t bucket,
                         uint64_t max_attempts, bool (*propose)(void *state, uint64_t attempt, void *key),
                         void *state, void *key);

#endif
