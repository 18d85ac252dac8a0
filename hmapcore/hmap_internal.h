// SPDX-License-Identifier: MIT
// What the files of hmapcore share: the hidden part of a map, and who does what to it. hmap_bucket.h has
// what lies in the open.
#ifndef HMAP_INTERNAL_H
#define HMAP_INTERNAL_H

#include "hmap.h"
#include "hmap_bucket.h"
#include "hmap_cell.h"
#include <sys/single_threaded.h>

// ---- memory --------------------------------------------------------------------------

// In front of every bucket array and slab: what it takes to keep it aside while an iterator may still walk
// it, and to free it.
struct hmap_block {
    struct hmap_block *next;
    size_t size_bytes; // this header included
};

// Overflow buckets that lie in no array, cut from ever larger slabs. One pool serves one array: when the
// array goes, they all go.
struct hmap_pool {
    struct hmap_block *slabs; // newest first
    char *next;               // free room in the newest
    char *end;
};

// The map with what Go leaves to its garbage collector: who owns which memory. extra and the two overflow
// lists are part of it, so that they need no allocation that could fail in the middle of a step.
//
//     hmap_owner ─┬─ map.buckets ──► block │ array          pool ──► slabs of overflow buckets
//                 ├─ map.oldbuckets ► block │ array      old_pool ─► slabs
//                 └─ retired ──► blocks that live iterators may still walk, freed by the first write that
//                                finds none alive
struct hmap_owner {
    struct hmap_pool pool;
    struct hmap_pool old_pool;
    struct hmap_block *retired;
    struct hmap_cells cells;
    struct mapextra extra;
    struct hmap_bucket_slice overflow_lists[2];
    int64_t iterators; // live ones; atomic, because readers may start and end them at once
    struct hmap map;
};

static inline struct hmap_owner *owner_of(const struct hmap *map)
{
    return (struct hmap_owner *)((char *)(uintptr_t)map - offsetof(struct hmap_owner, map));
}

// calloc and free, and large arrays on huge pages.
struct hmap_allocator hmap_default_allocator(void);

// How many buckets an array of 2^B has with the overflow buckets in advance, by the flavour's size classes.
// 0 when the size in bytes does not fit.
uint64_t hmap_array_buckets(const struct hmap_type *type, enum hmap_flavour flavour, uint8_t B);

// A zeroed array for 2^B buckets; *next_overflow is its first overflow bucket in advance, or NULL.
HMAP_MUST_USE enum hmap_status hmap_array_allocate(struct hmap_context *context, struct hmap *map, uint8_t B,
                                                   void **buckets, struct bmap **next_overflow);
// Puts the mark on the last bucket in advance that stops nextOverflow. Returns the first of them, or NULL.
struct bmap *hmap_array_arm(const struct hmap_type *type, void *buckets, uint8_t B, uint64_t array_buckets);
void hmap_array_release(struct hmap_context *context, struct hmap *map, void *buckets);

// Makes sure that the next `wanted` calls of hmap_overflow_link cannot fail.
HMAP_MUST_USE enum hmap_status hmap_overflow_reserve(struct hmap_context *context, struct hmap *map,
                                                     uint64_t wanted);
// Links a fresh overflow bucket behind `bucket`. Needs a reservation.
struct bmap *hmap_overflow_link(struct hmap_context *context, struct hmap *map, struct bmap *bucket);
void hmap_overflow_list_create(struct hmap *map);
void hmap_overflow_list_release(struct hmap_context *context, struct hmap_bucket_slice *list);

void hmap_pool_release(struct hmap_context *context, struct hmap *map, struct hmap_pool *pool);
// Frees what was kept for iterators, if none is live.
void hmap_retired_collect(struct hmap_context *context, struct hmap *map);

// A zeroed object of the key's (element's) size; NULL when memory is short.
void *hmap_cell_allocate(struct hmap_context *context, struct hmap *map, int which);
void hmap_cell_release(struct hmap_context *context, struct hmap *map, int which, void *object);
void hmap_cells_release(struct hmap_context *context, struct hmap *map); // all of them

// Live iterators keep replaced memory from being freed. Several threads may count at once; while the process
// has only one, it need not pay for that.
static inline void iterators_add(int64_t *iterators, int64_t change)
{
    if (__libc_single_threaded)
        *iterators += change;
    else
        __atomic_add_fetch(iterators, change, __ATOMIC_ACQ_REL);
}

// ---- growth (hmap_grow.c) ------------------------------------------------------------

// The first bucket of a map with B = 0.
HMAP_MUST_USE enum hmap_status hmap_first_bucket(struct hmap_context *context, struct hmap *map);
// Starts a growth. The map is as before on failure.
HMAP_MUST_USE enum hmap_status hmap_grow_start(struct hmap_context *context, struct hmap *map);
// The evacuation that a write to `bucket` owes. On failure nothing of it is half done.
HMAP_MUST_USE enum hmap_status hmap_grow_work(struct hmap_context *context, struct hmap *map,
                                              uint64_t bucket);

// ---- hashes (hmap_hash.c) ------------------------------------------------------------

uint64_t hmap_memhash(const struct hmap_context *context, const void *data, uint64_t size_bytes,
                      uint64_t seed);
uint64_t hmap_memhash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                           uint64_t seed);
// The kind's hash as a map's key.
HMAP_MUST_USE enum hmap_status hmap_kind_hash(struct hmap_context *context, const struct hmap_kind *kind,
                                              const void *value, uint64_t seed, uint64_t *hash);
// The first unhashable kind that hashing `value` meets, or NULL.
const struct hmap_kind *hmap_kind_unhashable(const struct hmap_kind *kind, const void *value);

static inline uint64_t draw64(struct hmap_context *context)
{
    return context->random.next(context->random.state);
}

static inline uint32_t draw32(struct hmap_context *context)
{
    return (uint32_t)draw64(context);
}

// ---- search by whatever key (hmap_locate.c) ------------------------------------------

struct hmap_place {
    struct bmap *bucket; // NULL: not there
    unsigned slot;
};

// Where a key is. For a key that equals itself.
struct hmap_place hmap_locate(struct hmap_context *context, struct hmap *map, const void *key, uint64_t hash);

// ---- events --------------------------------------------------------------------------

// HMAP_NO_EVENTS makes the build that the cost of instrumentation is measured against.
#ifdef HMAP_NO_EVENTS
#define LISTENING(context) ((void)(context), false)
#else
#define LISTENING(context) UNLIKELY((context)->sink.emit != NULL)
#endif

#define EMIT(context, map_, ...)                                                                             \
    do {                                                                                                     \
        if (LISTENING(context)) {                                                                            \
            struct hmap_event scratch_, *event_ = event_open((context), &scratch_);                          \
            *event_ = (struct hmap_event){__VA_ARGS__};                                                      \
            event_close((context), (map_), event_);                                                          \
        }                                                                                                    \
    } while (0)

// Where to make the next event: in the ring, or in `scratch` for any other sink.
static ALWAYS_INLINE struct hmap_event *event_open(const struct hmap_context *context,
                                                   struct hmap_event *scratch)
{
    if (LIKELY(context->sink.emit == hmap_ring_emit)) {
        struct hmap_ring *ring = context->sink.state;
        return &ring->events[ring->emitted & ring->mask];
    }
    return scratch;
}

// Fills in what the header knows and hands the event on.
static ALWAYS_INLINE void event_close(struct hmap_context *context, const struct hmap *map,
                                      struct hmap_event *event)
{
    event->map = map;
    if (map) {
        event->count = (uint64_t)map->count;
        event->B = map->B;
        event->flags = flags_of(map);
    }
    if (LIKELY(context->sink.emit == hmap_ring_emit)) {
        struct hmap_ring *ring = context->sink.state;
        event->serial = ++ring->emitted;
    } else {
        context->sink.emit(context->sink.state, event);
    }
}

static inline uint64_t address_of(const void *place)
{
    return (uint64_t)(uintptr_t)place;
}

// A fault as a result, with its event.
COLD struct hmap_result hmap_fault(struct hmap_context *context, const struct hmap *map,
                                   enum hmap_status status);
COLD enum hmap_status hmap_fault_status(struct hmap_context *context, const struct hmap *map,
                                        enum hmap_status status);

#endif
