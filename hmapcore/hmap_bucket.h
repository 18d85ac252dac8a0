// SPDX-License-Identifier: MIT
// Inside hmapcore: where things are in a bucket, the eight tophash bytes as one word, the header's flags.
#ifndef HMAP_BUCKET_H
#define HMAP_BUCKET_H

#include "hmap_layout.h"
#include "hmap_type.h"
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))

// ---- addressing ----------------------------------------------------------------------

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

// ---- tophashes, eight at a time ------------------------------------------------------
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

// Writes the whole word: a single byte would delay the next reading of the word until it has reached memory.
static ALWAYS_INLINE void set_tophash_word(struct bmap *bucket, uint64_t word)
{
    memcpy(bucket->tophash, &word, sizeof word);
}

// The word with one slot's tophash replaced.
static ALWAYS_INLINE uint64_t with_tophash(uint64_t word, unsigned slot, uint8_t tophash)
{
    return (word & ~(UINT64_C(0xff) << (8 * slot))) | (uint64_t)tophash << (8 * slot);
}

// Which bytes are zero; exact, no carry runs from byte to byte.
static ALWAYS_INLINE uint64_t zero_bytes(uint64_t word)
{
    return ~(((word & EACH_LOW7) + EACH_LOW7) | word | EACH_LOW7);
}

static ALWAYS_INLINE uint64_t portable_slots_equal(uint64_t word, uint8_t tophash)
{
    return zero_bytes(word ^ tophash * EACH_BYTE);
}

static ALWAYS_INLINE uint64_t slots_equal(uint64_t word, uint8_t tophash)
{
#if defined(__SSE2__)
    __m128i equal = _mm_cmpeq_epi8(_mm_cvtsi64_si128((int64_t)word), _mm_set1_epi8((char)tophash));
    return (uint64_t)_mm_cvtsi128_si64(equal) & ~EACH_LOW7;
#else
    return portable_slots_equal(word, tophash);
#endif
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

// ---- flags ---------------------------------------------------------------------------
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

#endif
