// SPDX-License-Identifier: MIT
// The forms of keys that Go has routines of their own for: how each is hashed, compared and stored, whatever
// map it is a key of. Only constants are passed for `form`, so that nothing of the choosing is left at run
// time.
#ifndef HMAP_KEY_H
#define HMAP_KEY_H

#include "hmap_aes.h"

// FORM_SHORT is a string of 1 to 16 bytes, which needs no call to be hashed and compared; FORM_MIDDLE one of 8 to 16,
// which two overlapping reads take in.
enum form { FORM_WORD32, FORM_WORD64, FORM_STRING, FORM_SHORT, FORM_MIDDLE, FORM_GENERIC };

static ALWAYS_INLINE bool form_is_string(enum form form)
{
    return form == FORM_STRING || form == FORM_SHORT || form == FORM_MIDDLE;
}

// The key searched for, by the form. Two words, so that it travels in registers.
union probe {
    uint64_t word;
    struct hmap_string string;
    const void *any;
};

static ALWAYS_INLINE bool is_short(struct hmap_string string)
{
    return (uint64_t)string.len - 1 < 16; // a length of 0 wraps around
}

static ALWAYS_INLINE bool is_middle(struct hmap_string string)
{
    return (uint64_t)string.len - 8 <= 8;
}

// `key` is the kind, which matters for FORM_GENERIC only.
static ALWAYS_INLINE enum hmap_status form_hash(struct hmap_context *context, const struct hmap_kind *key,
                                                enum form form, bool fast, union probe probe, uint64_t seed,
                                                uint64_t *hash)
{
    switch (form) {
    case FORM_WORD32:
    case FORM_WORD64:
        *hash = fast || context->aes_instructions
                    ? aes_hash_word(context, probe.word, seed)
                    : hmap_memhash_word(context, probe.word, form == FORM_WORD32 ? 4 : 8, seed);
        return HMAP_OK;
    case FORM_MIDDLE:
        if (!is_middle(probe.string))
            __builtin_unreachable();
        *hash = aes_hash_short(context, probe.string.data, (uint64_t)probe.string.len, seed);
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
    return hmap_kind_hash(context, key, probe.any, seed, hash);
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

// Whether the key at `place`, which is behind a pointer there when `indirect`, is the one searched for.
static ALWAYS_INLINE bool form_equal(const struct hmap_kind *key, bool indirect, enum form form,
                                     union probe probe, const char *place)
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
    case FORM_MIDDLE:
        if (!is_middle(probe.string))
            __builtin_unreachable();
        memcpy(&string, place, sizeof string);
        return string.len == probe.string.len &&
               short_equal(string.data, probe.string.data, probe.string.len);
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
    return hmap_kind_equal(key, probe.any, indirect ? load_pointer(place) : place);
}

static ALWAYS_INLINE void form_store(const struct hmap_kind *key, enum form form, union probe probe,
                                     char *place)
{
    uint32_t word32 = (uint32_t)probe.word;
    switch (form) {
    case FORM_WORD32:
        memcpy(place, &word32, sizeof word32);
        return;
    case FORM_WORD64:
        memcpy(place, &probe.word, sizeof probe.word);
        return;
    case FORM_STRING:
    case FORM_SHORT:
    case FORM_MIDDLE:
        memcpy(place, &probe.string, sizeof probe.string);
        return;
    case FORM_GENERIC:
        memcpy(place, probe.any, key->size_bytes);
    }
}

// The key's first 8 bytes (a string's: its text's), zeros after its end: for events.
static inline uint64_t form_head(const struct hmap_kind *key, enum form form, union probe probe)
{
    uint64_t low, high;
    struct hmap_string string = probe.string;
    uint64_t size_bytes = key->size_bytes < 8 ? key->size_bytes : 8;
    if (form == FORM_WORD32 || form == FORM_WORD64)
        return probe.word;
    if (form == FORM_GENERIC && key->algorithm != HMAP_ALG_STRING) {
        load_short(probe.any, size_bytes, &low, &high);
        return low;
    }
    if (form == FORM_GENERIC)
        memcpy(&string, probe.any, sizeof string);
    load_short(string.data, string.len < 8 ? (uint64_t)string.len : 8, &low, &high);
    return low;
}

#endif
