// SPDX-License-Identifier: MIT
// Rust structs that end in a slice or a str: rustc records of that field only the element's type.

#include "base/round_up.h"
#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "type/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The field that lies last; NULL when there is none, or a place is not known.
static struct member *last_field(const struct type *type)
{
    if (type->kind != TYPE_STRUCT || language_family(type->language) != FAMILY_RUST || !type->size_known ||
        type->variant_parts_count > 0 || type->members_count == 0)
        return NULL;
    struct member *last = &type->members[0];
    for (size_t i = 0; i < type->members_count; i++) {
        struct member *member = &type->members[i];
        uint64_t end_bits;
        if (!member->offset_known || !member->size_known ||
            __builtin_add_overflow(member->offset_bits, member->size_bits, &end_bits))
            return NULL;
        if (member->offset_bits > last->offset_bits ||
            (member->offset_bits == last->offset_bits && member->size_bits >= last->size_bits))
            last = member;
    }
    return last;
}

// The struct's size is that of what comes before such a tail ("text: u8" for a str), with LLVM 14 it is a bit-field
// of no bits. A field that reaches beyond the size is one.
static struct member *unsized_tail(const struct type *type)
{
    struct member *last = last_field(type);
    if (!last)
        return NULL;
    const struct type *element = type_strip(last->type);
    // A function item, too, has no size, and is recorded as a pointer to the function.
    if (element->kind == TYPE_POINTER && element->target && element->target->kind == TYPE_FUNCTION)
        return NULL;
    bool is_beyond = last->kind == MEMBER_FIELD && last->offset_bits + last->size_bits > type->size_bits;
    return is_beyond || (last->kind == MEMBER_BITFIELD && last->size_bits == 0) ? last : NULL;
}

static struct error *make_slice(struct type_builder *builder, const struct type *type, struct member *tail)
{
    struct type *slice = arena_alloc_array(&builder->arena, 1, sizeof(*slice));
    struct array_dimension *dimension = arena_alloc_array(&builder->arena, 1, sizeof(*dimension));
    if (!slice || !dimension)
        return &error_out_of_memory;
    *dimension = (struct array_dimension){0};
    *slice = (struct type){.kind = TYPE_ARRAY,
                           .language = type->language,
                           .address_bytes = type->address_bytes,
                           .big_endian = type->big_endian,
                           .target = tail->type,
                           .dimensions = dimension,
                           .dimensions_count = 1,
                           .id = type->id};
    tail->kind = MEMBER_FIELD;
    tail->type = slice;
    tail->size_known = false;
    tail->size_bits = 0;
    return NULL;
}

struct error *unsized_tail_finish(struct type_builder *builder, const struct type *type)
{
    struct member *tail = unsized_tail(type);
    return tail ? make_slice(builder, type, tail) : NULL;
}

// ---- hidden in rounding ---------------------------------------------------------------------------------

// A tail that fits, because the size was rounded up, looks like a field of one element:
//
//     struct Packet { len: u32, kind: u8, body: [u16] }      len 0, kind 4, body 6, 8 bytes, align 4
//
// The size is then what stands before, rounded up. Many a struct of known size looks so, too.
static struct member *hidden_tail(const struct type *type)
{
    struct member *last = last_field(type);
    const uint64_t align_bytes = type->declared_align_bytes;
    if (!last || last->kind != MEMBER_FIELD || last->offset_bits == 0 || !last->size_bits || !align_bytes ||
        align_bytes > type->size_bytes)
        return NULL;
    return round_up(last->offset_bits, 8 * align_bytes) == type->size_bits ? last : NULL;
}

// Whether the type of that name is a pointer with a length: what it points to has no size of its own then.
static struct error *is_slice_pointer(struct type_builder *builder, const char *name, bool *result)
{
    struct die_ref pointer = {0};
    struct die_child *children;
    size_t count;
    RETURN_IF_ERROR(definition_by_name(builder, name, &pointer));
    if (!pointer.unit)
        return NULL;
    RETURN_IF_ERROR(die_reader_children(builder->reader, pointer, &builder->scratch, &children, &count));
    for (size_t i = 0; i < count && !*result; i++) {
        struct die die;
        if (children[i].tag != TAG_member)
            continue;
        RETURN_IF_ERROR(die_reader_read(builder->reader, (struct die_ref){pointer.unit, children[i].offset},
                                        &builder->scratch, &die));
        const char *member = attribute_text(die_attribute(&die, AT_name));
        *result = member && !strcmp(member, "length");
    }
    return NULL;
}

static struct error *has_slice_pointer(struct type_builder *builder, const struct type *type, bool *result)
{
    static const char *const pointers[] = {"&%s", "&mut %s", "alloc::boxed::Box<%s, alloc::alloc::Global>",
                                           "*const %s", "*mut %s"};
    *result = false;
    for (size_t i = 0; i < ARRAY_LENGTH(pointers) && !*result; i++) {
        char *name;
        const int length = asprintf(&name, pointers[i], type->name);
        if (length < 0)
            return &error_out_of_memory;
        struct error *error = is_slice_pointer(builder, name, result);
        free(name);
        if (error && error->code == ERROR_OUT_OF_MEMORY)
            return error;
        error_free(error);
    }
    return NULL;
}

enum { TAILS_MOST = 16 };

struct error *unsized_tail_find(struct type_builder *builder, const struct type *type)
{
    bool is_unsized = false;
    for (int depth = 0; depth < TAILS_MOST; depth++) {
        struct member *tail = hidden_tail(type);
        if (!tail || !type->name)
            return NULL;
        if (!is_unsized) // else it is the tail of one
            RETURN_IF_ERROR(has_slice_pointer(builder, type, &is_unsized));
        if (!is_unsized)
            return NULL;
        const struct type *held = type_strip(tail->type);
        if (held->kind != TYPE_STRUCT)
            return make_slice(builder, type, tail);
        type = held;
    }
    return NULL;
}
