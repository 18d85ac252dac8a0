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

static uint32_t key32(const void *key)
{
    uint32_t word;
    memcpy(&word, key, sizeof word);
    return word;
}

static uint64_t key64(const void *key)
{
    uint64_t word;
    memcpy(&word, key, sizeof word);
    return word;
}

static struct hmap_string key_string(const void *key)
{
    struct hmap_string string;
    memcpy(&string, key, sizeof string);
    return string;
}

struct hmap_result hmap_find(struct hmap_context *context, struct hmap *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return hmap_fast32_find(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return hmap_fast64_find(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return hmap_faststr_find(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return probe_find(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result hmap_assign(struct hmap_context *context, struct hmap *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return hmap_fast32_assign(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return hmap_fast64_assign(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return hmap_faststr_assign(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return probe_assign(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result hmap_delete(struct hmap_context *context, struct hmap *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return hmap_fast32_delete(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return hmap_fast64_delete(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return hmap_faststr_delete(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return probe_delete(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

enum hmap_status hmap_load(struct hmap_context *context, struct hmap *map, const void *key, void *elem)
{
    struct hmap_result result = hmap_find(context, map, key);
    if (result.elem)
        memcpy(elem, result.elem, context->type->elem->size_bytes);
    else
        memset(elem, 0, context->type->elem->size_bytes);
    return result.status;
}

enum hmap_status hmap_store(struct hmap_context *context, struct hmap *map, const void *key, const void *elem)
{
    struct hmap_result result = hmap_assign(context, map, key);
    if (result.elem)
        memcpy(result.elem, elem, context->type->elem->size_bytes);
    return result.status;
}

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
