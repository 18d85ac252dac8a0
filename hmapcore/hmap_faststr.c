// SPDX-License-Identifier: MIT
// Maps with string keys, after runtime/map_faststr.go.
#include "hmap_erase.h"

static NOINLINE struct hmap_result find_asking(struct hmap_context *context, struct hmap *map,
                                               struct hmap_string key)
{
    return probe_find(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result find_long(struct hmap_context *context, struct hmap *map,
                                             struct hmap_string key)
{
    return probe_find(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result find_short(struct hmap_context *context, struct hmap *map,
                                              struct hmap_string key)
{
    return probe_find(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result hmap_faststr_find(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    if (!goes_fast(context))
        return find_asking(context, map, key);
    if (is_middle(key))
        return probe_find(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return find_short(context, map, key);
    return find_long(context, map, key);
}

static NOINLINE struct hmap_result assign_asking(struct hmap_context *context, struct hmap *map,
                                                 struct hmap_string key)
{
    return probe_assign(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result assign_long(struct hmap_context *context, struct hmap *map,
                                               struct hmap_string key)
{
    return probe_assign(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result assign_short(struct hmap_context *context, struct hmap *map,
                                                struct hmap_string key)
{
    return probe_assign(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result hmap_faststr_assign(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    if (!goes_fast(context))
        return assign_asking(context, map, key);
    if (is_middle(key))
        return probe_assign(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return assign_short(context, map, key);
    return assign_long(context, map, key);
}

static NOINLINE struct hmap_result delete_asking(struct hmap_context *context, struct hmap *map,
                                                 struct hmap_string key)
{
    return probe_delete(context, map, (union probe){.string = key}, FORM_STRING, false);
}

static NOINLINE struct hmap_result delete_long(struct hmap_context *context, struct hmap *map,
                                               struct hmap_string key)
{
    return probe_delete(context, map, (union probe){.string = key}, FORM_STRING, true);
}

static NOINLINE struct hmap_result delete_short(struct hmap_context *context, struct hmap *map,
                                                struct hmap_string key)
{
    return probe_delete(context, map, (union probe){.string = key}, FORM_SHORT, true);
}

struct hmap_result hmap_faststr_delete(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    if (!goes_fast(context))
        return delete_asking(context, map, key);
    if (is_middle(key))
        return probe_delete(context, map, (union probe){.string = key}, FORM_MIDDLE, true);
    if (is_short(key))
        return delete_short(context, map, key);
    return delete_long(context, map, key);
}
