// SPDX-License-Identifier: MIT
// Find, assign and delete for keys of any kind (after internal/runtime/maps/runtime.go), and the way from there
// to the variants.
#include "swiss.h"
#include "swiss_erase.h"

#define MAP(name) swiss_##name
#define MAP_PROBE(name) swiss_probe_##name
#define MAP_CONTEXT struct swiss_context
#define MAP_STRUCT struct swiss_map
#include "map_front.h"

enum hmap_status swiss_hash(struct swiss_context *context, const void *key, uint64_t seed, uint64_t *hash)
{
    return hmap_kind_hash(&context->base, context->type->key, key, seed, hash);
}

char *swiss_fault_describe(const struct swiss_context *context, enum hmap_status status, const void *key,
                           char *text, size_t size_bytes)
{
    // The words are the classic map's, which needs the kind of the key alone.
    const struct hmap_type type = {.key = context->type->key};
    struct hmap_context base = context->base;
    base.type = &type;
    return hmap_fault_describe(&base, status, key, text, size_bytes);
}
