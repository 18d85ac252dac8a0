// SPDX-License-Identifier: MIT
#include "swiss_type.h"

static uint32_t align_up(uint32_t size_bytes, uint32_t align_bytes)
{
    return (size_bytes + align_bytes - 1) / align_bytes * align_bytes;
}

// The group is the Go struct { ctrl uint64; slots [8]struct { key K; elem V } }, laid out by the compiler's
// rules (reflectdata.MapGroupType): a last field of no size gets a byte, unless the struct has no size at all.
enum hmap_status swiss_type_make(struct swiss_type *type, const struct hmap_kind *key,
                                 const struct hmap_kind *elem)
{
    // What a key and an element must be, and which of the compiler's routines serve them, is the same for
    // both kinds of maps.
    struct hmap_type classic;
    *type = (struct swiss_type){0};
    enum hmap_status status = hmap_type_make(&classic, key, elem);
    if (status != HMAP_OK)
        return status;
    bool indirect_key = classic.flags & HMAP_INDIRECT_KEY;
    bool indirect_elem = classic.flags & HMAP_INDIRECT_ELEM;
    uint32_t key_align = indirect_key ? sizeof(void *) : key->align_bytes;
    uint32_t elem_align = indirect_elem ? sizeof(void *) : elem->align_bytes;
    uint32_t slot_align = key_align > elem_align ? key_align : elem_align;
    type->key = key;
    type->elem = elem;
    type->elem_offset = align_up(classic.key_slot_bytes, elem_align);
    uint32_t end = type->elem_offset + classic.elem_slot_bytes;
    if (end > 0 && classic.elem_slot_bytes == 0)
        end++;
    type->slot_bytes = align_up(end, slot_align);
    type->group_bytes =
        align_up(SWISS_SLOTS_OFFSET + (type->slot_bytes ? SWISS_GROUP_SLOTS * type->slot_bytes : 1), 8);
    type->flags =
        (uint8_t)((indirect_key ? SWISS_INDIRECT_KEY : 0) | (indirect_elem ? SWISS_INDIRECT_ELEM : 0) |
                  (key->needs_key_update ? SWISS_NEED_KEY_UPDATE : 0) |
                  (key->hash_can_fail ? SWISS_HASH_MIGHT_PANIC : 0));
    type->variant = classic.variant;
    return HMAP_OK;
}
