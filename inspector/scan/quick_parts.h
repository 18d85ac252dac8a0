// SPDX-License-Identifier: MIT
// The parts of the quick pass: the walk (quick_walk.c), keys (quick_key.c), definitions (quick_unit.c). Internal to
// those.
#ifndef STRATA_SCAN_QUICK_PARTS_H
#define STRATA_SCAN_QUICK_PARTS_H

#include "dwarf/constants.h"
#include "scan/quick_unit.h"

// Flags of quick_item.code.
#define ITEM_NAMED (UINT32_C(1) << 31)       // a typedef or a variable has named it
#define ITEM_PASSED_OVER (UINT32_C(1) << 30) // the walk has not gone through its children
#define ITEM_INSTANCE (UINT32_C(1) << 29)    // its first child is a template's parameter
#define ITEM_CODE_MASK (ITEM_INSTANCE - 1)

static inline uint32_t quick_load(const uint8_t *p)
{
    return (uint32_t)load_u32(p, false);
}

// Finds the unit's types. False: the unit is given up.
bool quick_walk(struct quick_unit *quick);
bool quick_walk_scoped(struct quick_unit *quick); // where names have scopes

// Makes room for that many items, and for what goes with them. False when memory is short.
bool quick_items_reserve(struct quick_unit *quick, uint32_t items_most);
bool quick_reserve(void **array, uint32_t *capacity, uint32_t needed, size_t slot_bytes);

// Notes a variable that may give the type at the position `target` its name; 0: not known. False when memory is short.
bool quick_variable_push(struct quick_unit *quick, uint32_t position, uint32_t target);

// Where the parts of fixed length begin in a DIE that is not fixed.
struct quick_gaps {
    const uint8_t *start[QUICK_PARTS_MOST + 1];
};

// Passes over the DIE by its parts. NULL where it leaves the unit.
static inline const uint8_t *quick_parts_pass(const struct die_stream *stream, const struct quick_abbrev *q,
                                              const uint8_t *p, struct quick_gaps *gaps)
{
    gaps->start[0] = p;
    p += q->gaps[0];
    for (unsigned i = 0; i < q->parts_count; i++) {
        if (UNLIKELY(p >= stream->end))
            return NULL;
        if (q->part_is_text[i]) {
            p = pass_text(p, stream->end);
            if (UNLIKELY(!p))
                return NULL;
        } else {
            uint64_t length;
            p = load_uleb(p, &length);
            if (UNLIKELY(p > stream->end || length > (uint64_t)(stream->end - p)))
                return NULL;
            p += length;
        }
        gaps->start[i + 1] = p;
        p += q->gaps[i + 1];
    }
    return p;
}

// The key of each item. quick_unit.is_given_up tells whether it could be done.
void quick_keys_note(struct quick_unit *quick);

// Key of the members or enumerators of the item, a DIE of that abbrev whose code ends at `die`.
uint64_t quick_shape(struct quick_unit *quick, const struct quick_item *item,
                     const struct quick_abbrev *abbrev, const uint8_t *die);

// Whether a block places a variable at one address of the program, as those outside functions and the
// statics in them.
static inline bool quick_is_address(const uint8_t *p, const uint8_t *end, uint64_t length)
{
    return length > 1 && p < end && (*p == OP_addr || *p == OP_addrx || *p == OP_GNU_addr_index);
}

bool quick_is_at_address(const struct unit_view *view,
                         uint32_t position); // the same of the variable there, read in full

// Whether a variable with a place may give a type its name: outside functions any, in them a static one. Which those
// are is the general way's rule, see type_records.c.
static inline bool quick_variable_counts(const struct quick_unit *quick, const struct quick_abbrev *q,
                                         const struct quick_gaps *gaps, uint32_t position, bool is_global)
{
    if (is_global)
        return true;
    if (q->parts_count == 0)
        return quick_is_at_address(quick->view, position);
    if (q->location_part == QUICK_NOWHERE)
        return false;
    const uint8_t *location = gaps->start[q->location_part] + q->gaps[q->location_part];
    uint64_t length;
    location = load_uleb(location, &length);
    return quick_is_address(location, quick->end, length);
}

// The position of its type; 0: not known by the places of its parts.
static inline uint32_t quick_variable_target(const struct quick_abbrev *q, const struct quick_gaps *gaps)
{
    return q->parts_count && q->type_gap != QUICK_NOWHERE ? quick_load(gaps->start[q->type_gap] + q->type_at)
                                                          : 0;
}

// ---- names and scopes (quick_scope.c) ----

static inline bool quick_decode(const struct quick_unit *quick, uint64_t position, struct decoded_die *die)
{
    return unit_view_decode(quick->view, quick->view->unit->offset + position, die);
}

// Key of the record as a scope; 0 is the unit's.
uint64_t quick_scope_key(struct quick_unit *quick, uint32_t record, unsigned steps);

// A record's name, an id, and the record of the scope that encloses it: those of the declaration that it completes.
struct quick_called {
    uint64_t name; // 0: none
    uint32_t scope;
};

struct quick_called quick_called_of(struct quick_unit *quick, const struct quick_record *record,
                                    const struct decoded_die *die);

// Whether the DIE completes a declaration of the unit, and where that is. Others are as if they were none.
bool quick_completes(const struct decoded_die *die, uint64_t *declaration);

// Whether a template's instance is called by a name that lacks its arguments, so that they would have to be looked at.
bool quick_lacks_arguments(const struct quick_unit *quick, uint64_t name);

// Key of what is like no other in any unit: of what the quick pass does not understand.
uint64_t quick_unlike(const struct quick_unit *quick, uint32_t position);

// Whether the type at the item is called by a name: its own, or that of the declaration that it completes.
bool quick_is_called(struct quick_unit *quick, const struct quick_item *item, const struct quick_abbrev *q);

// The record that starts at the position; 0: none.
uint32_t quick_record_at(const struct quick_unit *quick, uint32_t position);

// The record that the position lies in, but does not start; 0: none, or the unit is given up: a file can have a long way up, and
// ask for it with every member.
uint32_t quick_scope_around(struct quick_unit *quick, uint32_t position);

// Key of the members or enumerators of the record (quick_key.c).
uint64_t quick_scoped_shape(struct quick_unit *quick, uint32_t record, unsigned steps);

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
