// SPDX-License-Identifier: MIT
// The parts of the quick pass: the walk (quick_walk.c), keys (quick_key.c), definitions (quick_unit.c). Internal to
// those.
#ifndef STRATA_SCAN_QUICK_PARTS_H
#define STRATA_SCAN_QUICK_PARTS_H

#include "scan/quick_unit.h"

// Flags of quick_item.code.
#define ITEM_NAMED (UINT32_C(1) << 31)       // a typedef or a variable has named it
#define ITEM_PASSED_OVER (UINT32_C(1) << 30) // the walk has not gone through its children
#define ITEM_CODE_MASK (ITEM_PASSED_OVER - 1)

// Finds the unit's types. False: the unit is given up.
bool quick_walk(struct quick_unit *quick);

// The key of each item. quick_unit.is_given_up tells whether it could be done.
void quick_keys_note(struct quick_unit *quick);

// Key of the members or enumerators of the item, a DIE of that abbrev whose code ends at `die`.
uint64_t quick_shape(struct quick_unit *quick, const struct quick_item *item,
                     const struct quick_abbrev *abbrev, const uint8_t *die);

// Key of a name, an id of the unit.
uint64_t quick_name(struct quick_unit *quick, uint64_t id);

// The halves of a 128-bit product, folded. One of the factors has a secret in it.
static inline uint64_t quick_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 uint128;
    const uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline const struct abbrev *abbrev_of_quick(const struct quick_abbrev *quick)
{
    return (const struct abbrev *)((const char *)quick - offsetof(struct abbrev, quick));
}

static inline uint32_t quick_load(const uint8_t *p)
{
    return (uint32_t)load_u32(p, false);
}

static inline uint64_t quick_give_up(struct quick_unit *quick)
{
    quick->is_given_up = true;
    return 0;
}

// The item at the position; NULL: there is none, or another one has its place in the map.
static inline struct quick_item *quick_item_at(const struct quick_unit *quick, uint32_t position)
{
    const uint32_t i = quick->map[position >> 2];
    return LIKELY(i < quick->items_count) && LIKELY(quick->items[i].position == position) ? &quick->items[i]
                                                                                          : NULL;
}

// The abbrev of an item; `*p` is behind its code.
static inline const struct quick_abbrev *quick_item_abbrev(const struct quick_unit *quick,
                                                           const struct quick_item *item, const uint8_t **p)
{
    const uint32_t code = item->code & ITEM_CODE_MASK;
    uint64_t ignored;
    *p = quick->header + item->position + 1;
    if (UNLIKELY(code >= 0x80))
        *p = load_uleb(quick->header + item->position, &ignored);
    return &quick->abbrevs[code - 1]->quick;
}

#endif
