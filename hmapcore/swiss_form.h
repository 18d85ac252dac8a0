// SPDX-License-Identifier: MIT
// The forms of keys (hmap_key.h) in a slot of a Swiss map.
#ifndef SWISS_FORM_H
#define SWISS_FORM_H

#include "swiss_internal.h"

static ALWAYS_INLINE char *form_elem_place(const struct swiss_type *type, char *group, unsigned slot,
                                           enum form form)
{
    uint64_t offset = form == FORM_WORD64    ? 8
                      : form_is_string(form) ? sizeof(struct hmap_string)
                                             : type->elem_offset;
    return slot_place(type, group, slot) + offset;
}

// What the caller gets: the element itself.
static ALWAYS_INLINE void *form_elem_of(const struct swiss_type *type, char *group, unsigned slot,
                                        enum form form)
{
    char *place = form_elem_place(type, group, slot, form);
    return form == FORM_GENERIC && type->flags & SWISS_INDIRECT_ELEM ? load_pointer(place) : place;
}

static ALWAYS_INLINE bool slot_equal(const struct swiss_type *type, char *group, unsigned slot,
                                     enum form form, union probe probe)
{
    return form_equal(type->key, type->flags & SWISS_INDIRECT_KEY, form, probe,
                      slot_place(type, group, slot));
}

static ALWAYS_INLINE enum hmap_status swiss_probe_hash(struct swiss_context *context, enum form form,
                                                       bool fast, union probe probe, uint64_t seed,
                                                       uint64_t *hash)
{
    return form_hash(&context->base, context->type->key, form, fast, probe, seed, hash);
}

// The slot in this group that holds the key, or SWISS_GROUP_SLOTS.
static ALWAYS_INLINE unsigned group_find(const struct swiss_type *type, char *group, uint64_t word,
                                         uint64_t hash, enum form form, union probe probe)
{
    for (uint64_t hits = match_h2(word, hash_h2(hash)); hits; hits &= hits - 1) {
        unsigned slot = first_slot(hits);
        if (LIKELY(slot_equal(type, group, slot, form, probe)))
            return slot;
    }
    return SWISS_GROUP_SLOTS;
}

#endif
