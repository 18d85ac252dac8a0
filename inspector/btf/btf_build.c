// SPDX-License-Identifier: MIT
#include "btf/btf_build.h"

#include "base/arena.h"
#include "base/vec.h"
#include "btf/btf_model.h"
#include <stdlib.h>

enum btf_node_state {
    BTF_NODE_EMPTY,
    BTF_NODE_NAMED, // as what lies behind a pointer is told
    BTF_NODE_WHOLE, // members and all
};

struct btf_node {
    struct type type; // first: a pointer to it is a pointer to the node
    uint32_t id;
    uint8_t state, wanted;
    bool is_queued;
};

// Types refer to each other in cycles (through pointers), so a node is handed out before it is filled:
//
//     request ─► queue ─► node_fill, which requests what the record refers to ─► … until the queue is empty
struct btf_builder {
    const struct btf *btf;
    struct arena arena;
    struct btf_node **nodes; // by number
    VEC(uint32_t) built;     // numbers that have a node
    VEC(struct btf_node *) queue;
    bool is_broken; // memory was short in the middle of a graph
    bool skips_pointees;
    uint32_t any_pointer; // then all pointers are this one; 0: none was met yet
};

static const struct type type_void = {.kind = TYPE_VOID};
static const struct type type_unreadable = {.kind = TYPE_OTHER};

// ---- requests -------------------------------------------------------------------------------------------

static struct error *broken(struct btf_builder *builder)
{
    builder->is_broken = true;
    return &error_out_of_memory;
}

static struct error *node_request(struct btf_builder *builder, uint32_t id, enum btf_node_state wanted,
                                  struct btf_node **result)
{
    struct btf_node *node = builder->nodes[id];
    if (!node) {
        node = arena_alloc(&builder->arena, sizeof(*node));
        if (!node || !vec_push(&builder->built, id))
            return broken(builder);
        node->id = id;
        builder->nodes[id] = node;
    }
    *result = node;
    if (node->wanted < wanted)
        node->wanted = (uint8_t)wanted;
    if (node->state < wanted && !node->is_queued) {
        if (!vec_push(&builder->queue, node))
            return broken(builder);
        node->is_queued = true;
    }
    return NULL;
}

// Without their targets pointers differ in nothing, and most types that a kernel's structs hold are pointers.
static uint32_t pointer_as_any(struct btf_builder *builder, uint32_t id)
{
    const struct btf_record record = btf_record(builder->btf, id);
    if (btf_kind_of(&record) != BTF_PTR)
        return id;
    if (!builder->any_pointer)
        builder->any_pointer = id;
    return builder->any_pointer;
}

// Puts the type of that number into *slot; void becomes `absent`.
static struct error *request(struct btf_builder *builder, uint32_t id, enum btf_node_state wanted,
                             const struct type *absent, const struct type **slot)
{
    id = btf_skip_tags(builder->btf, id);
    if (id == 0 || id == builder->btf->end_id) {
        *slot = id == 0 ? absent : &type_unreadable;
        return NULL;
    }
    struct btf_node *node;
    if (builder->skips_pointees)
        id = pointer_as_any(builder, id);
    RETURN_IF_ERROR(node_request(builder, id, wanted, &node));
    *slot = &node->type;
    return NULL;
}

// ---- members --------------------------------------------------------------------------------------------

// A bit-field of a struct without the kind flag: its width is that of an integer made for it, which may begin
// within its own bytes, too.
static void member_place_old(const struct btf *btf, uint32_t type_id, uint32_t place, struct member *member)
{
    member->offset_bits = place;
    if (place % 8 == 0 && !btf->parts[0].has_bitfield_integers && !btf_own_part(btf)->has_bitfield_integers)
        return;
    const uint32_t target_id = btf_strip(btf, type_id);
    if (target_id == 0)
        return;
    const struct btf_record target = btf_record(btf, target_id);
    if (btf_kind_of(&target) != BTF_INT)
        return;
    const uint32_t word = btf_word(&target, 0);
    const bool is_whole = btf_int_size_bits(word) == (uint64_t)target.size_or_type * 8;
    const bool is_bool = btf_int_encoding(word) & BTF_INT_BOOL; // some write 1 bit for a _Bool of a byte
    if (place % 8 == 0 && btf_int_offset_bits(word) == 0 && (is_whole || is_bool))
        return;
    member->kind = MEMBER_BITFIELD;
    member->offset_bits += btf_int_offset_bits(word);
    member->size_bits = btf_int_size_bits(word);
    member->size_known = true;
}

static const char *name_or_null(const struct btf_part *part, uint32_t offset)
{
    const char *name = btf_text(part, offset);
    return *name ? name : NULL;
}

static struct error *member_fill(struct btf_builder *builder, const struct btf_record *record, size_t index,
                                 struct member *member)
{
    const struct btf *btf = builder->btf;
    const uint32_t type_id = btf_word(record, 3 * index + 1), place = btf_word(record, 3 * index + 2);
    const uint64_t size_bytes = btf->sizes_bytes[type_id];
    member->kind = MEMBER_FIELD;
    member->name = name_or_null(record->part, btf_word(record, 3 * index));
    member->offset_known = true;
    member->size_known = size_bytes != BTF_SIZE_UNKNOWN;
    member->size_bits = member->size_known ? size_bytes * 8 : 0;
    if (!btf_info_flag(record->info)) {
        member_place_old(btf, type_id, place, member);
    } else {
        member->offset_bits = btf_place_offset_bits(place);
        if (btf_place_width_bits(place)) {
            member->kind = MEMBER_BITFIELD;
            member->size_bits = btf_place_width_bits(place);
            member->size_known = true;
        }
    }
    return request(builder, type_id, BTF_NODE_WHOLE, &type_void, &member->type);
}

static struct error *members_fill(struct btf_builder *builder, const struct btf_record *record,
                                  struct type *type)
{
    const size_t count = btf_vlen(record);
    type->members = arena_alloc_array(&builder->arena, count, sizeof(*type->members));
    if (!type->members)
        return broken(builder);
    type->members_count = count;
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(member_fill(builder, record, i, &type->members[i]));
    return NULL;
}

// ---- the rest of a type ---------------------------------------------------------------------------------

static struct error *array_fill(struct btf_builder *builder, const struct btf_record *record,
                                enum btf_node_state state, struct type *type)
{
    type->dimensions = arena_alloc_array(&builder->arena, 1, sizeof(*type->dimensions));
    if (!type->dimensions)
        return broken(builder);
    // char data[] and the older char data[0] both have 0 elements in BTF: how many there are is not known.
    const uint32_t count = btf_word(record, 2);
    type->dimensions[0] = (struct array_dimension){.count_known = count > 0, .count = count};
    type->dimensions_count = 1;
    type->by_name_only = state < BTF_NODE_WHOLE;
    return request(builder, btf_word(record, 0), state, &type_void, &type->target);
}

static struct error *function_fill(struct btf_builder *builder, const struct btf_record *record,
                                   struct type *type)
{
    size_t count = btf_vlen(record);
    type->parameters = arena_alloc_array(&builder->arena, count, sizeof(*type->parameters));
    if (!type->parameters)
        return broken(builder);
    // The last one is void without a name where there may be more.
    if (count > 0 && btf_word(record, 2 * count - 2) == 0 && btf_word(record, 2 * count - 1) == 0) {
        type->is_variadic = true;
        count--;
    }
    type->parameters_count = count;
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(
            request(builder, btf_word(record, 2 * i + 1), BTF_NODE_NAMED, &type_void, &type->parameters[i]));
    return request(builder, record->size_or_type, BTF_NODE_NAMED, NULL, &type->target);
}

// What differs by kind: parts and targets.
static struct error *content_fill(struct btf_builder *builder, const struct btf_record *record,
                                  enum btf_node_state state, struct type *type)
{
    const bool whole = state == BTF_NODE_WHOLE;
    switch (btf_kind_of(record)) {
    case BTF_STRUCT:
    case BTF_UNION:
        type->is_declaration = record->part->is_distilled && btf_vlen(record) == 0;
        type->by_name_only = !whole;
        return whole ? members_fill(builder, record, type) : NULL;
    case BTF_FWD:
        type->is_declaration = true;
        type->by_name_only = !whole;
        return NULL;
    case BTF_ENUM:
    case BTF_ENUM64:
        type->is_declaration = btf_is_declaration(record) && !record->part->is_distilled;
        if (btf_info_flag(record->info)) // without it: unsigned, or from before there was the flag
            type->encoding = ENCODING_SIGNED;
        type->by_name_only = !whole;
        return NULL;
    case BTF_INT:
        type->encoding = btf_model_encoding(record);
        if (btf_int_size_bits(btf_word(record, 0)) < type->size_bits && type->size_known &&
            type->encoding != ENCODING_BOOLEAN)
            type->size_bits = btf_int_size_bits(btf_word(record, 0));
        return NULL;
    case BTF_FLOAT:
        type->encoding = btf_model_encoding(record);
        return NULL;
    case BTF_PTR:
        if (builder->skips_pointees)
            return NULL;
        return request(builder, record->size_or_type, BTF_NODE_NAMED, NULL, &type->target);
    case BTF_ARRAY:
        return array_fill(builder, record, state, type);
    case BTF_FUNC_PROTO:
        return function_fill(builder, record, type);
    case BTF_TYPEDEF:
        type->by_name_only = !whole;
        return whole ? request(builder, record->size_or_type, state, NULL, &type->target) : NULL;
    case BTF_VOLATILE:
    case BTF_CONST:
    case BTF_RESTRICT: // spelled with their targets
        type->by_name_only = !whole;
        return request(builder, record->size_or_type, state, NULL, &type->target);
    default: // no type: functions, variables, sections, tags
        return NULL;
    }
}

static bool has_own_name(enum btf_kind kind)
{
    return kind != BTF_PTR && kind != BTF_ARRAY && kind != BTF_FUNC_PROTO && kind != BTF_CONST &&
           kind != BTF_VOLATILE && kind != BTF_RESTRICT;
}

static struct error *node_fill(struct btf_builder *builder, struct btf_node *node)
{
    const struct btf *btf = builder->btf;
    const struct btf_record record = btf_record(btf, node->id);
    const uint64_t size_bytes = btf->sizes_bytes[node->id];
    struct type *type = &node->type;
    *type = (struct type){.kind = btf_model_kind(&record),
                          .name = has_own_name(btf_kind_of(&record)) ? name_or_null(record.part, record.name)
                                                                     : NULL,
                          .size_known = size_bytes != BTF_SIZE_UNKNOWN,
                          .address_bytes = (uint8_t)btf->address_bytes,
                          .big_endian = btf->big_endian,
                          .alignments_may_be_unstated = true,
                          .id = btf_type_id(btf, node->id)};
    if (type->size_known) {
        type->size_bytes = size_bytes;
        type->size_bits = 8 * size_bytes;
    }
    return content_fill(builder, &record, (enum btf_node_state)node->state, type);
}

// ---- the interface --------------------------------------------------------------------------------------

struct error *btf_builder_create(const struct btf *btf, struct btf_builder **out)
{
    struct btf_builder *builder = calloc(1, sizeof(*builder));
    *out = NULL;
    if (!builder)
        return &error_out_of_memory;
    builder->btf = btf;
    arena_init(&builder->arena);
    builder->nodes = calloc(btf->end_id, sizeof(struct btf_node *));
    if (!builder->nodes) {
        free(builder);
        return &error_out_of_memory;
    }
    *out = builder;
    return NULL;
}

void btf_builder_skip_pointees(struct btf_builder *builder)
{
    builder->skips_pointees = true;
}

void btf_builder_forget(struct btf_builder *builder)
{
    vec_foreach (const uint32_t *, id, &builder->built)
        builder->nodes[*id] = NULL;
    builder->built.length = builder->queue.length = 0;
    builder->is_broken = false;
    arena_reset(&builder->arena);
}

void btf_builder_free(struct btf_builder *builder)
{
    if (!builder)
        return;
    arena_free(&builder->arena);
    vec_free(&builder->built);
    vec_free(&builder->queue);
    free(builder->nodes);
    free(builder);
}

size_t btf_builder_graph_bytes(const struct btf_builder *builder)
{
    return builder->arena.allocated_bytes;
}

static struct error *builder_drain(struct btf_builder *builder)
{
    while (builder->queue.length > 0) {
        struct btf_node *node = builder->queue.data[--builder->queue.length];
        node->is_queued = false;
        node->state = node->wanted; // before it is filled: it may refer to itself
        RETURN_IF_ERROR(node_fill(builder, node));
    }
    return NULL;
}

static struct error *enumerators_read(struct btf_builder *builder, struct type *type)
{
    const struct btf_record record = btf_record(builder->btf, (uint32_t)type->id.number);
    const enum btf_kind kind = btf_kind_of(&record);
    const size_t count = btf_vlen(&record), words = kind == BTF_ENUM64 ? 3 : 2;
    if (kind != BTF_ENUM && kind != BTF_ENUM64)
        return NULL;
    type->enumerators = arena_alloc_array(&builder->arena, count, sizeof(*type->enumerators));
    if (!type->enumerators)
        return broken(builder);
    for (size_t i = 0; i < count; i++) {
        const uint32_t low = btf_word(&record, i * words + 1);
        const bool is_signed = btf_info_flag(record.info);
        uint64_t value = is_signed && words == 2 ? (uint64_t)(int64_t)(int32_t)low : low;
        if (words == 3)
            value |= (uint64_t)btf_word(&record, i * words + 2) << 32;
        type->enumerators[type->enumerators_count++] =
            (struct enumerator){.name = btf_text(record.part, btf_word(&record, i * words)),
                                .value = value,
                                .is_negative = is_signed && (int64_t)value < 0};
    }
    return NULL;
}

// The type with its enumerators where it is an enumeration, or a typedef of one: a copy then, as others may
// hold the same type.
static struct error *enumerators_add(struct btf_builder *builder, const struct type *type,
                                     const struct type **result)
{
    const struct type *const stripped = type_strip(type);
    struct type *copy = NULL;
    *result = type;
    if (stripped->kind != TYPE_ENUM || stripped->by_name_only)
        return NULL;
    for (const struct type **place = result;; place = &copy->target, type = type->target) {
        copy = arena_alloc(&builder->arena, sizeof(*copy));
        if (!copy)
            return broken(builder);
        *copy = *type;
        *place = copy;
        if (type == stripped)
            return enumerators_read(builder, copy);
    }
}

struct error *btf_build(struct btf_builder *builder, const struct type_index_entry *entry,
                        const struct type **result)
{
    *result = NULL;
    const struct btf *btf = builder->btf;
    if (builder->is_broken)
        return &error_out_of_memory;
    if (entry->id.group != btf || entry->id.number == 0 || entry->id.number >= btf->end_id)
        return error_create(ERROR_USAGE, "a type index entry that is not of %s", btf->path);
    struct btf_node *root;
    RETURN_IF_ERROR(node_request(builder, (uint32_t)entry->id.number, BTF_NODE_WHOLE, &root));
    RETURN_IF_ERROR(builder_drain(builder));
    if (!entry->named_by_typedef || root->type.name)
        return enumerators_add(builder, &root->type, result);
    // A typedef's name belongs to this answer: elsewhere the same struct may be met without the typedef.
    struct type *named = arena_alloc(&builder->arena, sizeof(*named));
    if (!named)
        return broken(builder);
    *named = root->type;
    named->name = entry->name; // a text of the BTF
    named->named_by_typedef = true;
    return enumerators_add(builder, named, result);
}
