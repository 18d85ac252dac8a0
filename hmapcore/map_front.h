// SPDX-License-Identifier: MIT
// Find, assign, delete, load and store for keys of any kind, and the way from there to the variants: the same for both
// kinds of maps. Included once by hmap.c and once by swiss.c, which say before what the names are:
//
//     MAP(find)                     hmap_find, swiss_find: what this file defines, and the variants that it calls
//     MAP_PROBE(find)               the routine for keys of any kind
//     MAP_CONTEXT, MAP_STRUCT       the types of the context and of the map
#ifndef MAP
#error "map_front.h is for hmap.c and swiss.c"
#endif

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

struct hmap_result MAP(find)(MAP_CONTEXT *context, MAP_STRUCT *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return MAP(fast32_find)(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return MAP(fast64_find)(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return MAP(faststr_find)(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return MAP_PROBE(find)(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result MAP(assign)(MAP_CONTEXT *context, MAP_STRUCT *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return MAP(fast32_assign)(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return MAP(fast64_assign)(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return MAP(faststr_assign)(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return MAP_PROBE(assign)(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

struct hmap_result MAP(delete)(MAP_CONTEXT *context, MAP_STRUCT *map, const void *key)
{
    switch (context->type->variant) {
    case HMAP_VARIANT_FAST32:
        return MAP(fast32_delete)(context, map, key32(key));
    case HMAP_VARIANT_FAST64:
        return MAP(fast64_delete)(context, map, key64(key));
    case HMAP_VARIANT_FASTSTR:
        return MAP(faststr_delete)(context, map, key_string(key));
    case HMAP_VARIANT_GENERIC:
        break;
    }
    return MAP_PROBE(delete)(context, map, (union probe){.any = key}, FORM_GENERIC, false);
}

enum hmap_status MAP(load)(MAP_CONTEXT *context, MAP_STRUCT *map, const void *key, void *elem)
{
    struct hmap_result result = MAP(find)(context, map, key);
    if (result.elem)
        memcpy(elem, result.elem, context->type->elem->size_bytes);
    else
        memset(elem, 0, context->type->elem->size_bytes);
    return result.status;
}

enum hmap_status MAP(store)(MAP_CONTEXT *context, MAP_STRUCT *map, const void *key, const void *elem)
{
    struct hmap_result result = MAP(assign)(context, map, key);
    if (result.elem)
        memcpy(result.elem, elem, context->type->elem->size_bytes);
    return result.status;
}
