// SPDX-License-Identifier: MIT
// The words whose layout is cross-checked: Go's hmap, mapextra, bmap and hiter (runtime/map.go, Go 1.19 to
// 1.23, amd64), with Go's own field names, because `strata verify` lays them beside a real Go program's.
//
// The picture:
//
//     map variable ──► hmap (48 bytes)
//                       buckets ─────► ┌─────────┬────────────┬─────────────┬──────────┐ bucket 0
//                                      │tophash×8│  keys × 8  │  elems × 8  │ overflow ├──► bucket ──► nil
//                                      ├─────────┼────────────┼─────────────┼──────────┤ bucket 1
//                                      │   …     │            │             │   nil    │
//                                      ├─────────┴────────────┴─────────────┴──────────┤ bucket 2^B
//                                      │  from B = 4 on: overflow buckets in advance   │
//                                      └───────────────────────────────────────────────┘
//                       oldbuckets ──► the array before the growth under way, else nil
//                       extra ───────► mapextra
//
// A key's hash picks everything: its low B bits the bucket, its high 8 bits the tophash, and while the map
// doubles, the bit above the old B bits whether the entry moves to X (same number) or Y (number + old bucket
// count).
#ifndef HMAP_LAYOUT_H
#define HMAP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HMAP_BUCKET_SLOTS = 8,
    HMAP_LOAD_FACTOR_NUM = 13, // growth above 13/2 entries a bucket
    HMAP_LOAD_FACTOR_DEN = 2,
    HMAP_MAX_INLINE_BYTES = 128, // a larger key or element is stored as a pointer
    HMAP_DATA_OFFSET = 8,        // of the keys in a bucket
};

// What a tophash byte says. Everything from HMAP_MIN_TOPHASH up is a live entry's.
enum {
    HMAP_EMPTY_REST = 0,      // empty, and so is everything after it in the chain
    HMAP_EMPTY_ONE = 1,       // empty
    HMAP_EVACUATED_X = 2,     // moved to the same bucket number of the new array
    HMAP_EVACUATED_Y = 3,     // moved to the upper half of the new array
    HMAP_EVACUATED_EMPTY = 4, // was empty when its bucket was evacuated
    HMAP_MIN_TOPHASH = 5,
};

// hmap.flags
enum {
    HMAP_ITERATOR = 1,       // an iterator may use buckets
    HMAP_OLD_ITERATOR = 2,   // an iterator may use oldbuckets
    HMAP_HASH_WRITING = 4,   // a write is under way
    HMAP_SAME_SIZE_GROW = 8, // the growth under way is to an array of the same size
};

struct bmap {
    uint8_t tophash[HMAP_BUCKET_SLOTS]; // then 8 keys, 8 elements and the overflow pointer, whose places the
                                        // map type gives
};

// A Go slice of buckets: all overflow buckets of an array whose buckets hold no pointers of their own.
struct hmap_bucket_slice {
    struct bmap **array;
    int64_t len;
    int64_t cap;
};

struct mapextra {
    struct hmap_bucket_slice *overflow;
    struct hmap_bucket_slice *oldoverflow;
    struct bmap *nextOverflow; // next free overflow bucket of the array, NULL when there is none
};

struct hmap {
    int64_t count; // live entries: what len() reads
    uint8_t flags;
    uint8_t B;          // log2 of the number of buckets
    uint16_t noverflow; // overflow buckets; exact below B = 16, an estimate from there on
    uint32_t hash0;     // seed of the hash
    void *buckets;      // 2^B buckets; NULL until the first assignment when B = 0
    void *oldbuckets;   // while growing, else NULL
    uint64_t nevacuate; // old buckets below this one are evacuated
    struct mapextra *extra;
};

struct hmap_type;

struct hiter {
    const void *key; // NULL: the iteration has ended
    void *elem;
    const struct hmap_type *t;
    struct hmap *h;
    void *buckets;     // the array at the start of the iteration
    struct bmap *bptr; // bucket the iterator stands in
    struct hmap_bucket_slice
        *overflow; // in Go these two keep overflow buckets alive; here the map's owner does,
    struct hmap_bucket_slice *oldoverflow; // and they are there for the layout
    uint64_t startBucket;
    uint8_t offset; // of the first slot looked at in each bucket
    bool wrapped;   // has gone past the last bucket to bucket 0
    uint8_t B;
    uint8_t i;
    uint64_t bucket;
    uint64_t checkBucket; // in mid-growth: only keys that will move to this bucket; else HMAP_NO_CHECK
};

#define HMAP_NO_CHECK UINT64_MAX

// What a Go string and a Go interface value (`any`) are in memory.
struct hmap_string {
    const char *data;
    int64_t len;
};

struct hmap_kind;

struct hmap_interface {
    const struct hmap_kind *kind; // the dynamic type, NULL in a nil interface
    const void *data;             // points at the value, or is the value where the kind is pointer-shaped
};

// A bucket with typed keys and elements, as Go's compiler would write it: for sizeof, offsetof and debug
// information.
#define HMAP_BUCKET_OF(name, K, V)                                                                           \
    struct name {                                                                                            \
        uint8_t tophash[HMAP_BUCKET_SLOTS];                                                                  \
        K keys[HMAP_BUCKET_SLOTS];                                                                           \
        V elems[HMAP_BUCKET_SLOTS];                                                                          \
        struct name *overflow;                                                                               \
    }

HMAP_BUCKET_OF(hmap_bucket_int32_int32, int32_t, int32_t);
HMAP_BUCKET_OF(hmap_bucket_int64_int64, int64_t, int64_t);
HMAP_BUCKET_OF(hmap_bucket_string_int64, struct hmap_string, int64_t);
HMAP_BUCKET_OF(hmap_bucket_float64_int64, double, int64_t);
HMAP_BUCKET_OF(hmap_bucket_interface_int64, struct hmap_interface, int64_t);

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct hmap) == 48 && offsetof(struct hmap, flags) == 8 &&
                   offsetof(struct hmap, B) == 9 && offsetof(struct hmap, noverflow) == 10 &&
                   offsetof(struct hmap, hash0) == 12 && offsetof(struct hmap, buckets) == 16 &&
                   offsetof(struct hmap, oldbuckets) == 24 && offsetof(struct hmap, nevacuate) == 32 &&
                   offsetof(struct hmap, extra) == 40,
               "hmap as in runtime/map.go");
_Static_assert(sizeof(struct mapextra) == 24 && sizeof(struct bmap) == HMAP_DATA_OFFSET, "mapextra, bmap");
_Static_assert(sizeof(struct hiter) == 96 && offsetof(struct hiter, startBucket) == 64 &&
                   offsetof(struct hiter, offset) == 72 && offsetof(struct hiter, i) == 75 &&
                   offsetof(struct hiter, bucket) == 80 && offsetof(struct hiter, checkBucket) == 88,
               "hiter as in runtime/map.go");
#else
#error "the layouts of this file are those of a 64-bit machine"
#endif

// The tophash of a hash: its high 8 bits, moved out of the way of the marks below HMAP_MIN_TOPHASH.
static inline uint8_t hmap_tophash(uint64_t hash)
{
    uint8_t top = (uint8_t)(hash >> 56);
    return top < HMAP_MIN_TOPHASH ? (uint8_t)(top + HMAP_MIN_TOPHASH) : top;
}

#endif
