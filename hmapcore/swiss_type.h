// SPDX-License-Identifier: MIT
// Map types of the Swiss kind: a kind of key and a kind of element (hmap_type.h), and the group that follows
// from them: Go's abi.SwissMapType, from Go 1.26 on abi.MapType.
//
// Plain, constant data once made; share it between threads freely. It must outlive the maps.
#ifndef SWISS_TYPE_H
#define SWISS_TYPE_H

#include "hmap_type.h"
#include "swiss_layout.h"

// swiss_type.flags: Go's numbers
enum {
    SWISS_NEED_KEY_UPDATE = 1,
    SWISS_HASH_MIGHT_PANIC = 2,
    SWISS_INDIRECT_KEY = 4,
    SWISS_INDIRECT_ELEM = 8,
};

struct swiss_type {
    const struct hmap_kind *key;
    const struct hmap_kind *elem;
    uint32_t group_bytes; // GroupSize
    uint32_t slot_bytes;  // SlotSize, or from Go 1.27 on KeyStride: from one key to the next
    uint32_t elem_offset; // ElemOff: of the element in its slot
    uint8_t flags;
    enum hmap_variant variant; // set it to HMAP_VARIANT_GENERIC after swiss_type_make to see the generic
                               // routines at work
};

// The map type map[key]elem. The kinds are borrowed. HMAP_BAD_TYPE for an unhashable key, or a size that is
// not a multiple of its alignment, or an alignment over 8.
HMAP_MUST_USE enum hmap_status swiss_type_make(struct swiss_type *type, const struct hmap_kind *key,
                                               const struct hmap_kind *elem);

#endif
