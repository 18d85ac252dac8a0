// SPDX-License-Identifier: MIT
// Assign in a Swiss map, once, for all forms of keys; see swiss_find.h.
#ifndef SWISS_ASSIGN_H
#define SWISS_ASSIGN_H

#include "swiss_form.h"
#include "swiss_tell.h"

// Memory for an indirect key and element, taken before anything changes.
struct swiss_new_cells {
    void *key;
    void *elem;
};

static inline void new_cells_undo(struct swiss_context *context, struct swiss_map *map,
                                  struct swiss_new_cells cells)
{
    if (cells.key)
        swiss_cell_release(context, map, CELL_KEY, cells.key);
    if (cells.elem)
        swiss_cell_release(context, map, CELL_ELEM, cells.elem);
}

// What of them there is when it fails, swiss_give_up gives back.
static inline enum hmap_status new_cells_take(struct swiss_context *context, struct swiss_map *map,
                                              struct swiss_new_cells *cells)
{
    uint8_t flags = context->type->flags;
    if (flags & SWISS_INDIRECT_KEY && !(cells->key = swiss_cell_allocate(context, map, CELL_KEY)))
        return HMAP_NO_MEMORY;
    if (flags & SWISS_INDIRECT_ELEM && !(cells->elem = swiss_cell_allocate(context, map, CELL_ELEM)))
        return HMAP_NO_MEMORY;
    return HMAP_OK;
}

// Leaves a write without having changed anything.
static COLD struct hmap_result swiss_give_up(struct swiss_context *context, struct swiss_map *map,
                                             struct swiss_new_cells cells, enum hmap_status status)
{
    new_cells_undo(context, map, cells);
    set_writing(map, 0);
    return swiss_fault(context, map, status);
}

static ALWAYS_INLINE struct hmap_result swiss_finish(struct swiss_context *context, struct swiss_map *map,
                                                     void *elem, bool found)
{
    uint8_t writing = writing_of(map);
    if (UNLIKELY(!writing))
        return swiss_fault(context, map, HMAP_CONCURRENT_WRITES);
    set_writing(map, writing ^ 1);
    return (struct hmap_result){elem, HMAP_OK, found};
}

// The key was there: what of it is written again.
static ALWAYS_INLINE void swiss_update_key(const struct swiss_type *type, enum form form, union probe probe,
                                           char *group, unsigned slot)
{
    if (form_is_string(form)) // its bytes may be elsewhere now
        memcpy(slot_place(type, group, slot), &probe.string, sizeof probe.string);
    else if (form == FORM_GENERIC && type->flags & SWISS_NEED_KEY_UPDATE)
        memcpy(slot_key(type, group, slot), probe.any, type->key->size_bytes);
}

// Key and control byte of a new entry. Returns the element.
static ALWAYS_INLINE void *swiss_fill(const struct swiss_type *type, enum form form, union probe probe,
                                      char *group, unsigned slot, struct swiss_new_cells cells)
{
    char *key_place = slot_place(type, group, slot);
    char *elem_place = form_elem_place(type, group, slot, form);
    if (form == FORM_GENERIC && cells.key) {
        memcpy(key_place, &cells.key, sizeof cells.key);
        key_place = cells.key;
    }
    if (form == FORM_GENERIC && cells.elem) {
        memcpy(elem_place, &cells.elem, sizeof cells.elem);
        elem_place = cells.elem;
    }
    form_store(type->key, form, probe, key_place);
    return elem_place;
}

static ALWAYS_INLINE struct hmap_result swiss_insert(struct swiss_context *context, struct swiss_map *map,
                                                     union probe probe, uint64_t hash, enum form form,
                                                     bool fast, char *group, unsigned slot, uint8_t detail,
                                                     struct swiss_new_cells cells)
{
    void *elem = swiss_fill(context->type, form, probe, group, slot, cells);
    map->used++;
    SWISS_TELL(SWISS_EVENT_INSERT, detail, group, slot);
    return swiss_finish(context, map, elem, false);
}

static ALWAYS_INLINE struct hmap_result swiss_overwrite(struct swiss_context *context, struct swiss_map *map,
                                                        union probe probe, uint64_t hash, enum form form,
                                                        bool fast, char *group, unsigned slot)
{
    swiss_update_key(context->type, form, probe, group, slot);
    SWISS_TELL(SWISS_EVENT_OVERWRITE, 0, group, slot);
    return swiss_finish(context, map, form_elem_of(context->type, group, slot, form), true);
}

static ALWAYS_INLINE struct hmap_result swiss_probe_assign(struct swiss_context *context,
                                                           struct swiss_map *map, union probe probe,
                                                           enum form form, bool fast)
{
    const struct swiss_type *type = context->type;
    struct swiss_new_cells cells = {NULL, NULL};
    uint64_t hash;
    if (UNLIKELY(map == NULL))
        return swiss_fault(context, map, HMAP_NIL_MAP);
    if (UNLIKELY(writing_of(map)))
        return swiss_fault(context, map, HMAP_CONCURRENT_WRITES);
    enum hmap_status status = swiss_probe_hash(context, form, fast, probe, map->seed, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return swiss_fault(context, map, status);
    SWISS_TELL(SWISS_EVENT_HASHED, 0, NULL, 0);
    set_writing(map, writing_of(map) ^ 1);
    SWISS_TELL(SWISS_EVENT_ASSIGN, 0, NULL, 0);
    if (form == FORM_GENERIC && type->flags & (SWISS_INDIRECT_KEY | SWISS_INDIRECT_ELEM) &&
        !swiss_locate(context, map, probe.any, hash).group) {
        status = new_cells_take(context, map, &cells);
        if (status != HMAP_OK)
            return swiss_give_up(context, map, cells, status);
    }
    if (UNLIKELY(map->dirPtr == NULL))
        swiss_grow_to_small(context, map);
    if (map->dirLen == 0) {
        char *group = map->dirPtr;
        uint64_t word = ctrl_word(group);
        // Up to 1.26 a full group grows whatever the key; later only when the key is not there.
        if (map->used < SWISS_GROUP_SLOTS || context->flavour >= SWISS_GO_1_27) {
            unsigned slot = group_find(type, group, word, hash, form, probe);
            if (slot < SWISS_GROUP_SLOTS)
                return swiss_overwrite(context, map, probe, hash, form, fast, group, slot);
        }
        if (LIKELY(map->used < SWISS_GROUP_SLOTS)) {
            uint64_t room = match_empty_or_deleted(word);
            if (UNLIKELY(!room)) // its header says otherwise
                return swiss_give_up(context, map, cells, HMAP_BAD_STATE);
            unsigned slot = first_slot(room);
            set_ctrl(group, word, slot, hash_h2(hash));
            return swiss_insert(context, map, probe, hash, form, fast, group, slot, 0, cells);
        }
        status = swiss_grow_to_table(context, map);
        if (UNLIKELY(status != HMAP_OK))
            return swiss_give_up(context, map, cells, status);
    }
    for (;;) {
        struct swiss_table *table = table_for(map, hash);
        struct probe_sequence at = probe_start(table, hash);
        char *tombstone_group = NULL; // the first one passed
        uint64_t tombstone_word = 0;
        char *group;
        uint64_t word, empty;
        for (;;) {
            group = group_at(type, table, at.group);
            word = ctrl_word(group);
            unsigned slot = group_find(type, group, word, hash, form, probe);
            if (slot < SWISS_GROUP_SLOTS)
                return swiss_overwrite(context, map, probe, hash, form, fast, group, slot);
            empty = match_empty(word);
            if (LIKELY(empty))
                break;
            if (!tombstone_group && match_deleted(word)) {
                tombstone_group = group;
                tombstone_word = word;
            }
            probe_next(&at, table);
        }
        if (UNLIKELY(tombstone_group != NULL)) { // costs no room
            unsigned slot = first_slot(match_deleted(tombstone_word));
            set_ctrl(tombstone_group, tombstone_word, slot, hash_h2(hash));
            table->used++;
            return swiss_insert(context, map, probe, hash, form, fast, tombstone_group, slot,
                                SWISS_DETAIL_TOMBSTONE, cells);
        }
        if (UNLIKELY(table->growthLeft == 0) && swiss_prunes(context))
            swiss_prune(context, map, table);
        if (LIKELY(table->growthLeft > 0)) {
            unsigned slot = first_slot(empty);
            set_ctrl(group, word, slot, hash_h2(hash));
            table->growthLeft--;
            table->used++;
            return swiss_insert(context, map, probe, hash, form, fast, group, slot, 0, cells);
        }
        status = swiss_rehash(context, map, table);
        if (UNLIKELY(status != HMAP_OK))
            return swiss_give_up(context, map, cells, status);
    }
}

#endif
