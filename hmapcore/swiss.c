// Find, assign and delete for keys of any kind (after internal/runtime/maps/runtime.go), and the way from there
// to the variants.
#include "swiss.h"
#include "swiss_erase.h"

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

struct hmap_result swiss_find(struct swiss_context *context, struct swiss_map *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return swiss_fast32_find(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return swiss_fast64_find(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return swiss_faststr_find(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return swiss_probe_find(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result swiss_assign(struct swiss_context *context, struct swiss_map *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return swiss_fast32_assign(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return swiss_fast64_assign(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return swiss_faststr_assign(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return swiss_probe_assign(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result swiss_delete(struct swiss_context *context, struct swiss_map *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return swiss_fast32_delete(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return swiss_fast64_delete(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return swiss_faststr_delete(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return swiss_probe_delete(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

enum hmap_status swiss_load(struct swiss_context *context, struct swiss_map *map, const void *key, void *elem)
{
    struct hmap_result result = swiss_find(context, map, key);
    if (result.elem)
        memcpy(elem, result.elem, context->type->elem->size_bytes);
    else
        memset(elem, 0, context->type->elem->size_bytes);
    return result.status;
}

enum hmap_status swiss_store(struct swiss_context *context, struct swiss_map *map, const void *key,
                             const void *elem)
{
    struct hmap_result result = swiss_assign(context, map, key);
    if (result.elem)
        memcpy(result.elem, elem, context->type->elem->size_bytes);
    return result.status;
}

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
