// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_compile.h"

#include "dwarf/abbrev_code.h"
#include "dwarf/constants.h"
#include <string.h>

void compiler_free(struct compiler *compiler)
{
    vec_free(&compiler->code);
    vec_free(&compiler->picks);
}

static void program_byte(struct compiler *compiler, unsigned byte)
{
    if (!vec_push(&compiler->code, (uint8_t)byte))
        compiler->out_of_memory = true;
}

static void program_op(struct compiler *compiler, enum abbrev_op op)
{
    while (compiler->pending_skip > 0) {
        unsigned part = compiler->pending_skip > 255 ? 255 : (unsigned)compiler->pending_skip;
        program_byte(compiler, OP_SKIP);
        program_byte(compiler, part);
        compiler->pending_skip -= part;
    }
    program_byte(compiler, op);
}

static void program_store(struct compiler *compiler, enum abbrev_op op, int field)
{
    program_op(compiler, op);
    program_byte(compiler, (unsigned)field);
}

static void program_constant(struct compiler *compiler, int field, uint64_t value)
{
    program_store(compiler, OP_CONSTANT, field);
    uint8_t bytes[sizeof(value)];
    memcpy(bytes, &value, sizeof(value));
    for (size_t i = 0; i < sizeof(bytes); i++)
        program_byte(compiler, bytes[i]);
}

static void program_skip(struct compiler *compiler, unsigned width)
{
    switch (width) {
    case WIDTH_LEB:
        program_op(compiler, OP_SKIP_LEB);
        break;
    case WIDTH_TEXT:
        program_op(compiler, OP_SKIP_TEXT);
        break;
    case WIDTH_BLOCK1:
        program_op(compiler, OP_SKIP_BLOCK1);
        break;
    case WIDTH_BLOCK2:
        program_op(compiler, OP_SKIP_BLOCK2);
        break;
    case WIDTH_BLOCK4:
        program_op(compiler, OP_SKIP_BLOCK4);
        break;
    case WIDTH_BLOCK_LEB:
        program_op(compiler, OP_SKIP_BLOCK_LEB);
        break;
    default:
        compiler->pending_skip += width;
    }
}

static enum abbrev_op op_of_width(unsigned width, bool tagged)
{
    switch (width) {
    case 1:
        return tagged ? OP_TAGGED_U8 : OP_U8;
    case 2:
        return tagged ? OP_TAGGED_U16 : OP_U16;
    case 3:
        return tagged ? OP_TAGGED_U24 : OP_U24;
    case 4:
        return tagged ? OP_TAGGED_U32 : OP_U32;
    case 8:
        return tagged ? OP_TAGGED_U64 : OP_U64;
    case WIDTH_LEB:
        return tagged ? OP_TAGGED_ULEB : OP_ULEB;
    case WIDTH_TEXT:
        return OP_TAGGED_TEXT;
    case WIDTH_BLOCK1:
        return OP_BLOCK1;
    case WIDTH_BLOCK2:
        return OP_BLOCK2;
    case WIDTH_BLOCK4:
        return OP_BLOCK4;
    case WIDTH_BLOCK_LEB:
        return OP_BLOCK_LEB;
    default:
        return OP_END;
    }
}

// Writes a program that captures `wanted`, and notes which fields it fills.
static void compile_program(struct compiler *compiler, const struct declaration *declaration, uint32_t wanted,
                            uint32_t *fields)
{
    compiler->code.length = 0;
    *fields = 0;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        const struct attribute *attribute = &declaration->attributes[i];
        const int field = attribute->field;
        // Of two attributes that fill one field (specification and abstract_origin) the first counts.
        if (field == NO_FIELD || !(wanted & ~*fields & BIT(field))) {
            program_skip(compiler, attribute->width);
            continue;
        }
        *fields |= BIT(field);
        if (attribute->form == FORM_implicit_const) {
            program_constant(compiler, field, (uint64_t)attribute->implicit_value);
        } else if (attribute->form == FORM_flag_present) {
            program_constant(compiler, field, 1);
        } else if (attribute->form == FORM_sdata) {
            program_store(compiler, OP_SLEB, field);
        } else {
            program_store(compiler, op_of_width(attribute->width, attribute->tag != 0), field);
            if (attribute->tag != 0 && attribute->width != WIDTH_TEXT)
                program_byte(compiler, attribute->tag);
        }
    }
    program_op(compiler, OP_END);
}

// Collects the picks of a declaration without attributes of variable length. False when it does not fit the
// narrow numbers of a pick; a program does then.
static bool compile_picks(struct compiler *compiler, const struct attribute *attributes, unsigned count,
                          uint32_t wanted, struct abbrev *abbrev)
{
    uint32_t offset = 0;
    compiler->picks.length = 0;
    abbrev->fields = 0;
    abbrev->sibling_pick = NO_SIBLING;
    for (unsigned i = 0; i < count; i++) {
        const struct attribute *attribute = &attributes[i];
        const int field = attribute->field;
        const unsigned width = attribute->width;
        if (field != NO_FIELD && (wanted & ~abbrev->fields & BIT(field))) {
            const bool is_constant = width == 0;
            if (width > 8)
                return false;
            struct abbrev_pick pick = {
                .offset_bytes = is_constant ? 0 : (uint16_t)offset,
                .field = (uint8_t)field,
                .width_bytes = (uint8_t)(is_constant ? 8 : width),
                .shift_bits = (uint8_t)(is_constant                    ? 0
                                        : width == 8 && attribute->tag ? 8
                                                                       : 64 - 8 * width),
                .tag = attribute->tag,
                .is_constant = is_constant,
                .constant = attribute->form == FORM_flag_present ? 1 : (uint64_t)attribute->implicit_value,
            };
            if (field == FIELD_SIBLING)
                abbrev->sibling_pick = (uint8_t)compiler->picks.length;
            abbrev->fields |= BIT(field);
            if (!vec_push(&compiler->picks, pick))
                compiler->out_of_memory = true;
        }
        offset += width; // at most 200 attributes of 16 bytes
    }
    abbrev->picks_count = (uint8_t)compiler->picks.length;
    abbrev->fixed_bytes = (uint16_t)offset;
    return true;
}

// The parts that a plain DIE of the role has, and those that it may have besides. No parts: none is plain.
static uint32_t plain_needs(enum die_role role, uint32_t *allowed)
{
    *allowed = 0;
    switch (role) {
    case ROLE_MEMBER: // of a struct; those of a union have no location
        *allowed = BIT(FIELD_LOCATION);
        return BIT(FIELD_NAME) | BIT(FIELD_TYPE);
    case ROLE_PARAMETER:
        return BIT(FIELD_TYPE);
    case ROLE_ENUMERATOR:
        return BIT(FIELD_NAME) | BIT(FIELD_CONST_VALUE);
    case ROLE_DERIVED:
        *allowed = BIT(FIELD_BYTE_SIZE);
        return BIT(FIELD_TYPE);
    case ROLE_TYPEDEF:
        *allowed = BIT(FIELD_DECL_FILE) | BIT(FIELD_DECL_LINE);
        return BIT(FIELD_NAME) | BIT(FIELD_TYPE);
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
        *allowed = BIT(FIELD_DECL_FILE) | BIT(FIELD_DECL_LINE) | BIT(FIELD_SIBLING) | BIT(FIELD_ALIGNMENT) |
                   BIT(FIELD_TYPE);
        return BIT(FIELD_NAME) | BIT(FIELD_BYTE_SIZE);
    default:
        return 0;
    }
}

// From the picks; `elsewhere` are the parts that stand before them.
static bool compile_plain(const struct compiler *compiler, uint32_t elsewhere, struct abbrev *abbrev)
{
    uint32_t allowed;
    const uint32_t needed = plain_needs(abbrev->role, &allowed) & ~elsewhere;
    if (needed == 0 || (abbrev->fields & needed) != needed || (abbrev->fields & ~(needed | allowed)))
        return false;
    if (abbrev->has_children &&
        (abbrev->role == ROLE_MEMBER || abbrev->role == ROLE_PARAMETER || abbrev->role == ROLE_ENUMERATOR))
        return false; // runs of plain ones stand back to back
    struct plain_parts plain = {.number_is_constant = true};
    for (unsigned i = 0; i < abbrev->picks_count; i++) {
        const struct abbrev_pick *pick = &compiler->picks.data[i];
        if (pick->field == FIELD_NAME) {
            if (pick->tag != TEXT_STR || pick->width_bytes != 4)
                return false;
            plain.name_at = pick->offset_bytes;
        } else if (pick->field == FIELD_TYPE) {
            if (pick->tag != REFERENCE_UNIT || pick->width_bytes != 4)
                return false;
            plain.type_at = pick->offset_bytes;
        } else if (pick->field == FIELD_LOCATION || pick->field == FIELD_BYTE_SIZE ||
                   pick->field == FIELD_CONST_VALUE) {
            plain.number_at = pick->offset_bytes;
            plain.number_shift_bits = pick->shift_bits;
            plain.number_is_constant = pick->is_constant;
            plain.number_constant = pick->constant;
            plain.has_number = true;
        }
    }
    abbrev->plain = plain;
    return true;
}

// A member whose name stands in place, before all else: gcc puts names there that are no longer than an
// offset.
static void compile_named_in_place(struct compiler *compiler, const struct declaration *declaration,
                                   struct abbrev *abbrev)
{
    const struct attribute *name = &declaration->attributes[0];
    if (abbrev->role != ROLE_MEMBER || declaration->attributes_count == 0 || name->field != FIELD_NAME ||
        name->form != FORM_string)
        return;
    for (unsigned i = 1; i < declaration->attributes_count; i++)
        if (declaration->attributes[i].width >= WIDTH_LEB)
            return;
    struct abbrev rest = *abbrev;
    if (!compile_picks(compiler, declaration->attributes + 1, declaration->attributes_count - 1,
                       declaration->wanted & ~BIT(FIELD_NAME), &rest) ||
        compiler->out_of_memory || !compile_plain(compiler, BIT(FIELD_NAME), &rest))
        return;
    abbrev->plain = rest.plain;
    abbrev->fixed_bytes = rest.fixed_bytes;
    abbrev->is_plain_behind_name = true;
}

// The program in the making, at its place.
static const uint8_t *program_keep(struct compiler *compiler, struct arena *arena)
{
    uint8_t *kept = arena_alloc(arena, compiler->code.length);
    if (!kept || compiler->out_of_memory) {
        compiler->out_of_memory = true;
        return NULL;
    }
    memcpy(kept, compiler->code.data, compiler->code.length);
    return kept;
}

static const struct abbrev_pick *picks_keep(struct compiler *compiler, struct arena *arena)
{
    struct abbrev_pick *kept = arena_alloc_array(arena, compiler->picks.length, sizeof(*kept));
    if (!kept || compiler->out_of_memory) {
        compiler->out_of_memory = true;
        return NULL;
    }
    if (compiler->picks.length)
        memcpy(kept, compiler->picks.data, compiler->picks.length * sizeof(*kept));
    return kept;
}

static void attributes_keep(struct compiler *compiler, const struct declaration *declaration,
                            struct arena *arena, struct abbrev *abbrev)
{
    struct abbrev_attribute *kept = arena_alloc_array(arena, declaration->attributes_count, sizeof(*kept));
    if (!kept) {
        compiler->out_of_memory = true;
        return;
    }
    abbrev->attributes = kept;
    abbrev->attributes_count = (uint8_t)declaration->attributes_count; // at most 200
    abbrev->is_all_plain = true;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        const struct attribute *attribute = &declaration->attributes[i];
        kept[i] =
            (struct abbrev_attribute){(uint16_t)attribute->name, attribute->form, attribute->implicit_value};
        abbrev->is_all_plain &= attribute->name <= UINT16_MAX && form_is_plain(attribute->form);
        abbrev->is_of_supplement |= attribute->form == FORM_ref_sup4 || attribute->form == FORM_ref_sup8 ||
                                    attribute->form == FORM_strp_sup || attribute->form == FORM_GNU_ref_alt ||
                                    attribute->form == FORM_GNU_strp_alt;
    }
}

static uint8_t name_place(const struct declaration *declaration)
{
    unsigned at = 0;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        if (declaration->attributes[i].name == AT_name)
            return at <= NAME_AT_MOST ? (uint8_t)at : NAME_ANYWHERE;
        at = declaration->attributes[i].width >= WIDTH_LEB ? NAME_ANYWHERE
                                                           : at + declaration->attributes[i].width;
        if (at > NAME_AT_MOST)
            at = NAME_ANYWHERE;
    }
    return NAME_NOWHERE;
}

static enum first_name first_name_of(const struct declaration *declaration)
{
    const struct attribute *first = declaration->attributes;
    if (declaration->attributes_count == 0 || first->name != AT_name)
        return FIRST_OTHER;
    if (first->form == FORM_string)
        return FIRST_NAME_TEXT;
    return first->form == FORM_strp && first->width == 4 ? FIRST_NAME_OFFSET : FIRST_OTHER;
}

bool abbrev_compile(struct compiler *compiler, const struct declaration *declaration, struct arena *arena,
                    struct abbrev *abbrev)
{
    const uint32_t wanted = declaration->wanted;
    compiler->out_of_memory = false;
    *abbrev = (struct abbrev){
        .tag = declaration->tag <= UINT16_MAX ? (uint16_t)declaration->tag : 0,
        .role = (uint8_t)role_of_tag(declaration->tag),
        .has_children = declaration->has_children,
        .first_name = (uint8_t)first_name_of(declaration),
        .name_at = name_place(declaration),
    };
    abbrev->is_fixed = declaration->is_fixed && compile_picks(compiler, declaration->attributes,
                                                              declaration->attributes_count, wanted, abbrev);
    if (abbrev->is_fixed) {
        abbrev->is_plain =
            !declaration->big_endian && !compiler->out_of_memory && compile_plain(compiler, 0, abbrev);
        abbrev->picks = picks_keep(compiler, arena);
    } else {
        uint32_t skip_fields;
        compile_program(compiler, declaration, wanted, &abbrev->fields);
        abbrev->program = program_keep(compiler, arena);
        compile_program(compiler, declaration, wanted & BIT(FIELD_SIBLING), &skip_fields);
        abbrev->skip_program = program_keep(compiler, arena);
        abbrev->sibling_pick = skip_fields ? 0 : NO_SIBLING;
        if (!declaration->big_endian)
            compile_named_in_place(compiler, declaration, abbrev);
    }
    attributes_keep(compiler, declaration, arena, abbrev);
    if (!compiler->out_of_memory)
        abbrev_quick_compile(declaration, abbrev);
    return !compiler->out_of_memory;
}
