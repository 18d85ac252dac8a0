// SPDX-License-Identifier: MIT
// What find, assign and delete of a Swiss map tell of their keys.
#ifndef SWISS_TELL_H
#define SWISS_TELL_H

#include "swiss_internal.h"

// The one branch that decides.
static ALWAYS_INLINE bool swiss_goes_fast(const struct swiss_context *context)
{
    return LIKELY(context->base.aes_instructions && !LISTENING(context));
}

// An event about a key and the group where it was dealt with, or with `group` NULL, the one where its search
// starts. Out of line: only a listener pays for it.
static NOINLINE void swiss_tell_key(struct swiss_context *context, const struct swiss_map *map,
                                    enum form form, union probe probe, uint64_t hash, uint8_t kind,
                                    uint8_t detail, const char *group, unsigned slot)
{
    const struct swiss_type *type = context->type;
    struct swiss_event scratch, *event = swiss_event_open(context, &scratch);
    *event = (struct swiss_event){.kind = kind,
                                  .detail = detail,
                                  .hash = hash,
                                  .key_head = form_head(type->key, form, probe),
                                  .h2 = hash_h2(hash),
                                  .slot = (uint8_t)slot,
                                  .address = address_of(group)};
    if (map && map->dirLen == 0) {
        event->probes = group != NULL;
    } else if (map) {
        const struct swiss_table *table = table_for(map, hash);
        struct probe_sequence at = probe_start(table, hash);
        while (group && at.step <= table->groups.lengthMask && group != group_at(type, table, at.group))
            probe_next(&at, table);
        event->table = (uint32_t)table->index;
        event->local_depth = table->localDepth;
        event->group = (uint32_t)at.group;
        event->probes = group ? (uint16_t)(at.step + 1) : 0;
    }
    swiss_event_close(context, map, event);
}

#define SWISS_TELL(kind_, detail_, group_, slot_)                                                            \
    do {                                                                                                     \
        if (!fast && LISTENING(context))                                                                     \
            swiss_tell_key(context, map, form, probe, hash, (kind_), (detail_), (group_), (slot_));          \
    } while (0)

#endif
