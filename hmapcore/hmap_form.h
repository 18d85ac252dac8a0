// SPDX-License-Identifier: MIT
// The forms of keys (hmap_key.h) in a bucket: where each lies.
#ifndef HMAP_FORM_H
#define HMAP_FORM_H

#include "hmap_key.h"

static ALWAYS_INLINE uint64_t form_key_bytes(const struct hmap_type *type, enum form form)
{
    return form == FORM_WORD32    ? 4
           : form == FORM_WORD64  ? 8
           : form_is_string(form) ? sizeof(struct hmap_string)
                                  : type->key_slot_bytes;
}

static ALWAYS_INLINE char *form_key(const struct hmap_type *type, struct bmap *bucket, unsigned slot,
                                    enum form form)
{
    return (char *)bucket + HMAP_DATA_OFFSET + slot * form_key_bytes(type, form);
}

static ALWAYS_INLINE char *form_elem(const struct hmap_type *type, struct bmap *bucket, unsigned slot,
                                     enum form form)
{
    return (char *)bucket + HMAP_DATA_OFFSET + HMAP_BUCKET_SLOTS * form_key_bytes(type, form) +
           slot * (uint64_t)type->elem_slot_bytes;
}

// What the caller gets: the element itself.
static ALWAYS_INLINE void *form_elem_value(const struct hmap_type *type, struct bmap *bucket, unsigned slot,
                                           enum form form)
{
    char *place = form_elem(type, bucket, slot, form);
    return form == FORM_GENERIC && type->flags & HMAP_INDIRECT_ELEM ? load_pointer(place) : place;
}

// Which of a bucket's live keys, of 4 or 8 bytes, equal `key`: bit n for slot n.
static ALWAYS_INLINE unsigned portable_live_equal(const struct bmap *bucket, enum form form, uint64_t key)
{
    const char *keys = (const char *)bucket + HMAP_DATA_OFFSET;
    const size_t key_bytes = form == FORM_WORD32 ? 4 : 8;
    unsigned equal = 0;
    for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
        uint64_t word = key; // of 4 bytes, the others are equal by that
        memcpy(&word, keys + key_bytes * slot, key_bytes);
        equal |= (unsigned)(word == key && bucket->tophash[slot] > HMAP_EMPTY_ONE) << slot;
    }
    return equal;
}

#if defined(__SSE2__)
// Which 32 bits of the 16 bytes at `keys` are as those wanted.
static ALWAYS_INLINE __m128i keys_equal(const char *keys, __m128i wanted)
{
    return _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(const void *)keys), wanted);
}

static ALWAYS_INLINE unsigned live_equal(const struct bmap *bucket, enum form form, uint64_t key)
{
    const char *keys = (const char *)bucket + HMAP_DATA_OFFSET;
    __m128i tophashes = _mm_loadl_epi64((const __m128i *)(const void *)bucket->tophash);
    __m128i empty =
        _mm_cmpeq_epi8(_mm_subs_epu8(tophashes, _mm_set1_epi8(HMAP_EMPTY_ONE)), _mm_setzero_si128());
    __m128i equal; // a byte a slot, in the low half
    if (form == FORM_WORD32) {
        __m128i wanted = _mm_set1_epi32((int)(uint32_t)key);
        equal = _mm_packs_epi32(keys_equal(keys, wanted), keys_equal(keys + 16, wanted));
        equal = _mm_packs_epi16(equal, equal);
    } else {
        __m128i wanted = _mm_set1_epi64x((int64_t)key);
        __m128i first = _mm_packs_epi32(keys_equal(keys, wanted), keys_equal(keys + 16, wanted));
        __m128i last = _mm_packs_epi32(keys_equal(keys + 32, wanted), keys_equal(keys + 48, wanted));
        __m128i halves = _mm_packs_epi16(first, last);            // a byte for each half of a key
        equal = _mm_and_si128(halves, _mm_srli_epi16(halves, 8)); // both: in the low byte of 16 bits
        equal = _mm_packus_epi16(equal, equal);
    }
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(empty, equal)) & 0xff;
}
#else
static ALWAYS_INLINE unsigned live_equal(const struct bmap *bucket, enum form form, uint64_t key)
{
    return portable_live_equal(bucket, form, key);
}
#endif

static ALWAYS_INLINE enum hmap_status probe_hash(struct hmap_context *context, enum form form, bool fast,
                                                 union probe probe, uint32_t seed, uint64_t *hash)
{
    return form_hash(context, context->type->key, form, fast, probe, seed, hash);
}

static ALWAYS_INLINE bool probe_equal(const struct hmap_type *type, enum form form, union probe probe,
                                      const char *place)
{
    return form_equal(type->key, type->flags & HMAP_INDIRECT_KEY, form, probe, place);
}

#endif
