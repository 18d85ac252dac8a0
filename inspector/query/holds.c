// SPDX-License-Identifier: MIT
#include "query/holds.h"

#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef VEC(const struct type *) types_vec;

// All types met, in a table of hashed pointers with room, and those of them that are to be opened yet.
struct meeting {
    const struct type **slots;
    size_t slots_count, met_count; // the first is a power of two
    types_vec open;
};

static size_t slot_of(const struct meeting *meeting, const struct type *type)
{
    size_t slot = (size_t)(((uintptr_t)type >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20);
    for (slot &= meeting->slots_count - 1; meeting->slots[slot] && meeting->slots[slot] != type;)
        slot = (slot + 1) & (meeting->slots_count - 1);
    return slot;
}

static bool grow(struct meeting *meeting)
{
    struct meeting grown = {.slots_count = meeting->slots_count ? meeting->slots_count * 2 : 64};
    grown.slots = calloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < meeting->slots_count; i++)
        if (meeting->slots[i])
            grown.slots[slot_of(&grown, meeting->slots[i])] = meeting->slots[i];
    free(meeting->slots);
    meeting->slots = grown.slots;
    meeting->slots_count = grown.slots_count;
    return true;
}

static bool meet(struct meeting *meeting, const struct type *type)
{
    if (!type)
        return true;
    if (meeting->met_count >= meeting->slots_count / 2 && !grow(meeting))
        return false;
    const size_t slot = slot_of(meeting, type);
    if (meeting->slots[slot])
        return true;
    meeting->slots[slot] = type;
    meeting->met_count++;
    return vec_push(&meeting->open, type);
}

static bool meet_members(struct meeting *meeting, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!meet(meeting, members[i].type))
            return false;
    return true;
}

static bool meet_parts(struct meeting *meeting, const struct type *type)
{
    const bool is_wrapper = type->kind == TYPE_TYPEDEF || type->kind == TYPE_CONST ||
                            type->kind == TYPE_VOLATILE || type->kind == TYPE_RESTRICT ||
                            type->kind == TYPE_ATOMIC || type->kind == TYPE_ARRAY;
    if (is_wrapper)
        return meet(meeting, type->target);
    if (!type_has_members(type))
        return true;
    bool fits = meet_members(meeting, type->members, type->members_count);
    for (size_t p = 0; p < type->variant_parts_count && fits; p++)
        for (size_t v = 0; v < type->variant_parts[p].variants_count && fits; v++)
            fits = meet_members(meeting, type->variant_parts[p].variants[v].members,
                                type->variant_parts[p].variants[v].members_count);
    return fits;
}

struct error *type_holds(const struct type *type, const char *name, bool *holds)
{
    struct meeting meeting = {0};
    bool fits = meet(&meeting, type);
    *holds = false;
    while (fits && !*holds && meeting.open.length) {
        const struct type *next = meeting.open.data[--meeting.open.length];
        *holds = next != type && next->name && !strcmp(next->name, name);
        fits = meet_parts(&meeting, next);
    }
    free(meeting.slots);
    vec_free(&meeting.open);
    return fits || *holds ? NULL : &error_out_of_memory;
}
