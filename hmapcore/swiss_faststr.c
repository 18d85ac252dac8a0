// SPDX-License-Identifier: MIT
// Swiss maps with string keys, after internal/runtime/maps/runtime_faststr.go.
#include "swiss_erase.h"

static NOINLINE struct hmap_result find_asking(struct swiss_context *context, struct swiss_map *map,
                                               struct hmap_string key)
{
    return swiss_probe_find(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result find_long(struct swiss_context *context, struct swiss_map *map,
                                             struct hmap_string key)
{
    return swiss_probe_find(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result find_short(struct swiss_context *context, struct swiss_map *map,
                                              struct hmap_string key)
{
    return swiss_probe_find(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result swiss_faststr_find(struct swiss_context *context, struct swiss_map *map,
                                      struct hmap_string key)
{
    if (!swiss_goes_fast(context))
        return find_asking(context, map, key);
    if (is_middle(key))
        return swiss_probe_find(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return find_short(context, map, key);
    return find_long(context, map, key);
}

static NOINLINE struct hmap_result assign_asking(struct swiss_context *context, struct swiss_map *map,
                                                 struct hmap_string key)
{
    return swiss_probe_assign(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result assign_long(struct swiss_context *context, struct swiss_map *map,
                                               struct hmap_string key)
{
    return swiss_probe_assign(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result assign_short(struct swiss_context *context, struct swiss_map *map,
                                                struct hmap_string key)
{
    return swiss_probe_assign(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result swiss_faststr_assign(struct swiss_context *context, struct swiss_map *map,
                                        struct hmap_string key)
{
    if (!swiss_goes_fast(context))
        return assign_asking(context, map, key);
    if (is_middle(key))
        return swiss_probe_assign(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return assign_short(context, map, key);
    return assign_long(context, map, key);
}

static NOINLINE struct hmap_result delete_asking(struct swiss_context *context, struct swiss_map *map,
                                                 struct hmap_string key)
{
    return swiss_probe_delete(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result delete_long(struct swiss_context *context, struct swiss_map *map,
                                               struct hmap_string key)
{
    return swiss_probe_delete(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result delete_short(struct swiss_context *context, struct swiss_map *map,
                                                struct hmap_string key)
{
    return swiss_probe_delete(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result swiss_faststr_delete(struct swiss_context *context, struct swiss_map *map,
                                        struct hmap_string key)
{
    if (!swiss_goes_fast(context))
        return delete_asking(context, map, key);
    if (is_middle(key))
        return swiss_probe_delete(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return delete_short(context, map, key);
    return delete_long(context, map, key);
}
