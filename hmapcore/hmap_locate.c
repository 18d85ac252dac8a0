// SPDX-License-Identifier: MIT
// What all routines need: the search by whatever key, and faults with their events.
#include "hmap_probe.h"

struct hmap_place hmap_locate(struct hmap_context *context, struct hmap *map, const void *key, uint64_t hash)
{
    const struct hmap_type *type = context->type;
    const union probe probe = {.any = key};
    if (!map || map->count == 0)
        return (struct hmap_place){0};
    uint8_t tophash = hmap_tophash(hash);
    struct bmap *bucket = chain_for(type, map, hash);
    for (; bucket; bucket = overflow_of(type, bucket)) {
        uint64_t word = tophash_word(bucket);
        for (uint64_t hits = slots_equal(word, tophash); hits; hits &= hits - 1) {
            unsigned slot = first_slot(hits);
            if (probe_equal(type, FORM_GENERIC, probe, key_slot(type, bucket, slot)))
                return (struct hmap_place){bucket, slot};
        }
        if (chain_ends(word))
            break;
    }
    return (struct hmap_place){0};
}

COLD struct hmap_result hmap_fault(struct hmap_context *context, const struct hmap *map,
                                   enum hmap_status status)
{
    EMIT(context, map, .kind = HMAP_EVENT_FAULT, .detail = (uint8_t)status);
    return (struct hmap_result){NULL, status, 0};
}

COLD enum hmap_status hmap_fault_status(struct hmap_context *context, const struct hmap *map,
                                        enum hmap_status status)
{
    return hmap_fault(context, map, status).status;
}
