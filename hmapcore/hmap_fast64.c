// Maps with 8-byte plain keys, after runtime/map_fast64.go.
#include "hmap_probe.h"

struct hmap_result hmap_fast64_find(struct hmap_context *context, struct hmap *map, uint64_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_find(context, map, probe, FORM_WORD64, true)
                                             : probe_find(context, map, probe, FORM_WORD64, false);
}

struct hmap_result hmap_fast64_assign(struct hmap_context *context, struct hmap *map, uint64_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_assign(context, map, probe, FORM_WORD64, true)
                                             : probe_assign(context, map, probe, FORM_WORD64, false);
}

struct hmap_result hmap_fast64_delete(struct hmap_context *context, struct hmap *map, uint64_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_delete(context, map, probe, FORM_WORD64, true)
                                             : probe_delete(context, map, probe, FORM_WORD64, false);
}
