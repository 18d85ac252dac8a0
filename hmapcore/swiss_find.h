// SPDX-License-Identifier: MIT
// Find in a Swiss map, once, for all forms of keys (swiss_assign.h and swiss_erase.h have the writes). Each .c
// file of a variant calls these with constants for `form` and `fast`, and the compiler makes the routines out of
// them that Go has written out by hand (runtime.go, runtime_fast32.go, runtime_fast64.go, runtime_faststr.go),
// each twice: a fast one, which takes for granted that the CPU has AES and that nobody listens, and one that
// asks.
#ifndef SWISS_FIND_H
#define SWISS_FIND_H

#include "swiss_form.h"
#include "swiss_tell.h"

enum { FIRST_LINE_BYTES = 64 };

// Nothing to look through. Go hashes the key all the same, so that an unhashable one is always refused.
static ALWAYS_INLINE struct hmap_result find_in_nothing(struct swiss_context *context, struct swiss_map *map,
                                                        union probe probe, enum form form, bool fast,
                                                        uint8_t kind)
{
    uint64_t hash = 0;
    if (form == FORM_GENERIC && context->type->flags & SWISS_HASH_MIGHT_PANIC) {
        // By its value alone: no random number is drawn for a NaN here.
        if (hmap_kind_unhashable(context->type->key, probe.any))
            return swiss_fault(context, map, HMAP_UNHASHABLE);
    }
    SWISS_TELL(kind, 0, NULL, 0);
    return (struct hmap_result){0};
}

// The search in full.
static ALWAYS_INLINE struct hmap_result find_along(struct swiss_context *context, struct swiss_map *map,
                                                   union probe probe, uint64_t hash, enum form form,
                                                   bool fast)
{
    const struct swiss_type *type = context->type;
    const struct swiss_table *table = map->dirLen ? table_for(map, hash) : NULL;
    struct probe_sequence at = table ? probe_start(table, hash) : (struct probe_sequence){0, 0};
    for (;;) {
        char *group = table ? group_at(type, table, at.group) : map->dirPtr;
        uint64_t word = ctrl_word(group);
        unsigned slot = group_find(type, group, word, hash, form, probe);
        if (slot < SWISS_GROUP_SLOTS) {
            SWISS_TELL(SWISS_EVENT_FIND_HIT, 0, group, slot);
            return (struct hmap_result){form_elem_of(type, group, slot, form), HMAP_OK, true};
        }
        if (!table || LIKELY(match_empty(word))) {
            SWISS_TELL(SWISS_EVENT_FIND_MISS, 0, group, 0);
            return (struct hmap_result){0};
        }
        probe_next(&at, table);
    }
}

// The same in a function of its own, for the few searches that the first look does not end.
static NOINLINE struct hmap_result find_further(struct swiss_context *context, struct swiss_map *map,
                                                union probe probe, uint64_t hash, enum form form)
{
    switch (form) {
    case FORM_WORD32:
        return find_along(context, map, probe, hash, FORM_WORD32, true);
    case FORM_WORD64:
        return find_along(context, map, probe, hash, FORM_WORD64, true);
    case FORM_STRING:
        return find_along(context, map, probe, hash, FORM_STRING, true);
    case FORM_SHORT:
    case FORM_MIDDLE:
        return find_along(context, map, probe, hash, FORM_SHORT, true);
    case FORM_GENERIC:
        break;
    }
    return find_along(context, map, probe, hash, FORM_GENERIC, true);
}

static ALWAYS_INLINE struct hmap_result swiss_probe_find(struct swiss_context *context, struct swiss_map *map,
                                                         union probe probe, enum form form, bool fast)
{
    const struct swiss_type *type = context->type;
    uint64_t hash;
    if (UNLIKELY(map == NULL || map->used == 0))
        return find_in_nothing(context, map, probe, form, fast, SWISS_EVENT_FIND_MISS);
    if (UNLIKELY(writing_of(map)))
        return swiss_fault(context, map, HMAP_CONCURRENT_READ_WRITE);
    enum hmap_status status = swiss_probe_hash(context, form, fast, probe, map->seed, &hash);
    if (form == FORM_GENERIC && UNLIKELY(status != HMAP_OK))
        return swiss_fault(context, map, status);
    if (!fast)
        return find_along(context, map, probe, hash, form, fast);
    // Nearly all searches end with the first slot of the right h2 in the first group, or with none there.
    char *group = map->dirPtr;
    const bool small = map->dirLen == 0;
    if (!small) {
        const struct swiss_table *table = table_for(map, hash);
        group = group_at(type, table, hash_h1(hash) & table->groups.lengthMask);
        __builtin_prefetch(group + FIRST_LINE_BYTES); // where half of the slots are
    }
    uint64_t word = ctrl_word(group), hits = match_h2(word, hash_h2(hash));
    if (hits) {
        unsigned slot = first_slot(hits);
        if (LIKELY(slot_equal(type, group, slot, form, probe)))
            return (struct hmap_result){form_elem_of(type, group, slot, form), HMAP_OK, true};
    } else if (small || LIKELY(match_empty(word))) {
        return (struct hmap_result){0};
    }
    return find_further(context, map, probe, hash, form);
}

#endif
