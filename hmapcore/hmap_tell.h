// SPDX-License-Identifier: MIT
// What find, assign and delete tell of their keys.
#ifndef HMAP_TELL_H
#define HMAP_TELL_H

#include "hmap_form.h"

// The one branch that decides.
static ALWAYS_INLINE bool goes_fast(const struct hmap_context *context)
{
    return LIKELY(context->aes_instructions && !LISTENING(context));
}

// ---- for events ----------------------------------------------------------------------

// Where a key belongs at this moment.
struct standing {
    uint64_t bucket; // in the old array while that bucket waits, else in the new one
    uint8_t detail;
};

static ALWAYS_INLINE struct standing standing_of(const struct hmap_type *type, const struct hmap *map,
                                                 uint64_t hash)
{
    if (UNLIKELY(!map || !map->buckets))
        return (struct standing){0};
    if (LIKELY(!growing(map)))
        return (struct standing){hash & (bucket_count(map->B) - 1), 0};
    uint64_t old_buckets = old_bucket_count(map), old = hash & (old_buckets - 1);
    uint8_t detail = !growing_same_size(map) && hash & old_buckets ? HMAP_DETAIL_Y : 0;
    if (bucket_evacuated(bucket_at(type, map->oldbuckets, old)))
        return (struct standing){hash & (bucket_count(map->B) - 1), detail};
    return (struct standing){old, detail | HMAP_DETAIL_OLD};
}

static ALWAYS_INLINE void tell(struct hmap_context *context, const struct hmap *map, uint8_t kind,
                               struct standing standing, uint64_t head, uint64_t hash,
                               const struct bmap *bucket, uint16_t chain, unsigned slot)
{
    struct hmap_event scratch, *event = event_open(context, &scratch);
    *event = (struct hmap_event){.kind = kind,
                                 .detail = standing.detail,
                                 .hash = hash,
                                 .key_head = head,
                                 .tophash = hmap_tophash(hash),
                                 .bucket = standing.bucket,
                                 .address = address_of(bucket),
                                 .chain = chain,
                                 .slot = (uint8_t)slot};
    event_close(context, map, event);
}

// The two events around the setting of hashWriting, by which others tell a write that has looked from one
// that is inside.
static NOINLINE void probe_tell_begin(struct hmap_context *context, struct hmap *map, enum form form,
                                      union probe probe, uint64_t hash, uint8_t kind)
{
    struct standing standing = standing_of(context->type, map, hash);
    uint64_t head = form_head(context->type->key, form, probe);
    tell(context, map, HMAP_EVENT_HASHED, standing, head, hash, NULL, 0, 0);
    set_flags(map, flags_of(map) ^ HMAP_HASH_WRITING);
    tell(context, map, kind, standing, head, hash, NULL, 0, 0);
}

// After hashing, which may fail: a failed write has not begun. It toggles the flag, as Go does: a second
// writer inside turns it off, which the first one notices at its end.
static ALWAYS_INLINE void probe_begin(struct hmap_context *context, struct hmap *map, enum form form,
                                      bool fast, union probe probe, uint64_t hash, uint8_t kind)
{
    if (!fast && LISTENING(context))
        probe_tell_begin(context, map, form, probe, hash, kind);
    else
        set_flags(map, flags_of(map) ^ HMAP_HASH_WRITING);
}

// An event about a key and the slot or bucket where it was dealt with. Out of line: only a listener pays for
// it.
static NOINLINE void probe_tell(struct hmap_context *context, const struct hmap *map, enum form form,
                                union probe probe, uint64_t hash, uint8_t kind, const struct bmap *bucket,
                                unsigned slot)
{
    const struct hmap_type *type = context->type;
    struct standing standing = standing_of(type, map, hash);
    uint16_t chain = 0;
    if (bucket) {
        void *buckets = standing.detail & HMAP_DETAIL_OLD ? map->oldbuckets : map->buckets;
        const struct bmap *walk = bucket_at(type, buckets, standing.bucket);
        for (; walk && walk != bucket && chain < UINT16_MAX; walk = overflow_of(type, walk))
            chain++;
    }
    tell(context, map, kind, standing, form_head(type->key, form, probe), hash, bucket, chain, slot);
}

#define TELL(kind_, bucket_, slot_)                                                                          \
    do {                                                                                                     \
        if (!fast && LISTENING(context))                                                                     \
            probe_tell(context, map, form, probe, hash, (kind_), (bucket_), (slot_));                        \
    } while (0)

#endif
