// SPDX-License-Identifier: MIT
// Maps with 4-byte plain keys, after runtime/map_fast32.go.
#include "hmap_erase.h"

static NOINLINE struct hmap_result find_asking(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    return probe_find(context, map, (union probe){.word = key}, FORM_WORD32, false);
}

static NOINLINE struct hmap_result find_single(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    return probe_find_single(context, map, (union probe){.word = key}, FORM_WORD32);
}

struct hmap_result hmap_fast32_find(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    if (!goes_fast(context))
        return find_asking(context, map, key);
    if (has_single_bucket(map))
        return find_single(context, map, key);
    return probe_find(context, map, (union probe){.word = key}, FORM_WORD32, true);
}

static NOINLINE struct hmap_result assign_asking(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    return probe_assign(context, map, (union probe){.word = key}, FORM_WORD32, false);
}

struct hmap_result hmap_fast32_assign(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    if (!goes_fast(context))
        return assign_asking(context, map, key);
    return probe_assign(context, map, (union probe){.word = key}, FORM_WORD32, true);
}

static NOINLINE struct hmap_result delete_asking(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    return probe_delete(context, map, (union probe){.word = key}, FORM_WORD32, false);
}

struct hmap_result hmap_fast32_delete(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    if (!goes_fast(context))
        return delete_asking(context, map, key);
    return probe_delete(context, map, (union probe){.word = key}, FORM_WORD32, true);
}
