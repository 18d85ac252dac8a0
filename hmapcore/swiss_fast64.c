// SPDX-License-Identifier: MIT
// Swiss maps with 8-byte plain keys, after internal/runtime/maps/runtime_fast64.go.
#include "swiss_erase.h"

static NOINLINE struct hmap_result find_asking(struct swiss_context *context, struct swiss_map *map,
                                               uint64_t key)
{
    return swiss_probe_find(context, map, (union probe){.word = key}, FORM_WORD64, false);
}

struct hmap_result swiss_fast64_find(struct swiss_context *context, struct swiss_map *map, uint64_t key)
{
    if (!swiss_goes_fast(context))
        return find_asking(context, map, key);
    return swiss_probe_find(context, map, (union probe){.word = key}, FORM_WORD64, true);
}

static NOINLINE struct hmap_result assign_asking(struct swiss_context *context, struct swiss_map *map,
                                                 uint64_t key)
{
    return swiss_probe_assign(context, map, (union probe){.word = key}, FORM_WORD64, false);
}

struct hmap_result swiss_fast64_assign(struct swiss_context *context, struct swiss_map *map, uint64_t key)
{
    if (!swiss_goes_fast(context))
        return assign_asking(context, map, key);
    return swiss_probe_assign(context, map, (union probe){.word = key}, FORM_WORD64, true);
}

static NOINLINE struct hmap_result delete_asking(struct swiss_context *context, struct swiss_map *map,
                                                 uint64_t key)
{
    return swiss_probe_delete(context, map, (union probe){.word = key}, FORM_WORD64, false);
}

struct hmap_result swiss_fast64_delete(struct swiss_context *context, struct swiss_map *map, uint64_t key)
{
    if (!swiss_goes_fast(context))
        return delete_asking(context, map, key);
    return swiss_probe_delete(context, map, (union probe){.word = key}, FORM_WORD64, true);
}
