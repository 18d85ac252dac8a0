// Maps with string keys, after runtime/map_faststr.go.
#include "hmap_probe.h"

struct hmap_result hmap_faststr_find(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    struct probe probe = {.string = key};
    return LIKELY(context->aes_instructions) ? probe_find(context, map, probe, FORM_STRING, true)
                                             : probe_find(context, map, probe, FORM_STRING, false);
}

struct hmap_result hmap_faststr_assign(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    struct probe probe = {.string = key};
    return LIKELY(context->aes_instructions) ? probe_assign(context, map, probe, FORM_STRING, true)
                                             : probe_assign(context, map, probe, FORM_STRING, false);
}

struct hmap_result hmap_faststr_delete(struct hmap_context *context, struct hmap *map, struct hmap_string key)
{
    struct probe probe = {.string = key};
    return LIKELY(context->aes_instructions) ? probe_delete(context, map, probe, FORM_STRING, true)
                                             : probe_delete(context, map, probe, FORM_STRING, false);
}
