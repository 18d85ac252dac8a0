// What the files of hmapcore share: the hidden part of a map, addressing within buckets, marks as words,
// random draws, events.
#ifndef HMAP_INTERNAL_H
#define HMAP_INTERNAL_H

#include "hmap.h"
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))

// ---- memory
// -----------------------------------------------------------------------------------------------------------

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

// In front of every indirect key and element.
struct hmap_cell {
    struct hmap_cell *next;
    struct hmap_cell *previous;
};

enum { CELL_KEY, CELL_ELEM, CELL_KINDS };

// The map with what Go leaves to its garbage collector: who owns which memory. extra and the two overflow
// lists are part of it, so that they need no allocation that could fail in the middle of a step.
//
//     hmap_owner ─┬─ map.buckets ──► block │ array          pool ──► slabs of overflow buckets
//                 ├─ map.oldbuckets ► block │ array      old_pool ─► slabs
//                 └─ retired ──► blocks that live iterators may still walk; freed by the first write that
//                 finds none
struct hmap_owner {
    struct hmap_pool pool;
    struct hmap_pool old_pool;
    struct hmap_block *retired;
    struct hmap_cell *cells[CELL_KINDS];
    struct hmap_cell *retired_cells[CELL_KINDS];
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

// How many buckets an array of 2^B has with the overflow buckets in advance, by the flavour's size classes. 0
// when the size in bytes does not fit.
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

// ---- addressing
// -------------------------------------------------------------------------------------------------------

static ALWAYS_INLINE uint64_t bucket_count(uint8_t B)
{
    return UINT64_C(1) << (B & 63);
}

static ALWAYS_INLINE struct bmap *bucket_at(const struct hmap_type *type, void *buckets, uint64_t index)
{
    return (struct bmap *)((char *)buckets + index * type->bucket_bytes);
}

static ALWAYS_INLINE struct bmap *overflow_of(const struct hmap_type *type, const struct bmap *bucket)
{
    struct bmap *next;
    memcpy(&next, (const char *)bucket + type->bucket_bytes - sizeof next, sizeof next);
    return next;
}

static ALWAYS_INLINE void set_overflow(const struct hmap_type *type, struct bmap *bucket, struct bmap *next)
{
    memcpy((char *)bucket + type->bucket_bytes - sizeof next, &next, sizeof next);
}

static ALWAYS_INLINE char *key_slot(const struct hmap_type *type, struct bmap *bucket, uint64_t slot)
{
    return (char *)bucket + HMAP_DATA_OFFSET + slot * type->key_slot_bytes;
}

static ALWAYS_INLINE char *elem_slot(const struct hmap_type *type, struct bmap *bucket, uint64_t slot)
{
    return (char *)bucket + hmap_type_elems_offset(type) + slot * type->elem_slot_bytes;
}

static ALWAYS_INLINE void *load_pointer(const void *place)
{
    void *pointer;
    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

// The key (element) itself, behind its pointer where it is stored indirect.
static ALWAYS_INLINE void *key_in(const struct hmap_type *type, struct bmap *bucket, uint64_t slot)
{
    char *place = key_slot(type, bucket, slot);
    return type->flags & HMAP_INDIRECT_KEY ? load_pointer(place) : place;
}

static ALWAYS_INLINE void *elem_in(const struct hmap_type *type, struct bmap *bucket, uint64_t slot)
{
    char *place = elem_slot(type, bucket, slot);
    return type->flags & HMAP_INDIRECT_ELEM ? load_pointer(place) : place;
}

static ALWAYS_INLINE bool bucket_evacuated(const struct bmap *bucket)
{
    uint8_t mark = bucket->tophash[0];
    return mark > HMAP_EMPTY_ONE && mark < HMAP_MIN_TOPHASH;
}

// ---- tophashes, eight at a time
// -----------------------------------------------------------------------------------------
//
// The eight tophash bytes as one word; a mask of slots has bit 8 * slot + 7 set for each.

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "slot masks are for little-endian machines, as Go's amd64 is"
#endif

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define EACH_LOW7 UINT64_C(0x7f7f7f7f7f7f7f7f)

static ALWAYS_INLINE uint64_t tophash_word(const struct bmap *bucket)
{
    uint64_t word;
    memcpy(&word, bucket->tophash, sizeof word);
    return word;
}

// Which bytes are zero; exact, no carry runs from byte to byte.
static ALWAYS_INLINE uint64_t zero_bytes(uint64_t word)
{
    return ~(((word & EACH_LOW7) + EACH_LOW7) | word | EACH_LOW7);
}

static ALWAYS_INLINE uint64_t slots_equal(uint64_t word, uint8_t tophash)
{
    return zero_bytes(word ^ tophash * EACH_BYTE);
}

static ALWAYS_INLINE uint64_t slots_empty(uint64_t word) // emptyRest or emptyOne
{
    return zero_bytes(word & ~EACH_BYTE);
}

static ALWAYS_INLINE unsigned first_slot(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask) / 8;
}

// Nothing lives after this bucket: an empty-rest run reaches its last slot.
static ALWAYS_INLINE bool chain_ends(uint64_t word)
{
    return word >> 56 == HMAP_EMPTY_REST;
}

// ---- flags
// ------------------------------------------------------------------------------------------------------------
//
// Relaxed atomics: they cost what plain accesses cost, and concurrent iterators set their bits in the same
// byte.

static ALWAYS_INLINE uint8_t flags_of(const struct hmap *map)
{
    return __atomic_load_n(&map->flags, __ATOMIC_RELAXED);
}

static ALWAYS_INLINE void set_flags(struct hmap *map, uint8_t flags)
{
    __atomic_store_n(&map->flags, flags, __ATOMIC_RELAXED);
}

static ALWAYS_INLINE bool growing(const struct hmap *map)
{
    return map->oldbuckets != NULL;
}

static ALWAYS_INLINE bool growing_same_size(const struct hmap *map)
{
    return flags_of(map) & HMAP_SAME_SIZE_GROW;
}

static ALWAYS_INLINE uint64_t old_bucket_count(const struct hmap *map)
{
    return bucket_count(growing_same_size(map) ? map->B : (uint8_t)(map->B - 1));
}

static ALWAYS_INLINE bool over_load_factor(int64_t count, uint8_t B)
{
    return count > HMAP_BUCKET_SLOTS &&
           (uint64_t)count > HMAP_LOAD_FACTOR_NUM * (bucket_count(B) / HMAP_LOAD_FACTOR_DEN);
}

static ALWAYS_INLINE bool too_many_overflow(uint16_t noverflow, uint8_t B)
{
    return noverflow >= 1u << (B < 15 ? B : 15);
}

// The head of the chain that holds a key of this hash: in the old array while that bucket is not yet
// evacuated.
static ALWAYS_INLINE struct bmap *chain_for(const struct hmap_type *type, const struct hmap *map,
                                            uint64_t hash)
{
    uint64_t mask = bucket_count(map->B) - 1;
    if (UNLIKELY(map->oldbuckets != NULL)) {
        struct bmap *old = bucket_at(type, map->oldbuckets, hash & (old_bucket_count(map) - 1));
        if (!bucket_evacuated(old))
            return old;
    }
    return bucket_at(type, map->buckets, hash & mask);
}

// ---- growth (hmap_grow.c)
// -------------------------------------------------------------------------------------------------

// The first bucket of a map with B = 0.
HMAP_MUST_USE enum hmap_status hmap_first_bucket(struct hmap_context *context, struct hmap *map);
// Starts a growth. The map is as before on failure.
HMAP_MUST_USE enum hmap_status hmap_grow_start(struct hmap_context *context, struct hmap *map);
// The evacuation that a write to `bucket` owes. On failure nothing of it is half done.
HMAP_MUST_USE enum hmap_status hmap_grow_work(struct hmap_context *context, struct hmap *map,
                                              uint64_t bucket);

// ---- hashes (hmap_hash.c)
// ---------------------------------------------------------------------------------------------------

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

// ---- search by whatever key (hmap.c)
// ----------------------------------------------------------------------------------------

struct hmap_place {
    struct bmap *bucket; // NULL: not there
    unsigned slot;
};

// Where a key is. For a key that equals itself.
struct hmap_place hmap_locate(struct hmap_context *context, struct hmap *map, const void *key, uint64_t hash);

// ---- events
// -----------------------------------------------------------------------------------------------------------------

// HMAP_NO_EVENTS makes the build that the cost of instrumentation is measured against.
#ifdef HMAP_NO_EVENTS
#define LISTENING(context) ((void)(context), false)
#else
#define LISTENING(context) UNLIKELY((context)->sink.emit != NULL)
#endif

#define EMIT(context, map_, ...)                                                                             \
    do {                                                                                                     \
        if (LISTENING(context))                                                                              \
            hmap_emit((context), (map_), &(struct hmap_event){__VA_ARGS__});                                 \
    } while (0)

// Fills in what the header knows and hands the event on.
static inline void hmap_emit(struct hmap_context *context, const struct hmap *map, struct hmap_event *event)
{
    event->map = map;
    if (map) {
        event->count = (uint64_t)map->count;
        event->B = map->B;
        event->flags = flags_of(map);
    }
    context->sink.emit(context->sink.state, event);
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
