// SPDX-License-Identifier: MIT
// The picture of a classic map, Go's up to 1.23:
//
//     header ─► buckets     │bucket│bucket│…  each followed by its chain of overflow buckets
//               oldbuckets  │bucket│…         while the map grows: those below nevacuate are moved, to X (the
//                                             same number) or to Y (number + old buckets)
//
// Only what a screen shows of the buckets is in it: a window of each array, or their density.
#ifndef STRATA_PICTURE_CLASSIC_PICTURE_H
#define STRATA_PICTURE_CLASSIC_PICTURE_H

#include "picture/map_picture.h"

enum { CLASSIC_SLOTS = 8 };

// What a tophash byte says. From CLASSIC_LIVE on: a live entry, by the high 8 bits of its key's hash, to
// which CLASSIC_LIVE was added when they are below it. (Go 1.23, runtime/map.go: emptyRest to minTopHash.)
enum classic_mark {
    CLASSIC_EMPTY_REST,  // empty, and so is everything after it in the chain
    CLASSIC_EMPTY_ONE,   // emptied
    CLASSIC_MOVED_X,     // moved to the same bucket number of the new array
    CLASSIC_MOVED_Y,     // moved to the upper half of the new array
    CLASSIC_MOVED_EMPTY, // was empty when its bucket was moved
    CLASSIC_LIVE,
};

// Bits of the header's flags. (Go 1.23, runtime/map.go: iterator to sameSizeGrow.)
enum classic_flag {
    CLASSIC_ITERATOR = 1,     // an iterator may use buckets
    CLASSIC_OLD_ITERATOR = 2, // an iterator may use oldbuckets
    CLASSIC_WRITING = 4,
    CLASSIC_SAME_SIZE = 8,
};

struct classic_header {
    struct picture_header raw;
    int64_t count;
    uint8_t B, flags; // flags: enum classic_flag
    uint16_t noverflow;
    uint32_t hash0;
    uint64_t buckets_address, oldbuckets_address, extra_address; // 0: nil
    uint64_t buckets;                                            // 2^B
    uint64_t old_buckets;                                        // 0 when it is not growing
    uint64_t nevacuate;
    uint64_t grows_above;        // a new key when count is this much starts a doubling
    uint32_t grows_at_noverflow; // this many overflow buckets start a growth to the same size
    bool is_growing, is_same_size;
};

struct classic_bucket {
    uint64_t address;
    uint64_t overflow_address; // of the next bucket of the chain, 0 at its end
    uint64_t index;            // of the chain's first bucket in its array
    uint32_t chain;            // 0 in the array itself, 1 … in its overflow chain
    bool is_evacuated;
    uint8_t in_doubt; // a bit a slot: it was changing while it was read
    uint8_t tophash[CLASSIC_SLOTS];
};

struct classic_entry {
    char key[PICTURE_TEXT_BYTES], elem[PICTURE_TEXT_BYTES]; // "" where there is no live entry
};

// One bucket as it lies in memory: 8 tophashes, 8 keys, 8 elements, the overflow pointer. (Go 1.23,
// reflect/type.go: bucketOf.)
enum { CLASSIC_BUCKET_BYTES = 1024 };

struct classic_bucket_bytes {
    uint64_t address; // 0: there is none
    uint64_t overflow_address;
    uint32_t whole_bytes, size_bytes; // of the bucket, and how many of them are here
    uint32_t key_bytes, elem_bytes;   // of a slot
    uint32_t elems_offset, overflow_offset;
    uint8_t bytes[CLASSIC_BUCKET_BYTES];
    struct classic_entry entries[CLASSIC_SLOTS];
};

// Which buckets are wanted: [first, first + count) of one array, each with its chain.
struct classic_request {
    bool is_old;
    uint64_t first, count; // clipped to the array; count 0: nothing is wanted
    uint32_t chain_limit;  // buckets taken of a chain, its first one included
    bool texts;            // keys and elements are wanted
};

// The buckets by index, then by place in the chain. The buffers belong to who fills the picture.
struct classic_window {
    struct classic_bucket *buckets;
    struct classic_entry *entries; // CLASSIC_SLOTS a bucket; to be read only where texts were asked for
    size_t length;
};

// One cell of a density picture: a range of buckets, some of which were looked at.
struct classic_density {
    uint64_t first, count;
    uint32_t sampled;   // buckets looked at
    uint32_t live;      // entries in them and their chains
    uint32_t overflow;  // overflow buckets seen
    uint32_t evacuated; // of the sampled ones
};

// How much of the old array is moved, for a gauge: the array in equal parts.
enum { CLASSIC_MOVED_PARTS = 32 };

struct classic_moved {
    size_t parts;                       // a bucket each where there are no more
    uint8_t share[CLASSIC_MOVED_PARTS]; // of 255
    uint64_t moved;                     // buckets; exact or
    bool is_estimate;                   // by samples
};

// How long the chains are.
struct classic_survey {
    uint64_t buckets, sampled;
    uint64_t chains[16]; // [n]: sampled buckets whose chain has n + 1 buckets; the last one: or more
};

enum classic_touch_kind {
    TOUCH_NOTHING,
    TOUCH_CHAIN,  // a chain was walked, from its bucket to place `chain`
    TOUCH_BUCKET, // one bucket of a chain, by its address
    TOUCH_MOVE,   // an old bucket was moved; `address` is its place
};

// What the latest event has touched.
struct classic_touch {
    enum classic_touch_kind kind;
    bool in_old;
    bool has_slot; // it ended at this slot of the bucket at `address`
    uint8_t slot;
    uint32_t chain;
    uint64_t bucket, address;
    bool has_latest; // the bucket that was touched last, now or before: what a view follows
    uint64_t latest_bucket;
};

// How far the operation with that key has come.
enum classic_hash_step { HASH_NO_STEP, HASH_PICKS, HASH_STORED };

// The latest key whose hash is known.
struct classic_hash {
    bool is_known;
    uint8_t tophash;
    uint8_t
        step; // enum classic_hash_step: its low bits have just picked the bucket, its high ones are stored
    uint8_t hash_bits; // 32 in a program of 32 bits; 0: 64
    uint64_t hash;
    const char *verb; // what was done with the key: "insert"; borrowed, static
    char key[PICTURE_TEXT_BYTES];
};

enum {
    CLASSIC_OLD,
    CLASSIC_NEW,   // while doubling and drawn side by side: the lower half
    CLASSIC_UPPER, // the upper half
    CLASSIC_WINDOWS,
};

struct classic_picture {
    struct classic_header header;
    struct classic_window windows[CLASSIC_WINDOWS];
    struct classic_density *old_density, *new_density; // belong to who fills the picture
    size_t old_density_count, new_density_count;
    struct classic_survey survey;
    struct classic_bucket_bytes bucket_bytes; // when it is asked for
    struct picture_detail detail;             // of a slot of it, when it is asked for
    struct classic_moved moved;               // while it grows
    struct classic_touch touch;
    struct classic_hash hash;
    struct picture_event events[PICTURE_EVENTS_MOST]; // oldest first
    size_t events_count;
};

static inline bool classic_is_live(uint8_t tophash)
{
    return tophash >= CLASSIC_LIVE;
}

// The mark of a tophash: CLASSIC_LIVE for all that are live.
static inline enum classic_mark classic_mark_of(uint8_t tophash)
{
    return (enum classic_mark)(tophash < CLASSIC_LIVE ? tophash : CLASSIC_LIVE);
}

#endif
