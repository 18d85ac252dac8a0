// Maps with 4-byte plain keys, after runtime/map_fast32.go.
#include "hmap_probe.h"

struct hmap_result hmap_fast32_find(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_find(context, map, probe, FORM_WORD32, true)
                                             : probe_find(context, map, probe, FORM_WORD32, false);
}

struct hmap_result hmap_fast32_assign(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_assign(context, map, probe, FORM_WORD32, true)
                                             : probe_assign(context, map, probe, FORM_WORD32, false);
}

struct hmap_result hmap_fast32_delete(struct hmap_context *context, struct hmap *map, uint32_t key)
{
    struct probe probe = {.word = key};
    return LIKELY(context->aes_instructions) ? probe_delete(context, map, probe, FORM_WORD32, true)
                                             : probe_delete(context, map, probe, FORM_WORD32, false);
}
