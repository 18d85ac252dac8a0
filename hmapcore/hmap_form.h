// The forms of keys that Go has routines of their own for: how each is hashed, compared and stored. Only
// constants are passed for `form`, so that nothing of the choosing is left at run time.
#ifndef HMAP_FORM_H
#define HMAP_FORM_H

#include "hmap_aes.h"
#include "hmap_internal.h"

// FORM_SHORT is a string of 1 to 16 bytes, which needs no call to be hashed and compared.
enum form { FORM_WORD32, FORM_WORD64, FORM_STRING, FORM_SHORT, FORM_GENERIC };

// The key searched for, by the form. Two words, so that it travels in registers.
union probe {
    uint64_t word;
    struct hmap_string string;
    const void *any;
};

static ALWAYS_INLINE uint64_t form_key_bytes(const struct hmap_type *type, enum form form)
{
    return form == FORM_WORD32                         ? 4
           : form == FORM_WORD64                       ? 8
           : form == FORM_STRING || form == FORM_SHORT ? sizeof(struct hmap_string)
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

static ALWAYS_INLINE bool is_short(struct hmap_string string)
{
    return (uint64_t)string.len - 1 < 16; // a length of 0 wraps around
}

static ALWAYS_INLINE enum hmap_status probe_hash(struct hmap_context *context, enum form form, bool fast,
                                                 union probe probe, uint32_t seed, uint64_t *hash)
{
    switch (form) {
    case FORM_WORD32:
    case FORM_WORD64:
        *hash = fast || context->aes_instructions
                    ? aes_hash_word(context, probe.word, seed)
                    : hmap_memhash_word(context, probe.word, form == FORM_WORD32 ? 4 : 8, seed);
        return HMAP_OK;
    case FORM_SHORT:
        *hash = aes_hash_short(context, probe.string.data, (uint64_t)probe.string.len, seed);
        return HMAP_OK;
    case FORM_STRING:
        if ((fast || context->aes_instructions) && is_short(probe.string))
            *hash = aes_hash_short(context, probe.string.data, (uint64_t)probe.string.len, seed);
        else
            *hash = hmap_memhash(context, probe.string.data, (uint64_t)probe.string.len, seed);
        return HMAP_OK;
    case FORM_GENERIC:
        break;
    }
    return hmap_kind_hash(context, context->type->key, probe.any, seed, hash);
}

// Equality without a call: two reads that overlap in the middle.
static ALWAYS_INLINE bool short_equal(const char *left, const char *right, int64_t len)
{
    if (LIKELY(len >= 8)) {
        uint64_t a, b, c, d;
        memcpy(&a, left, 8);
        memcpy(&b, right, 8);
        memcpy(&c, left + len - 8, 8);
        memcpy(&d, right + len - 8, 8);
        return ((a ^ b) | (c ^ d)) == 0;
    }
    uint64_t a, b, unused;
    load_short(left, (uint64_t)len, &a, &unused);
    load_short(right, (uint64_t)len, &b, &unused);
    return a == b;
}

static ALWAYS_INLINE bool string_equal(const char *left, const char *right, int64_t len)
{
    if (left == right)
        return true;
    return len >= 8 && len <= 16 ? short_equal(left, right, len) : memcmp(left, right, (size_t)len) == 0;
}

static ALWAYS_INLINE bool probe_equal(const struct hmap_type *type, enum form form, union probe probe,
                                      const char *place)
{
    uint32_t word32;
    uint64_t word64;
    struct hmap_string string;
    switch (form) {
    case FORM_WORD32:
        memcpy(&word32, place, sizeof word32);
        return word32 == (uint32_t)probe.word;
    case FORM_WORD64:
        memcpy(&word64, place, sizeof word64);
        return word64 == probe.word;
    case FORM_SHORT:
        memcpy(&string, place, sizeof string);
        return string.len == probe.string.len &&
               short_equal(string.data, probe.string.data, probe.string.len);
    case FORM_STRING:
        memcpy(&string, place, sizeof string);
        return string.len == probe.string.len && string_equal(string.data, probe.string.data, string.len);
    case FORM_GENERIC:
        break;
    }
    return hmap_kind_equal(type->key, probe.any,
                           type->flags & HMAP_INDIRECT_KEY ? load_pointer(place) : place);
}

#endif
