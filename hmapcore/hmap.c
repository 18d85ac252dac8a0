// SPDX-License-Identifier: MIT
// Find, assign and delete for keys of any kind (after runtime/map.go), and the way from there to the
// variants.
#include "hmap_erase.h"
#include <stdio.h>

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

#define MAP(name) hmap_##name
#define MAP_PROBE(name) probe_##name
#define MAP_CONTEXT struct hmap_context
#define MAP_STRUCT struct hmap
#include "map_front.h"

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

char *hmap_fault_describe(const struct hmap_context *context, enum hmap_status status, const void *key,
                          char *text, size_t size_bytes)
{
    const struct hmap_kind *kind = NULL;
    if (status == HMAP_UNHASHABLE && key)
        kind = hmap_kind_unhashable(context->type->key, key);
    snprintf(text, size_bytes, "%s%s%s", hmap_status_text(status), kind ? " " : "", kind ? kind->name : "");
    return text;
}
