// SPDX-License-Identifier: MIT
// What all routines need: the search by whatever key, and faults with their events.
#include "swiss_form.h"

struct swiss_place swiss_locate(struct swiss_context *context, const struct swiss_map *map, const void *key,
                                uint64_t hash)
{
    const struct swiss_type *type = context->type;
    const union probe probe = {.any = key};
    struct swiss_place place = {0};
    if (!map || !map->dirPtr)
        return place;
    const struct swiss_table *table = map->dirLen ? table_for(map, hash) : NULL;
    struct probe_sequence at = table ? probe_start(table, hash) : (struct probe_sequence){0, 0};
    place.table = table ? (uint32_t)table->index : 0;
    for (;;) {
        char *group = table ? group_at(type, table, at.group) : map->dirPtr;
        uint64_t word = ctrl_word(group);
        place.probes++;
        place.number = (uint32_t)at.group;
        place.slot = group_find(type, group, word, hash, FORM_GENERIC, probe);
        if (place.slot < SWISS_GROUP_SLOTS) {
            place.group = group;
            return place;
        }
        if (!table || match_empty(word) || at.step >= table->groups.lengthMask)
            return place;
        probe_next(&at, table);
    }
}

COLD struct hmap_result swiss_fault(struct swiss_context *context, const struct swiss_map *map,
                                    enum hmap_status status)
{
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_FAULT, .detail = (uint8_t)status);
    return (struct hmap_result){NULL, status, 0};
}

COLD enum hmap_status swiss_fault_status(struct swiss_context *context, const struct swiss_map *map,
                                         enum hmap_status status)
{
    return swiss_fault(context, map, status).status;
}
