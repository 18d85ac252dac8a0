// SPDX-License-Identifier: MIT
#include "check/abi_classes.h"

#include "type/language.h"

#include <string.h>

// Classes looked at for one record, and how deep: hostile files make endless bases.
enum { LOOKS_MOST = 4096, DEPTH_MOST = 64, ELEMENTS_MOST = 64 };

static bool class_is_empty(const struct type *type, unsigned *looks)
{
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind != MEMBER_BASE || !*looks)
            return false;
        --*looks;
        if (!class_is_empty(type_strip(member->type), looks))
            return false;
    }
    return type_has_members(type) && !type->is_declaration && !type->by_name_only;
}

bool abi_class_is_empty(const struct type *type)
{
    unsigned looks = 256;
    return language_family(type->language) == FAMILY_CPLUSPLUS && class_is_empty(type, &looks);
}

bool abi_same_class(const struct type *a, const struct type *b)
{
    return a == b || (a->name && b->name && !strcmp(a->name, b->name));
}

// --- Empty objects ---

static bool empties_add(abi_empties_vec *empties, const struct type *type, uint64_t offset_bits,
                        unsigned *looks, unsigned depth);

static bool empties_add_member(abi_empties_vec *empties, const struct member *member, uint64_t offset_bits,
                               unsigned *looks, unsigned depth)
{
    const struct type *type = type_strip(member->type);
    uint64_t at_bits, count = 1, stride_bits = 0;
    if (!member->offset_known || member->kind == MEMBER_BITFIELD || member->kind == MEMBER_VIRTUAL_BASE ||
        __builtin_add_overflow(offset_bits, member->offset_bits, &at_bits))
        return true;
    if (type->kind == TYPE_ARRAY && type->target) {
        type = type_strip(type->target);
        stride_bits = type->size_known ? type->size_bits : 0;
        count = stride_bits ? member->size_bits / stride_bits : 0;
        count = count > ELEMENTS_MOST ? ELEMENTS_MOST : count;
    }
    for (uint64_t i = 0; i < count; i++)
        if (!empties_add(empties, type, at_bits + i * stride_bits, looks, depth + 1))
            return false;
    return true;
}

static bool empties_add(abi_empties_vec *empties, const struct type *type, uint64_t offset_bits,
                        unsigned *looks, unsigned depth)
{
    if (!type_has_members(type) || language_family(type->language) != FAMILY_CPLUSPLUS)
        return true;
    if (!*looks || depth > DEPTH_MOST) {
        *looks = 0;
        return true;
    }
    --*looks;
    if (abi_class_is_empty(type) && !vec_push(empties, (struct abi_empty){type, offset_bits}))
        return false;
    for (size_t i = 0; i < type->members_count && *looks; i++)
        if (!empties_add_member(empties, &type->members[i], offset_bits, looks, depth))
            return false;
    return true;
}

bool abi_empties_add(abi_empties_vec *empties, const struct member *member, unsigned *looks)
{
    struct member here = *member;
    here.offset_bits = 0;
    here.offset_known = true;
    return empties_add_member(empties, &here, 0, looks, 0);
}

// --- Virtual bases ---

struct bases_walk {
    struct layouter *layouter;
    abi_virtual_bases_vec *bases;
    VEC(const struct type *) primaries;
    unsigned looks;
    bool is_complete;
};

static struct error *bases_visit(struct bases_walk *walk, const struct type *type, unsigned depth);

static struct error *bases_add(struct bases_walk *walk, const struct member *member, unsigned depth)
{
    const struct type *type = type_strip(member->type);
    vec_foreach (struct abi_virtual_base *, base, walk->bases)
        if (abi_same_class(base->type, type)) {
            if (depth == 0)
                base->member = member;
            return NULL;
        }
    struct abi_virtual_base added = {.type = type, .member = depth == 0 ? member : NULL};
    RETURN_IF_ERROR(layout_compute(walk->layouter, member->type, &added.layout));
    walk->is_complete &= added.layout->size_known && !type->by_name_only && added.layout->align.bytes;
    return vec_push(walk->bases, added) ? NULL : &error_out_of_memory;
}

static struct error *bases_visit(struct bases_walk *walk, const struct type *type, unsigned depth)
{
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(walk->layouter, type, &layout));
    if (!walk->looks || depth > DEPTH_MOST || type->is_declaration || type->by_name_only) {
        walk->is_complete = false;
        return NULL;
    }
    walk->looks--;
    if (layout->primary_base && !vec_push(&walk->primaries, type_strip(layout->primary_base->type)))
        return &error_out_of_memory;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->kind != MEMBER_BASE && member->kind != MEMBER_VIRTUAL_BASE)
            continue;
        if (member->kind == MEMBER_VIRTUAL_BASE)
            RETURN_IF_ERROR(bases_add(walk, member, depth));
        RETURN_IF_ERROR(bases_visit(walk, type_strip(member->type), depth + 1));
    }
    return NULL;
}

static bool is_primary(const struct bases_walk *walk, const struct type *type)
{
    vec_foreach (const struct type **, primary, &walk->primaries)
        if (abi_same_class(*primary, type))
            return true;
    return false;
}

struct error *abi_virtual_bases(struct layouter *layouter, const struct type *type,
                                abi_virtual_bases_vec *bases, bool *is_complete)
{
    struct bases_walk walk = {.layouter = layouter, .bases = bases, .looks = LOOKS_MOST, .is_complete = true};
    struct error *error = bases_visit(&walk, type, 0);
    size_t kept = 0;
    for (size_t i = 0; i < bases->length; i++)
        if (!is_primary(&walk, bases->data[i].type))
            bases->data[kept++] = bases->data[i];
    bases->length = kept;
    *is_complete = walk.is_complete;
    vec_free(&walk.primaries);
    return error;
}
