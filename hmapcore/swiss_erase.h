// SPDX-License-Identifier: MIT
// Delete in a Swiss map, once, for all forms of keys; see swiss_find.h.
#ifndef SWISS_ERASE_H
#define SWISS_ERASE_H

#include "swiss_assign.h"
#include "swiss_find.h"

// A key is cleared only where it keeps something alive, the element always: the next `m[k] += 1` counts on it.
static ALWAYS_INLINE void swiss_wipe(struct swiss_context *context, struct swiss_map *map, char *group,
                                     unsigned slot, enum form form)
{
    const struct swiss_type *type = context->type;
    char *key_place = slot_place(type, group, slot);
    char *elem_place = form_elem_place(type, group, slot, form);
    if (form_is_string(form)) {
        memset(key_place, 0, sizeof(struct hmap_string));
    } else if (form == FORM_WORD64) {
        if (type->key->has_pointers)
            memset(key_place, 0, 8);
    } else if (form == FORM_GENERIC && type->flags & SWISS_INDIRECT_KEY) {
        swiss_cell_release(context, map, CELL_KEY, load_pointer(key_place));
        memset(key_place, 0, sizeof(void *));
    } else if (form == FORM_GENERIC && type->key->has_pointers) {
        memset(key_place, 0, type->key->size_bytes);
    }
    if (form == FORM_GENERIC && type->flags & SWISS_INDIRECT_ELEM) {
        swiss_cell_release(context, map, CELL_ELEM, load_pointer(elem_place));
        memset(elem_place, 0, sizeof(void *));
    } else if (LIKELY(type->elem->size_bytes == 8)) {
        memset(elem_place, 0, 8);
    } else {
        memset(elem_place, 0, type->elem->size_bytes);
    }
}

static ALWAYS_INLINE struct hmap_result swiss_remove(struct swiss_context *context, struct swiss_map *map,
                                                     struct swiss_table *table, char *group, uint64_t word,
                                                     unsigned slot, union probe probe, uint64_t hash,
                                                     enum form form, bool fast)
{
    uint8_t detail = 0;
    map->used--;
    swiss_wipe(context, map, group, slot, form);
    if (!table) {
        set_ctrl(group, word, slot, SWISS_EMPTY);
    } else {
        table->used--;
        // A search that came past here had met a full group. If it is not full now, none came past.
        if (LIKELY(match_empty(word))) {
            set_ctrl(group, word, slot, SWISS_EMPTY);
            table->growthLeft++;
        } else {
            set_ctrl(group, word, slot, SWISS_DELETED);
            detail = SWISS_DETAIL_TOMBSTONE;
            if (context->flavour >= SWISS_GO_1_25)
                map->tombstonePossible = true;
        }
    }
    SWISS_TELL(SWISS_EVENT_DELETE, detail, group, slot);
    if (UNLIKELY(map->used == 0)) {
        map->seed = swiss_draw(context); // collisions once found are worth nothing in the next life
        SWISS_EMIT(context, map, .kind = SWISS_EVENT_RESEED, .hash = map->seed);
    }
    return swiss_finish(context, map, NULL, true);
}

static ALWAYS_INLINE struct hmap_result swiss_probe_delete(struct swiss_context *context,
                                                           struct swiss_map *map, union probe probe,
                                                           enum form form, bool fast)
{
    const struct swiss_type *type = context->type;
    uint64_t hash;
    if (UNLIKELY(map == NULL || map->used == 0))
        return find_in_nothing(context, map, probe, form, fast, SWISS_EVENT_DELETE_MISS);
    if (UNLIKELY(writing_of(map)))
        return swiss_fault(context, map, HMAP_CONCURRENT_WRITES);
    enum hmap_status status = swiss_probe_hash(context, form, fast, probe, map->seed, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return swiss_fault(context, map, status);
    SWISS_TELL(SWISS_EVENT_HASHED, 0, NULL, 0);
    set_writing(map, writing_of(map) ^ 1);
    SWISS_TELL(SWISS_EVENT_REMOVE, 0, NULL, 0);
    struct swiss_table *table = map->dirLen ? table_for(map, hash) : NULL;
    struct probe_sequence at = table ? probe_start(table, hash) : (struct probe_sequence){0, 0};
    for (;;) {
        char *group = table ? group_at(type, table, at.group) : map->dirPtr;
        uint64_t word = ctrl_word(group);
        unsigned slot = group_find(type, group, word, hash, form, probe);
        if (slot < SWISS_GROUP_SLOTS)
            return swiss_remove(context, map, table, group, word, slot, probe, hash, form, fast);
        if (!table || LIKELY(match_empty(word))) {
            SWISS_TELL(SWISS_EVENT_DELETE_MISS, 0, group, 0);
            return swiss_finish(context, map, NULL, false);
        }
        probe_next(&at, table);
    }
}

#endif
