// SPDX-License-Identifier: MIT
// The forms of keys (hmap_key.h) in a bucket: where each lies.
#ifndef HMAP_FORM_H
#define HMAP_FORM_H

#include "hmap_key.h"

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
