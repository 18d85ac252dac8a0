// SPDX-License-Identifier: MIT
// Find, assign and delete for keys of any kind (after runtime/map.go), and the way from there to the
// variants.
#include "hmap_erase.h"
#include <stdio.h>

#define MAP(name) hmap_##name
#define MAP_PROBE(name) probe_##name
#define MAP_CONTEXT struct hmap_context
#define MAP_STRUCT struct hmap
#include "map_front.h"

char *hmap_fault_describe(const struct hmap_context *context, enum hmap_status status, const void *key,
                          char *text, size_t size_bytes)
{
    const struct hmap_kind *kind = NULL;
    if (status == HMAP_UNHASHABLE && key)
        kind = hmap_kind_unhashable(context->type->key, key);
    snprintf(text, size_bytes, "%s%s%s", hmap_status_text(status), kind ? " " : "", kind ? kind->name : "");
    return text;
}
