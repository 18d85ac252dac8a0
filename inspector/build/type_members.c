// SPDX-License-Identifier: MIT
// Members, bases and variant parts of structs, classes and unions.

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "dwarf/location.h"
#include "type/language.h"
#include "type/qualified_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- one member -----------------------------------------------------------------------------------------

static void set_offset_bytes(struct member *member, uint64_t offset_bytes)
{
    member->offset_known = offset_bytes <= UINT64_MAX / 8;
    member->offset_bits = member->offset_known ? offset_bytes * 8 : 0;
}

// DW_AT_data_member_location in all its forms; absent, it is 0 (unions, variants' members).
static struct error *member_place(struct type_builder *builder, struct node *node, const struct die *die,
                                  struct member *member)
{
    const struct die_attribute *location = die_attribute(die, AT_data_member_location);
    const bool big_endian = node->whole->big_endian;
    int64_t offset_bytes = 0;
    const int64_t object_address = 0;
    if (!location) {
        set_offset_bytes(member, 0);
        return NULL;
    }
    // Up to DWARF 3 these two forms are offsets into the location lists (DWARF 3 section 7.5.4).
    if (die->ref.unit->version < 4 && (location->form == FORM_data4 || location->form == FORM_data8))
        return NULL;
    if (location->kind != DIE_VALUE_BLOCK) {
        if (attribute_signed(location, big_endian, &offset_bytes) && offset_bytes >= 0)
            set_offset_bytes(member, (uint64_t)offset_bytes);
        return NULL;
    }
    if (location_evaluate(location->block, big_endian, &object_address, &offset_bytes)) {
        if (offset_bytes >= 0)
            set_offset_bytes(member, (uint64_t)offset_bytes);
        return NULL;
    }
    uint64_t below_bytes;
    if (member->kind == MEMBER_VIRTUAL_BASE &&
        location_is_virtual_base(location->block, big_endian, &below_bytes))
        return builder_add_pending(
            builder, node,
            (struct pending){.kind = PENDING_VIRTUAL_BASE, .member = member, .below_bytes = below_bytes});
    return NULL;
}

// A negative DW_AT_bit_offset may come in an unsigned form: no storage unit has half that many bits.
static int64_t signed_bit_offset(const struct die_attribute *attribute, int64_t value)
{
    switch (attribute->form) {
    case FORM_data1:
        return (int8_t)value;
    case FORM_data2:
        return (int16_t)value;
    case FORM_data4:
        return (int32_t)value;
    default:
        return value;
    }
}

// Puts a bit-field of DWARF 2 and 3 into its place, given its storage unit's size. DW_AT_bit_offset counts
// from the unit's most significant bit down to the field's:
//
//     little endian   |<-- storage_bits -->|      big endian   |<-- storage_bits -->|
//     bit 0 is at the right:                      bit 0 is at the left:
//                     [offset|field|       ]                   [offset|field|       ]
static void place_old_bitfield(struct member *member, bool big_endian, int64_t bit_offset,
                               uint64_t storage_bytes)
{
    // Real storage units have 128 bits at most; with these limits no sum below overflows.
    const int64_t far = INT64_MAX / 8;
    // clang 14 to 16 put an _Atomic struct of an odd size at the start of a record 4 bytes before it, and divide
    // that number of bits as an unsigned one.
    const int64_t start_bits = (int64_t)member->offset_bits;
    const bool is_sane = member->offset_known && start_bits > -far && start_bits < far &&
                         member->size_bits < (uint64_t)far && storage_bytes < (uint64_t)far / 8 &&
                         bit_offset > -far && bit_offset < far;
    int64_t place = -1;
    if (is_sane && big_endian)
        place = start_bits + bit_offset;
    else if (is_sane)
        place = start_bits + (int64_t)(storage_bytes * 8) - bit_offset - (int64_t)member->size_bits;
    member->offset_known = place >= 0;
    member->offset_bits = place >= 0 ? (uint64_t)place : 0;
}

static struct error *member_bitfield(struct type_builder *builder, struct node *node, const struct die *die,
                                     struct member *member)
{
    const bool big_endian = node->whole->big_endian;
    const struct die_attribute *old = die_attribute(die, AT_bit_offset);
    uint64_t number;
    if (attribute_unsigned(die_attribute(die, AT_data_bit_offset), big_endian, &number)) {
        member->offset_bits = number;
        member->offset_known = true;
        return NULL;
    }
    int64_t bit_offset;
    if (!attribute_signed(old, big_endian, &bit_offset))
        return NULL;
    bit_offset = signed_bit_offset(old, bit_offset);
    if (attribute_unsigned(die_attribute(die, AT_byte_size), big_endian, &number)) {
        place_old_bitfield(member, big_endian, bit_offset, number);
        return NULL;
    }
    return builder_add_pending(
        builder, node,
        (struct pending){.kind = PENDING_BIT_OFFSET, .member = member, .bit_offset = bit_offset});
}

static bool is_vptr(const struct die *die, const char *name)
{
    return name && (strncmp(name, "_vptr.", 6) == 0 || strncmp(name, "_vptr$", 6) == 0) &&
           attribute_is_set(die_attribute(die, AT_artificial));
}

static struct error *member_fill(struct type_builder *builder, struct node *node, const struct die *die,
                                 struct member *member)
{
    const bool big_endian = node->whole->big_endian;
    uint64_t number;
    member->name = attribute_text(die_attribute(die, AT_name));
    if (die->tag == TAG_inheritance)
        member->kind = attribute_unsigned(die_attribute(die, AT_virtuality), big_endian, &number) && number
                           ? MEMBER_VIRTUAL_BASE
                           : MEMBER_BASE;
    else if (is_vptr(die, member->name))
        member->kind = MEMBER_VPTR;
    member->is_artificial = attribute_is_set(die_attribute(die, AT_artificial));
    member->is_embedded = attribute_is_set(die_attribute(die, AT_go_embedded_field));
    if (attribute_unsigned(die_attribute(die, AT_alignment), big_endian, &number))
        member->declared_align_bytes = number;
    if (attribute_unsigned(die_attribute(die, AT_decl_line), big_endian, &number))
        member->declared_line = number;
    RETURN_IF_ERROR(member_place(builder, node, die, member));
    if (attribute_unsigned(die_attribute(die, AT_bit_size), big_endian, &member->size_bits)) {
        member->kind = MEMBER_BITFIELD;
        member->size_known = true;
        RETURN_IF_ERROR(member_bitfield(builder, node, die, member));
    } else if (attribute_unsigned(die_attribute(die, AT_byte_size), big_endian, &number) &&
               number <= UINT64_MAX / 8) {
        member->size_bits = number * 8;
        member->size_known = true;
    }
    return builder_request_value(builder, node, die_attribute(die, AT_type), &type_void, &member->type);
}

// DWARF 4 and before write static data members as members, too.
static bool is_static(const struct die *die)
{
    return attribute_is_set(die_attribute(die, AT_external)) ||
           attribute_is_set(die_attribute(die, AT_declaration));
}

static struct error *read_child(struct type_builder *builder, const struct node *node, uint64_t offset,
                                struct die *die)
{
    return die_reader_read(builder->reader, (struct die_ref){die_ref_of(node->whole->id).unit, offset},
                           &builder->scratch, die);
}

// ---- lists of members -----------------------------------------------------------------------------------

struct member_list {
    struct member *members;
    size_t count;
    uint64_t *offsets; // of their DIEs
};

// The members among `children`, static ones left out.
static struct error *list_fill(struct type_builder *builder, struct node *node,
                               const struct die_child *children, size_t children_count,
                               struct member_list *list)
{
    size_t most = 0;
    for (size_t i = 0; i < children_count; i++)
        most += children[i].tag == TAG_member || children[i].tag == TAG_inheritance;
    *list = (struct member_list){.members = arena_alloc_array(&builder->arena, most, sizeof(*list->members)),
                                 .offsets = arena_alloc_array(&builder->scratch, most, sizeof(uint64_t))};
    if (!list->members || !list->offsets)
        return &error_out_of_memory;
    for (size_t i = 0; i < children_count; i++) {
        if (children[i].tag != TAG_member && children[i].tag != TAG_inheritance)
            continue;
        struct die die;
        const struct arena_mark before = arena_mark(&builder->scratch);
        RETURN_IF_ERROR(read_child(builder, node, children[i].offset, &die));
        if (!is_static(&die)) {
            list->offsets[list->count] = children[i].offset;
            RETURN_IF_ERROR(member_fill(builder, node, &die, &list->members[list->count++]));
        }
        arena_rewind(&builder->scratch, before);
    }
    return NULL;
}

static const struct member *list_find(const struct member_list *list, uint64_t offset)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->offsets[i] == offset)
            return &list->members[i];
    return NULL;
}

// ---- variant parts --------------------------------------------------------------------------------------

typedef VEC(uint64_t) offset_list;

static void offset_list_free(offset_list *list)
{
    vec_free(list);
}

static bool push_variant_parts(offset_list *parts, const struct die_child *children, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (children[i].tag == TAG_variant_part && !vec_push(parts, children[i].offset))
            return false;
    return true;
}

static struct error *variant_fill(struct type_builder *builder, struct node *node, uint64_t offset,
                                  const struct member *discriminant, offset_list *parts,
                                  struct variant *variant)
{
    struct die die;
    RETURN_IF_ERROR(read_child(builder, node, offset, &die));
    struct die_child *children;
    size_t count;
    RETURN_IF_ERROR(die_reader_children(builder->reader, die.ref, &builder->scratch, &children, &count));
    struct member_list list;
    RETURN_IF_ERROR(list_fill(builder, node, children, count, &list));
    variant->members = list.members;
    variant->members_count = list.count;
    if (!push_variant_parts(parts, children, count)) // Ada: a variant may hold a variant part of its own
        return &error_out_of_memory;
    const struct die_attribute *values = die_attribute(&die, AT_discr_list);
    if (!values)
        values = die_attribute(&die, AT_discr_value);
    variant->is_default = !values;
    return builder_add_pending(builder, node,
                               (struct pending){.kind = PENDING_VARIANT,
                                                .variant = variant,
                                                .discriminant = discriminant,
                                                .values = values ? *values : (struct die_attribute){0}});
}

static struct error *variant_part_fill(struct type_builder *builder, struct node *node, uint64_t offset,
                                       const struct member_list *outer, offset_list *parts,
                                       struct variant_part *part)
{
    struct die die;
    RETURN_IF_ERROR(read_child(builder, node, offset, &die));
    struct die_child *children;
    size_t count;
    RETURN_IF_ERROR(die_reader_children(builder->reader, die.ref, &builder->scratch, &children, &count));

    // rustc writes the discriminant into the variant part, Ada refers to a member of the record.
    struct member_list own;
    RETURN_IF_ERROR(list_fill(builder, node, children, count, &own));
    for (size_t i = 0; i < own.count; i++)
        if (own.members[i].kind == MEMBER_FIELD)
            own.members[i].kind = MEMBER_DISCRIMINANT;
    struct die_ref discriminant = attribute_reference(die_attribute(&die, AT_discr));
    if (discriminant.unit == die.ref.unit) {
        part->discriminant = list_find(&own, discriminant.offset);
        if (!part->discriminant)
            part->discriminant = list_find(outer, discriminant.offset);
    } else if (own.count == 1) {
        part->discriminant = &own.members[0];
    }

    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += children[i].tag == TAG_variant;
    part->variants = arena_alloc_array(&builder->arena, most, sizeof(*part->variants));
    if (!part->variants)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++)
        if (children[i].tag == TAG_variant)
            RETURN_IF_ERROR(variant_fill(builder, node, children[i].offset, part->discriminant, parts,
                                         &part->variants[part->variants_count++]));
    return NULL;
}

struct error *members_fill(struct type_builder *builder, struct node *node, const struct die_chain *chain)
{
    struct type *type = node->whole;
    struct die_child *children;
    size_t count = 0;
    for (unsigned i = 0; i < chain->count && count == 0; i++) { // of the origin where the DIE itself has none
        type->id = type_id_of(chain->dies[i].ref);
        RETURN_IF_ERROR(
            die_reader_children(builder->reader, chain->dies[i].ref, &builder->scratch, &children, &count));
    }
    struct member_list list;
    RETURN_IF_ERROR(list_fill(builder, node, children, count, &list));
    type->members = list.members;
    type->members_count = list.count;

    offset_list parts CLEANUP(offset_list_free) = {0};
    VEC(struct variant_part) filled = {0};
    if (!push_variant_parts(&parts, children, count))
        return &error_out_of_memory;
    struct error *error = NULL;
    for (size_t i = 0; i < parts.length && !error; i++) { // filling one may add more
        struct variant_part part = {0};
        error = variant_part_fill(builder, node, parts.data[i], &list, &parts, &part);
        if (!error && !vec_push(&filled, part))
            error = &error_out_of_memory;
    }
    if (!error && filled.length > 0) {
        type->variant_parts = arena_alloc_array(&builder->arena, filled.length, sizeof(*filled.data));
        if (type->variant_parts) {
            memcpy(type->variant_parts, filled.data, filled.length * sizeof(*filled.data));
            type->variant_parts_count = filled.length;
        } else {
            error = &error_out_of_memory;
        }
    }
    vec_free(&filled);
    return error;
}

// ---- the second step ------------------------------------------------------------------------------------

static bool is_signed(const struct member *discriminant)
{
    if (!discriminant)
        return false;
    const struct type *type = type_strip(discriminant->type);
    if (type->kind == TYPE_ENUM && type->target)
        type = type_strip(type->target);
    return type->kind == TYPE_BASE &&
           (type->encoding == ENCODING_SIGNED || type->encoding == ENCODING_SIGNED_CHARACTER);
}

// A constant in a fixed form has the discriminant's sign, whichever the form (DWARF 5 section 5.7.10).
static int64_t sign_extended(const struct die_attribute *value)
{
    switch (value->form) {
    case FORM_data1:
        return (int8_t)value->number;
    case FORM_data2:
        return (int16_t)value->number;
    case FORM_data4:
        return (int32_t)value->number;
    default:
        return (int64_t)value->number;
    }
}

// A 128-bit discriminant: written in full when it needs more than 64 bits.
static char *wide_value_text(struct arena *arena, const struct die_attribute *value, bool big_endian)
{
    struct byte_reader reader = byte_reader_over(value->block, big_endian);
    uint64_t first = byte_reader_u64(&reader), second = byte_reader_u64(&reader);
    uint64_t high = big_endian ? first : second, low = big_endian ? second : first;
    if (reader.failed)
        return arena_format(arena, "?");
    return high == 0 ? arena_format(arena, "%" PRIu64, low)
                     : arena_format(arena, "0x%" PRIx64 "%016" PRIx64, high, low);
}

static char *value_text(struct arena *arena, const struct die_attribute *value, bool as_signed,
                        bool big_endian)
{
    if (value->kind == DIE_VALUE_SIGNED && (as_signed || value->signed_number < 0))
        return arena_format(arena, "%" PRId64, value->signed_number);
    if (value->kind == DIE_VALUE_SIGNED || (value->kind == DIE_VALUE_UNSIGNED && !as_signed))
        return arena_format(arena, "%" PRIu64, value->number);
    if (value->kind == DIE_VALUE_UNSIGNED)
        return arena_format(arena, "%" PRId64, sign_extended(value));
    if (value->kind == DIE_VALUE_BLOCK)
        return wide_value_text(arena, value, big_endian);
    return arena_format(arena, "?");
}

static void print_number(FILE *out, struct byte_reader *reader, bool as_signed)
{
    if (as_signed)
        fprintf(out, "%" PRId64, byte_reader_sleb(reader));
    else
        fprintf(out, "%" PRIu64, byte_reader_uleb(reader));
}

// DW_AT_discr_list: labels and ranges of LEB128 numbers (DWARF 5 section 5.7.10), as "0..4, 7".
static char *values_list_text(struct arena *arena, struct bytes list, bool as_signed)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    struct byte_reader reader = byte_reader_over(list, false);
    for (bool is_first = true; byte_reader_left(&reader) > 0; is_first = false) {
        uint8_t kind = byte_reader_u8(&reader);
        fputs(is_first ? "" : ", ", out);
        print_number(out, &reader, as_signed);
        if (kind == DSC_range) {
            fputs("..", out);
            print_number(out, &reader, as_signed);
        } else if (kind != DSC_label) {
            fputs("?", out);
            break;
        }
    }
    bool is_whole = fclose(out) == 0;
    char *copy = is_whole ? arena_copy_text(arena, text, length) : NULL;
    free(text);
    return copy;
}

static struct error *variant_finish(struct type_builder *builder, const struct node *node,
                                    const struct pending *pending)
{
    struct variant *variant = pending->variant;
    const bool as_signed = is_signed(pending->discriminant);
    if (!variant->is_default) {
        variant->values_text =
            pending->values.name == AT_discr_list
                ? values_list_text(&builder->arena,
                                   pending->values.kind == DIE_VALUE_BLOCK ? pending->values.block
                                                                           : (struct bytes){NULL, 0},
                                   as_signed)
                : value_text(&builder->arena, &pending->values, as_signed, node->whole->big_endian);
        if (!variant->values_text)
            return &error_out_of_memory;
    }
    if (variant->members_count == 1) {
        const struct member *only = &variant->members[0];
        variant->name = only->name;
        // rustc numbers the states of coroutines; their types have the names.
        const bool is_number = variant->name && node->whole->language == LANGUAGE_RUST &&
                               !variant->name[strspn(variant->name, "0123456789")];
        if (only->type->name && (!variant->name || is_number))
            variant->name = name_last_part(only->type->name, NAME_SCOPES);
    }
    return NULL;
}

static void member_finish(struct member *member)
{
    if (!member->name && (member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE))
        member->name = member->type->name;
    if (!member->size_known && member->type->size_known) {
        member->size_known = true;
        member->size_bits = member->type->size_bytes * 8;
    }
}

struct error *members_finish(struct type_builder *builder, struct node *node)
{
    struct type *type = node->whole;
    for (size_t i = 0; i < type->members_count; i++)
        member_finish(&type->members[i]);
    for (size_t i = 0; i < type->variant_parts_count; i++) {
        const struct variant_part *part = &type->variant_parts[i];
        // The part's own discriminant, or once more one of the record's.
        if (part->discriminant)
            member_finish((struct member *)(uintptr_t)part->discriminant);
        for (size_t v = 0; v < part->variants_count; v++)
            for (size_t m = 0; m < part->variants[v].members_count; m++)
                member_finish(&part->variants[v].members[m]);
    }
    for (size_t i = 0; i < node->pendings_count; i++) {
        const struct pending *pending = &builder->pendings.data[node->pendings_first + i];
        struct member *member = pending->member;
        uint64_t offset_bytes;
        switch (pending->kind) {
        case PENDING_BIT_OFFSET:
            if (member->type->size_known)
                place_old_bitfield(member, type->big_endian, pending->bit_offset, member->type->size_bytes);
            else
                member->offset_known = false;
            break;
        case PENDING_VIRTUAL_BASE:
            if (builder_skips_names(builder, node->read_at.unit)) // the symbol is spelled with it
                RETURN_IF_ERROR(node_spell(builder, node));
            errno = 0;
            if (vtable_base_offset(builder, type, pending->below_bytes, &offset_bytes))
                set_offset_bytes(member, offset_bytes);
            else if (errno == ENOMEM) // for the symbol's name
                return builder_broken(builder);
            break;
        case PENDING_VARIANT:
            RETURN_IF_ERROR(variant_finish(builder, node, pending));
            break;
        }
    }
    RETURN_IF_ERROR(d_tables_add(builder, type));
    return unsized_tail_finish(builder, type);
}
