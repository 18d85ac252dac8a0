// SPDX-License-Identifier: MIT
// What filling a type begins with: reading its DIEs, and asking for the types that it refers to.

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "type/language.h"

const struct type type_void = {.kind = TYPE_VOID};
static const struct type type_unreadable = {.kind = TYPE_OTHER};
static const struct type type_skipped = {.kind = TYPE_OTHER, .by_name_only = true};

// ---- reading --------------------------------------------------------------------------------------------

struct error *chain_read(struct type_builder *builder, struct die_ref ref, struct die_chain *chain)
{
    chain->count = 0;
    while (ref.unit && chain->count < CHAIN_DIES_MOST) {
        struct die *die = &chain->dies[chain->count];
        struct error *error = die_reader_read(builder->reader, ref, &builder->scratch, die);
        if (error && (chain->count == 0 || error->code == ERROR_OUT_OF_MEMORY))
            return error;
        if (error) { // an origin that cannot be read leaves the DIE with what it says itself
            error_free(error);
            break;
        }
        chain->count++;
        ref = attribute_reference(die_attribute(die, AT_specification));
        if (!ref.unit)
            ref = attribute_reference(die_attribute(die, AT_abstract_origin));
    }
    return NULL;
}

const struct die_attribute *chain_find(const struct die_chain *chain, uint16_t name)
{
    const struct die_attribute *found = NULL;
    for (unsigned i = 0; i < chain->count && !found; i++)
        found = die_attribute(&chain->dies[i], name);
    return found;
}

// ---- requests -------------------------------------------------------------------------------------------

struct error *builder_broken(struct type_builder *builder)
{
    builder->is_broken = true;
    return &error_out_of_memory;
}

bool builder_skips_names(const struct type_builder *builder, const struct unit *unit)
{
    const enum language_family family = language_family(unit->language);
    return builder->skips_names && (family == FAMILY_C || family == FAMILY_CPLUSPLUS);
}

bool type_faces_are_alike(enum type_kind kind)
{
    switch (kind) {
    case TYPE_BASE:
    case TYPE_POINTER:
    case TYPE_REFERENCE:
    case TYPE_RVALUE_REFERENCE:
    case TYPE_MEMBER_POINTER:
    case TYPE_FUNCTION:
    case TYPE_STRING:
    case TYPE_UNSPECIFIED:
        return true;
    default:
        return false;
    }
}

// Gives the node the face when it has none: the other one when that will do.
static bool node_add_face(struct type_builder *builder, struct node *node, enum face face)
{
    struct type **place = face == FACE_WHOLE ? &node->whole : &node->named;
    if (*place)
        return true;
    if (face == FACE_WHOLE && node->is_named_filled && type_faces_are_alike(node->named->kind)) {
        node->whole = node->named;
        node->state = NODE_FINISHED;
        return true;
    }
    if (face == FACE_NAMED && node->state != NODE_EMPTY && type_faces_are_alike(node->whole->kind)) {
        node->named = node->whole;
        node->is_named_filled = true;
        return true;
    }
    *place = arena_alloc(&builder->arena, sizeof(**place));
    return *place;
}

struct error *builder_request(struct type_builder *builder, struct die_ref ref, enum face face,
                              struct node **result)
{
    void **place = die_map_at(&builder->nodes, ref);
    if (!place)
        return builder_broken(builder);
    struct node *node = *place;
    if (!node) {
        node = arena_alloc(&builder->arena, sizeof(*node));
        if (!node)
            return builder_broken(builder);
        node->ref = ref;
        *place = node;
    }
    *result = node;
    if (!node_add_face(builder, node, face))
        return builder_broken(builder);
    const bool is_filled = face == FACE_WHOLE ? node->state != NODE_EMPTY : node->is_named_filled;
    if (!is_filled && !node->is_queued) {
        if (!vec_push(&builder->queue, node))
            return builder_broken(builder);
        node->is_queued = true;
    }
    return NULL;
}

static bool is_absent_or_unreadable(const struct die_attribute *attribute, const struct type *absent,
                                    const struct type **slot)
{
    if (attribute && attribute->kind == DIE_VALUE_REFERENCE)
        return false;
    *slot = attribute ? &type_unreadable : absent;
    return true;
}

struct error *builder_request_value(struct type_builder *builder, struct node *node,
                                    const struct die_attribute *attribute, const struct type *absent,
                                    const struct type **slot)
{
    if (is_absent_or_unreadable(attribute, absent, slot))
        return NULL;
    struct node *part;
    RETURN_IF_ERROR(builder_request(builder, attribute->reference, FACE_WHOLE, &part));
    *slot = part->whole;
    if (slot == &node->whole->target)
        node->target = part;
    if (!vec_push(&builder->edges, (struct edge){slot, part}))
        return builder_broken(builder);
    node->edges_count++;
    return NULL;
}

struct error *builder_request_name(struct type_builder *builder, const struct die_attribute *attribute,
                                   const struct type *absent, const struct type **slot)
{
    if (is_absent_or_unreadable(attribute, absent, slot))
        return NULL;
    const enum language_family family = language_family(attribute->reference.unit->language);
    if (builder->skips_pointees && (family == FAMILY_C || family == FAMILY_CPLUSPLUS)) {
        *slot = &type_skipped;
        return NULL;
    }
    struct node *other;
    RETURN_IF_ERROR(builder_request(builder, attribute->reference, FACE_NAMED, &other));
    *slot = other->named;
    return NULL;
}

struct error *builder_add_pending(struct type_builder *builder, struct node *node, struct pending pending)
{
    if (!vec_push(&builder->pendings, pending))
        return builder_broken(builder);
    node->pendings_count++;
    return NULL;
}
