// SPDX-License-Identifier: MIT
// Iteration over a Swiss map, after internal/runtime/maps/table.go (Iter): a random start in the directory, and
// in each table; the table in hand is finished whatever becomes of it, its keys then looked up again.
#include "swiss_internal.h"

enum hmap_status swiss_iter_start(struct swiss_context *context, struct swiss_map *map,
                                  struct swiss_iter *iter)
{
    *iter = (struct swiss_iter){.typ = context->type};
    if (!map || map->used == 0)
        return HMAP_OK;
    iterators_add(&swiss_owner_of(map)->iterators, 1);
    iter->m = map;
    iter->entryOffset = swiss_draw(context);
    iter->dirOffset = swiss_draw(context);
    iter->globalDepth = map->globalDepth;
    iter->clearSeq = map->clearSeq;
    if (map->dirLen == 0) {
        iter->dirIdx = -1;
        iter->group = map->dirPtr;
    }
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_ITER_START, .hash = iter->entryOffset,
               .table = map->dirLen ? (uint32_t)(iter->dirOffset & (uint64_t)(map->dirLen - 1)) : 0);
    return swiss_iter_next(context, iter);
}

void swiss_iter_stop(struct swiss_iter *iter)
{
    if (iter->m)
        iterators_add(&swiss_owner_of(iter->m)->iterators, -1);
    iter->m = NULL;
    iter->group = NULL;
}

static COLD void tell_slot(struct swiss_context *context, const struct swiss_iter *iter, uint64_t number,
                           unsigned slot, bool replaced, bool yielded)
{
    SWISS_EMIT(context, iter->m, .kind = yielded ? SWISS_EVENT_ITER_STEP : SWISS_EVENT_ITER_SKIP,
               .table = iter->tab ? (uint32_t)iter->tab->index : 0, .group = (uint32_t)number,
               .local_depth = iter->tab ? iter->tab->localDepth : 0, .slot = (uint8_t)slot,
               .h2 = (uint8_t)(ctrl_word(iter->group) >> (8 * slot)), .address = address_of(iter->group),
               .detail = replaced ? SWISS_DETAIL_RELOOKUP : 0);
}

// The entry of a slot whose group or table was replaced: it is elsewhere, and may be changed or gone.
static NOINLINE bool yield_again(struct swiss_context *context, struct swiss_iter *iter, unsigned slot)
{
    const struct swiss_type *type = context->type;
    struct swiss_map *map = iter->m;
    void *key = slot_key(type, iter->group, slot);
    uint64_t hash = 0;
    if (map->used > 0 && hmap_kind_hash(&context->base, type->key, key, map->seed, &hash) == HMAP_OK) {
        struct swiss_place place = swiss_locate(context, map, key, hash);
        if (place.group) {
            iter->key = slot_key(type, place.group, place.slot);
            iter->elem = slot_elem(type, place.group, place.slot);
            return true;
        }
    }
    // What does not equal itself cannot be found; but it cannot be changed or deleted either, except by clear.
    if (iter->clearSeq != map->clearSeq || hmap_kind_equal(type->key, key, key))
        return false;
    iter->key = key;
    iter->elem = slot_elem(type, iter->group, slot);
    return true;
}

// Sets the iterator's key and element from this slot of its group; false when there is nothing to yield.
static ALWAYS_INLINE bool yield_slot(struct swiss_context *context, struct swiss_iter *iter, uint64_t number,
                                     unsigned slot, bool replaced)
{
    bool yielded = true;
    if (UNLIKELY(replaced)) {
        yielded = yield_again(context, iter, slot);
    } else {
        iter->key = slot_key(context->type, iter->group, slot);
        iter->elem = slot_elem(context->type, iter->group, slot);
    }
    if (LISTENING(context))
        tell_slot(context, iter, number, slot, replaced, yielded);
    return yielded;
}

static enum hmap_status end(struct swiss_context *context, struct swiss_iter *iter)
{
    iter->key = iter->elem = NULL;
    SWISS_EMIT(context, iter->m, .kind = SWISS_EVENT_ITER_END);
    swiss_iter_stop(iter);
    return HMAP_OK;
}

// The map was small at the start; it may have grown since.
static NOINLINE enum hmap_status next_of_small(struct swiss_context *context, struct swiss_iter *iter)
{
    while (iter->entryIdx < SWISS_GROUP_SLOTS) {
        unsigned slot = (unsigned)((iter->entryIdx++ + iter->entryOffset) % SWISS_GROUP_SLOTS);
        if (ctrl_word(iter->group) >> (8 * slot) & SWISS_EMPTY)
            continue;
        if (yield_slot(context, iter, 0, slot, iter->m->dirLen > 0))
            return HMAP_OK;
    }
    return end(context, iter);
}

// The table at dirIdx. The random start may fall between two entries of one table: once, the offset is put
// right.
static NOINLINE void enter_table(struct swiss_context *context, struct swiss_iter *iter)
{
    struct swiss_map *map = iter->m;
    int64_t index = (int64_t)(((uint64_t)iter->dirIdx + iter->dirOffset) & (uint64_t)(map->dirLen - 1));
    struct swiss_table *table = directory_of(map)[index];
    iter->dirOffset -= (uint64_t)(index - table->index);
    iter->tab = table;
    SWISS_EMIT(context, map, .kind = SWISS_EVENT_ITER_TABLE, .table = (uint32_t)table->index,
               .local_depth = table->localDepth, .address = address_of(table));
}

// All entries of the directory that the table had, or its two halves now have.
static void leave_table(struct swiss_iter *iter)
{
    iter->dirIdx += table_entries(iter->m, iter->tab);
    iter->tab = NULL;
    iter->group = NULL;
    iter->entryIdx = 0;
}

// Where entryIdx points to in the table: the group, in iter->group too, and the slot. The group is Go's own
// memory of it: it changes at slot 0 only.
static ALWAYS_INLINE unsigned slot_at(const struct swiss_type *type, struct swiss_iter *iter, uint64_t mask,
                                      uint64_t *number)
{
    uint64_t entry = (iter->entryIdx + iter->entryOffset) & mask;
    unsigned slot = (unsigned)(entry % SWISS_GROUP_SLOTS);
    *number = entry / SWISS_GROUP_SLOTS;
    if (slot == 0 || !iter->group)
        iter->group = group_at(type, iter->tab, *number);
    return slot;
}

// The next live slot of the table in hand, one after the other; false at its end. After an entry that was
// found by looking through a group, entryIdx jumps to the next one that is live at this moment: what is
// inserted in between is passed over.
static ALWAYS_INLINE bool next_in_table(struct swiss_context *context, struct swiss_iter *iter)
{
    const struct swiss_type *type = context->type;
    const uint64_t mask = (uint64_t)iter->tab->capacity - 1;
    const bool replaced = iter->tab->index == -1;
    uint64_t number;
    if (iter->entryIdx > mask)
        return false;
    unsigned slot = slot_at(type, iter, mask, &number);
    bool live = !(ctrl_word(iter->group) >> (8 * slot) & SWISS_EMPTY);
    iter->entryIdx++;
    if (LIKELY(live) && LIKELY(yield_slot(context, iter, number, slot, replaced)))
        return true;
    while (iter->entryIdx <= mask) {
        slot = slot_at(type, iter, mask, &number);
        uint64_t rest = match_full(ctrl_word(iter->group)) >> (8 * slot) << (8 * slot);
        while (rest) {
            unsigned found = first_slot(rest);
            iter->entryIdx += found - slot;
            slot = found;
            if (iter->entryIdx > mask) // the part of the first group that was before the start
                return false;
            bool yielded = yield_slot(context, iter, number, slot, replaced);
            rest &= rest - 1;
            if (LIKELY(yielded)) {
                iter->entryIdx += (rest ? first_slot(rest) : SWISS_GROUP_SLOTS) - slot;
                return true;
            }
        }
        iter->entryIdx += SWISS_GROUP_SLOTS - slot;
    }
    return false;
}

static NOINLINE enum hmap_status iter_advance(struct swiss_context *context, struct swiss_iter *iter)
{
    struct swiss_map *map = iter->m;
    if (UNLIKELY(!map)) {
        iter->key = iter->elem = NULL;
        return HMAP_OK;
    }
    if (UNLIKELY(writing_of(map)))
        return swiss_fault_status(context, map, HMAP_CONCURRENT_ITERATION);
    if (iter->dirIdx < 0)
        return next_of_small(context, iter);
    if (UNLIKELY(iter->globalDepth != map->globalDepth)) {
        // The directory was doubled: what was entry i is now 2 * i.
        uint8_t orders = (uint8_t)(map->globalDepth - iter->globalDepth);
        iter->dirIdx = (int64_t)((uint64_t)iter->dirIdx << orders);
        iter->dirOffset <<= orders;
        iter->globalDepth = map->globalDepth;
    }
    while (iter->dirIdx < map->dirLen) {
        if (UNLIKELY(!iter->tab))
            enter_table(context, iter);
        if (LIKELY(next_in_table(context, iter)))
            return HMAP_OK;
        leave_table(iter);
    }
    return end(context, iter);
}

static ALWAYS_INLINE void yield_here(const struct swiss_type *type, struct swiss_iter *iter, char *group,
                                     unsigned slot)
{
    iter->key = slot_key(type, group, slot);
    iter->elem = slot_elem(type, group, slot);
}

// Most steps stay in a group that is still the map's: those are taken here, as iter_advance would.
enum hmap_status swiss_iter_next(struct swiss_context *context, struct swiss_iter *iter)
{
    const struct swiss_type *type = context->type;
    const struct swiss_map *map = iter->m;
    char *group = iter->group;
    if (UNLIKELY(!group || LISTENING(context) || writing_of(map))) // without a map there is no group
        return iter_advance(context, iter);
    uint64_t mask = SWISS_GROUP_SLOTS - 1;
    if (iter->dirIdx >= 0) {
        if (UNLIKELY(!iter->tab || iter->tab->index == -1 || iter->globalDepth != map->globalDepth))
            return iter_advance(context, iter);
        mask = (uint64_t)iter->tab->capacity - 1;
    } else if (UNLIKELY(map->dirLen > 0)) {
        return iter_advance(context, iter);
    }
    uint64_t entry = (iter->entryIdx + iter->entryOffset) & mask;
    unsigned slot = (unsigned)(entry % SWISS_GROUP_SLOTS);
    if (UNLIKELY(iter->entryIdx > mask))
        return iter_advance(context, iter);
    if (slot == 0 && iter->dirIdx >= 0)
        iter->group = group = group_at(type, iter->tab, entry / SWISS_GROUP_SLOTS);
    uint64_t rest = match_full(ctrl_word(group)) >> (8 * slot);
    if (LIKELY(rest & 0x80)) {
        iter->entryIdx++;
        yield_here(type, iter, group, slot);
        return HMAP_OK;
    }
    if (UNLIKELY(!rest || iter->dirIdx < 0))
        return iter_advance(context, iter);
    // The next live slot of the group, and then on to the one after it.
    unsigned skipped = first_slot(rest);
    if (UNLIKELY(iter->entryIdx + skipped > mask))
        return iter_advance(context, iter);
    rest = rest >> (8 * skipped) & ~UINT64_C(0xff);
    slot += skipped;
    iter->entryIdx += skipped + (rest ? first_slot(rest) : SWISS_GROUP_SLOTS - slot);
    yield_here(type, iter, group, slot);
    return HMAP_OK;
}
