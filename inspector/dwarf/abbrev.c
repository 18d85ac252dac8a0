#include "dwarf/abbrev.h"

#include "base/vec.h"
#include "dwarf/abbrev_code.h"
#include "dwarf/constants.h"
#include "dwarf/die_decode.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTRIBUTES_MOST = 200, // an abbrev with more is refused: see the notes on hostile input
};

#define BIT(field) (UINT32_C(1) << (field))

static enum die_role role_of_tag(uint64_t tag)
{
    switch (tag) {
    case TAG_structure_type:
    case TAG_class_type:
    case TAG_union_type:
    case TAG_interface_type:
        return ROLE_AGGREGATE;
    case TAG_enumeration_type:
        return ROLE_ENUM;
    case TAG_base_type:
        return ROLE_BASE;
    case TAG_typedef:
    case TAG_template_alias:
        return ROLE_TYPEDEF;
    case TAG_namespace:
    case TAG_module:
        return ROLE_NAMESPACE;
    case TAG_subprogram:
        return ROLE_FUNCTION;
    case TAG_member:
        return ROLE_MEMBER;
    case TAG_inheritance:
        return ROLE_INHERITANCE;
    case TAG_variant_part:
        return ROLE_VARIANT_PART;
    case TAG_variant:
        return ROLE_VARIANT;
    case TAG_enumerator:
        return ROLE_ENUMERATOR;
    case TAG_pointer_type:
    case TAG_reference_type:
    case TAG_rvalue_reference_type:
    case TAG_ptr_to_member_type:
    case TAG_const_type:
    case TAG_volatile_type:
    case TAG_restrict_type:
    case TAG_atomic_type:
    case TAG_packed_type:
    case TAG_shared_type:
    case TAG_immutable_type:
        return ROLE_DERIVED;
    case TAG_array_type:
        return ROLE_ARRAY;
    case TAG_subrange_type:
    case TAG_generic_subrange:
        return ROLE_SUBRANGE;
    case TAG_subroutine_type:
        return ROLE_SUBROUTINE;
    case TAG_formal_parameter:
    case TAG_unspecified_parameters:
        return ROLE_PARAMETER;
    case TAG_string_type:
    case TAG_set_type:
    case TAG_file_type:
    case TAG_unspecified_type:
    case TAG_coarray_type:
    case TAG_dynamic_type:
        return ROLE_OTHER_TYPE;
    default:
        return ROLE_OTHER;
    }
}

static uint32_t fields_of_role(enum die_role role)
{
    const uint32_t type = BIT(FIELD_TYPE) | BIT(FIELD_TYPE_SIGNATURE);
    const uint32_t size = BIT(FIELD_BYTE_SIZE) | BIT(FIELD_BIT_SIZE);
    const uint32_t place = BIT(FIELD_LOCATION) | BIT(FIELD_LOCATION_BLOCK);
    const uint32_t declared = BIT(FIELD_DECL_FILE) | BIT(FIELD_DECL_LINE);
    switch (role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
        return BIT(FIELD_NAME) | BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIGNATURE) | size | declared |
               BIT(FIELD_DECLARATION) | BIT(FIELD_SIBLING) | BIT(FIELD_ALIGNMENT) |
               (role == ROLE_ENUM ? type : 0);
    case ROLE_BASE:
    case ROLE_OTHER_TYPE:
        return BIT(FIELD_NAME) | size;
    case ROLE_TYPEDEF:
        return BIT(FIELD_NAME) | type | declared | BIT(FIELD_SIBLING);
    case ROLE_NAMESPACE:
        return BIT(FIELD_NAME) | BIT(FIELD_SIBLING);
    case ROLE_FUNCTION:
        return BIT(FIELD_NAME) | BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIBLING);
    case ROLE_MEMBER:
        return BIT(FIELD_NAME) | type | size | BIT(FIELD_BIT_OFFSET) | BIT(FIELD_DATA_BIT_OFFSET) | place |
               BIT(FIELD_EXTERNAL) | BIT(FIELD_DECLARATION) | BIT(FIELD_SIBLING);
    case ROLE_INHERITANCE:
        return type | place | BIT(FIELD_SIBLING);
    case ROLE_VARIANT_PART:
        return type | BIT(FIELD_SIBLING);
    case ROLE_VARIANT:
        return BIT(FIELD_DISCR_VALUE) | BIT(FIELD_SIBLING);
    case ROLE_ENUMERATOR:
        return BIT(FIELD_NAME) | BIT(FIELD_CONST_VALUE);
    case ROLE_DERIVED:
        return BIT(FIELD_NAME) | type | BIT(FIELD_BYTE_SIZE) | BIT(FIELD_SIBLING);
    case ROLE_ARRAY:
        return BIT(FIELD_NAME) | type | size | BIT(FIELD_BYTE_STRIDE) | BIT(FIELD_BIT_STRIDE) |
               BIT(FIELD_SIBLING);
    case ROLE_SUBRANGE:
        return type | BIT(FIELD_NAME) | size | BIT(FIELD_LOWER_BOUND) | BIT(FIELD_UPPER_BOUND) |
               BIT(FIELD_COUNT) | BIT(FIELD_BYTE_STRIDE) | BIT(FIELD_BIT_STRIDE);
    case ROLE_SUBROUTINE:
        return type | BIT(FIELD_SIBLING);
    case ROLE_PARAMETER:
        return type;
    case ROLE_OTHER:
        return BIT(FIELD_SIBLING);
    }
    return 0;
}

static const uint32_t fields_of_root = BIT(FIELD_NAME) | BIT(FIELD_LANGUAGE) | BIT(FIELD_FOLDER) |
                                       BIT(FIELD_LINE_TABLE) | BIT(FIELD_STR_OFFSETS_BASE) |
                                       BIT(FIELD_DWO_NAME);

enum { NO_FIELD = -1 };

// The field that an attribute fills, its form aside.
static int field_of_attribute(uint64_t attribute)
{
    switch (attribute) {
    case AT_name:
        return FIELD_NAME;
    case AT_type:
        return FIELD_TYPE;
    case AT_specification:
    case AT_abstract_origin:
        return FIELD_SPECIFICATION;
    case AT_signature:
        return FIELD_SIGNATURE;
    case AT_byte_size:
        return FIELD_BYTE_SIZE;
    case AT_bit_size:
        return FIELD_BIT_SIZE;
    case AT_bit_offset:
        return FIELD_BIT_OFFSET;
    case AT_data_bit_offset:
        return FIELD_DATA_BIT_OFFSET;
    case AT_data_member_location:
        return FIELD_LOCATION;
    case AT_decl_file:
        return FIELD_DECL_FILE;
    case AT_decl_line:
        return FIELD_DECL_LINE;
    case AT_declaration:
        return FIELD_DECLARATION;
    case AT_external:
        return FIELD_EXTERNAL;
    case AT_sibling:
        return FIELD_SIBLING;
    case AT_lower_bound:
        return FIELD_LOWER_BOUND;
    case AT_upper_bound:
        return FIELD_UPPER_BOUND;
    case AT_count:
        return FIELD_COUNT;
    case AT_const_value:
        return FIELD_CONST_VALUE;
    case AT_discr_value:
        return FIELD_DISCR_VALUE;
    case AT_alignment:
        return FIELD_ALIGNMENT;
    case AT_byte_stride:
        return FIELD_BYTE_STRIDE;
    case AT_bit_stride:
        return FIELD_BIT_STRIDE;
    case AT_language:
        return FIELD_LANGUAGE;
    case AT_comp_dir:
        return FIELD_FOLDER;
    case AT_stmt_list:
        return FIELD_LINE_TABLE;
    case AT_str_offsets_base:
        return FIELD_STR_OFFSETS_BASE;
    case AT_dwo_name:
    case AT_GNU_dwo_name:
        return FIELD_DWO_NAME;
    default:
        return NO_FIELD;
    }
}

static bool field_is_text(int field)
{
    return field == FIELD_NAME || field == FIELD_FOLDER || field == FIELD_DWO_NAME;
}

static bool field_is_reference(int field)
{
    return field == FIELD_TYPE || field == FIELD_SPECIFICATION;
}

// Collects the programs, picks and constants of one table.
struct compiler {
    const struct unit *unit;
    VEC(uint8_t) code;
    VEC(struct abbrev_pick) picks;
    VEC(uint8_t) constants;
    uint64_t pending_skip; // of the program in the making: fixed skips are merged as they come
    bool out_of_memory;
};

static void compiler_free_at(struct compiler *compiler)
{
    vec_free(&compiler->code);
    vec_free(&compiler->picks);
    vec_free(&compiler->constants);
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

// How many bytes the value of a form takes: a number, or one of the kinds below.
enum {
    WIDTH_LEB = 100,
    WIDTH_TEXT,
    WIDTH_BLOCK1,
    WIDTH_BLOCK2,
    WIDTH_BLOCK4,
    WIDTH_BLOCK_LEB,
    WIDTH_UNKNOWN
};

static unsigned width_of_form(uint64_t form, const struct unit *unit)
{
    switch (form) {
    case FORM_addr:
        return unit->address_bytes;
    case FORM_data1:
    case FORM_flag:
    case FORM_ref1:
    case FORM_strx1:
    case FORM_addrx1:
        return 1;
    case FORM_data2:
    case FORM_ref2:
    case FORM_strx2:
    case FORM_addrx2:
        return 2;
    case FORM_strx3:
    case FORM_addrx3:
        return 3;
    case FORM_data4:
    case FORM_ref4:
    case FORM_ref_sup4:
    case FORM_strx4:
    case FORM_addrx4:
        return 4;
    case FORM_data8:
    case FORM_ref8:
    case FORM_ref_sig8:
    case FORM_ref_sup8:
        return 8;
    case FORM_data16:
        return 16;
    case FORM_flag_present:
    case FORM_implicit_const:
        return 0;
    case FORM_ref_addr: // as wide as an address in DWARF 2 (section 7.5.4 there)
        return unit->version == 2 ? unit->address_bytes : unit->offset_bytes;
    case FORM_strp:
    case FORM_line_strp:
    case FORM_sec_offset:
    case FORM_strp_sup:
    case FORM_GNU_ref_alt:
    case FORM_GNU_strp_alt:
        return unit->offset_bytes;
    case FORM_sdata:
    case FORM_udata:
    case FORM_ref_udata:
    case FORM_strx:
    case FORM_addrx:
    case FORM_loclistx:
    case FORM_rnglistx:
    case FORM_GNU_addr_index:
    case FORM_GNU_str_index:
        return WIDTH_LEB;
    case FORM_string:
        return WIDTH_TEXT;
    case FORM_block1:
        return WIDTH_BLOCK1;
    case FORM_block2:
        return WIDTH_BLOCK2;
    case FORM_block4:
        return WIDTH_BLOCK4;
    case FORM_block:
    case FORM_exprloc:
        return WIDTH_BLOCK_LEB;
    default:
        return WIDTH_UNKNOWN;
    }
}

static enum text_tag text_tag_of_form(uint64_t form)
{
    switch (form) {
    case FORM_strp:
        return TEXT_STR;
    case FORM_line_strp:
        return TEXT_LINE_STR;
    case FORM_string:
        return TEXT_INLINE;
    case FORM_strx:
    case FORM_strx1:
    case FORM_strx2:
    case FORM_strx3:
    case FORM_strx4:
    case FORM_GNU_str_index:
        return TEXT_INDEX;
    case FORM_strp_sup:
    case FORM_GNU_strp_alt:
        return TEXT_ALTERNATE;
    default:
        return TEXT_NONE;
    }
}

static enum reference_tag reference_tag_of_form(uint64_t form)
{
    switch (form) {
    case FORM_ref1:
    case FORM_ref2:
    case FORM_ref4:
    case FORM_ref8:
    case FORM_ref_udata:
        return REFERENCE_UNIT;
    case FORM_ref_addr:
        return REFERENCE_SECTION;
    case FORM_ref_sup4:
    case FORM_ref_sup8:
    case FORM_GNU_ref_alt:
        return REFERENCE_ALTERNATE;
    default:
        return REFERENCE_NONE;
    }
}

static bool form_is_constant(uint64_t form)
{
    return form == FORM_data1 || form == FORM_data2 || form == FORM_data4 || form == FORM_data8 ||
           form == FORM_sdata || form == FORM_udata || form == FORM_implicit_const || form == FORM_flag ||
           form == FORM_flag_present;
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

struct attribute {
    uint64_t name;
    uint16_t form;
    uint8_t width; // of its form in this unit
    int8_t field;  // that it fills when asked for, or NO_FIELD
    uint8_t tag;   // of texts and references
    int64_t implicit_value;
};

struct declaration {
    uint64_t code, tag;
    bool has_children;
    bool is_fixed; // no attribute of variable length
    unsigned attributes_count;
    struct attribute attributes[ATTRIBUTES_MOST];
};

// Which field the attribute fills, its form considered.
static void attribute_classify(struct attribute *attribute, const struct unit *unit)
{
    const uint64_t form = attribute->form;
    const bool is_block = attribute->width >= WIDTH_BLOCK1 && attribute->width <= WIDTH_BLOCK_LEB;
    int field = field_of_attribute(attribute->name);
    attribute->tag = 0;
    if (field == NO_FIELD) {
        // the common case first
    } else if (field_is_text(field)) {
        attribute->tag = (uint8_t)text_tag_of_form(form);
        field = attribute->tag == TEXT_NONE ? NO_FIELD : field;
    } else if (field == FIELD_TYPE && form == FORM_ref_sig8) {
        field = FIELD_TYPE_SIGNATURE;
    } else if (field_is_reference(field)) {
        attribute->tag = (uint8_t)reference_tag_of_form(form);
        field = attribute->tag == REFERENCE_NONE ? NO_FIELD : field;
    } else if (field == FIELD_LOCATION && is_block) {
        field = FIELD_LOCATION_BLOCK;
    } else if (field == FIELD_LOCATION && unit->version <= 3 && (form == FORM_data4 || form == FORM_data8)) {
        field = NO_FIELD; // a location list, DWARF 3 section 7.5.4
    } else if (field == FIELD_SIGNATURE) {
        field = form == FORM_ref_sig8 ? field : NO_FIELD;
    } else if (field == FIELD_LINE_TABLE || field == FIELD_STR_OFFSETS_BASE) {
        field = form == FORM_sec_offset || form == FORM_data4 || form == FORM_data8 ? field : NO_FIELD;
    } else if (field == FIELD_SIBLING) {
        field = reference_tag_of_form(form) == REFERENCE_UNIT ? field : NO_FIELD;
    } else if (!form_is_constant(form)) {
        field = NO_FIELD; // an expression or a reference: not known without running the program
    }
    attribute->field = (int8_t)field;
}

static struct error *abbrev_error(const struct unit *unit, uint64_t offset, const char *what, uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: .debug_abbrev+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, offset, what, number);
}

// The bytes of .debug_abbrev from the unit's table on. Numbers end in the zeros behind the section at the
// latest.
struct abbrev_source {
    const struct unit *unit;
    const uint8_t *section, *p, *end;
};

static struct abbrev_source abbrev_source_of(const struct unit *unit)
{
    struct bytes section = unit->table->object->sections[SECTION_ABBREV];
    return (struct abbrev_source){unit, section.data, section.data + unit->abbrev_offset,
                                  section.data + section.size_bytes};
}

static struct error *attribute_refuse(const struct abbrev_source *source, uint64_t at, uint64_t name,
                                      uint64_t form)
{
    if (form == FORM_indirect)
        return error_create(ERROR_UNSUPPORTED,
                            "%s: .debug_abbrev+0x%" PRIx64 ": attribute 0x%" PRIx64 " in DW_FORM_indirect",
                            source->unit->table->object->debug_path, at, name);
    return abbrev_error(source->unit, at, "unknown form", form);
}

// Reads the declaration at the source; a code of 0 is the table's end.
static struct error *declaration_read(struct abbrev_source *source, struct declaration *declaration)
{
    const struct unit *unit = source->unit;
    const uint64_t at = (uint64_t)(source->p - source->section);
    const uint8_t *p = load_uleb(source->p, &declaration->code);
    declaration->attributes_count = 0;
    declaration->is_fixed = true;
    if (declaration->code != 0) {
        p = load_uleb(p, &declaration->tag);
        declaration->has_children = *p++ != 0;
    }
    while (declaration->code != 0 && p < source->end) {
        uint64_t name, form, implicit_value = 0;
        p = load_uleb(p, &name);
        p = load_uleb(p, &form);
        if (name == 0 && form == 0)
            break;
        unsigned width = width_of_form(form, unit);
        if (width == WIDTH_UNKNOWN)
            return attribute_refuse(source, at, name, form);
        for (unsigned i = 0; i < declaration->attributes_count; i++)
            if (declaration->attributes[i].name == name)
                return abbrev_error(unit, at, "the same attribute twice:", name);
        if (declaration->attributes_count == ATTRIBUTES_MOST)
            return abbrev_error(unit, at, "more attributes than", ATTRIBUTES_MOST);
        if (form == FORM_implicit_const)
            p = load_sleb(p, &implicit_value);
        struct attribute *attribute = &declaration->attributes[declaration->attributes_count++];
        *attribute =
            (struct attribute){name, (uint16_t)form, (uint8_t)width, NO_FIELD, 0, (int64_t)implicit_value};
        attribute_classify(attribute, unit);
        declaration->is_fixed &= width < WIDTH_LEB;
    }
    source->p = p;
    if (p > source->end || (p == source->end && declaration->code != 0))
        return abbrev_error(unit, at, "the table does not end in its section; reading abbrev",
                            declaration->code);
    return NULL;
}

// Appends a program that captures `wanted`; returns where it starts and tells which fields it fills.
static uint32_t compile_program(struct compiler *compiler, const struct declaration *declaration,
                                uint32_t wanted, uint32_t *fields)
{
    uint32_t start = (uint32_t)compiler->code.length;
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
    return start;
}

static uint16_t constant_add(struct compiler *compiler, uint64_t value)
{
    size_t offset = compiler->constants.length;
    if (!vec_reserve(&compiler->constants, sizeof(value))) {
        compiler->out_of_memory = true;
        return 0;
    }
    memcpy(compiler->constants.data + offset, &value, sizeof(value));
    compiler->constants.length += sizeof(value);
    return (uint16_t)offset;
}

// Appends the picks of a declaration without attributes of variable length. False when it does not fit the
// narrow numbers of a pick; a program does then.
static bool compile_picks(struct compiler *compiler, const struct declaration *declaration, uint32_t wanted,
                          struct abbrev *abbrev)
{
    size_t first = compiler->picks.length;
    uint32_t offset = 0;
    abbrev->fields = 0;
    abbrev->sibling_pick = NO_SIBLING;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        const struct attribute *attribute = &declaration->attributes[i];
        const int field = attribute->field;
        const unsigned width = attribute->width;
        if (field != NO_FIELD && (wanted & ~abbrev->fields & BIT(field))) {
            const bool is_constant = width == 0;
            if (width > 8 || (is_constant && compiler->constants.length > UINT16_MAX - 8)) {
                compiler->picks.length = first;
                return false;
            }
            uint64_t constant =
                attribute->form == FORM_flag_present ? 1 : (uint64_t)attribute->implicit_value;
            struct abbrev_pick pick = {
                .offset_bytes = is_constant ? constant_add(compiler, constant) : (uint16_t)offset,
                .field = (uint8_t)field,
                .width_bytes = (uint8_t)(is_constant ? 8 : width),
                .shift_bits = (uint8_t)(is_constant                    ? 0
                                        : width == 8 && attribute->tag ? 8
                                                                       : 64 - 8 * width),
                .tag = attribute->tag,
                .is_constant = is_constant,
            };
            if (field == FIELD_SIBLING)
                abbrev->sibling_pick = (uint8_t)(compiler->picks.length - first);
            abbrev->fields |= BIT(field);
            if (!vec_push(&compiler->picks, pick))
                compiler->out_of_memory = true;
        }
        offset += width; // at most 200 attributes of 16 bytes
    }
    abbrev->full = (uint32_t)first;
    abbrev->picks_count = (uint8_t)(compiler->picks.length - first);
    abbrev->fixed_bytes = (uint16_t)offset;
    return true;
}

// The parts that a plain DIE of the role has, and those that it may have besides. No parts: none is plain.
static uint32_t plain_needs(enum die_role role, uint32_t *allowed)
{
    *allowed = 0;
    switch (role) {
    case ROLE_MEMBER:
        return BIT(FIELD_NAME) | BIT(FIELD_TYPE) | BIT(FIELD_LOCATION);
    case ROLE_PARAMETER:
        return BIT(FIELD_TYPE);
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

static bool compile_plain(const struct compiler *compiler, struct abbrev *abbrev)
{
    uint32_t allowed;
    const uint32_t needed = plain_needs(abbrev->role, &allowed);
    if (needed == 0 || (abbrev->fields & needed) != needed || (abbrev->fields & ~(needed | allowed)) ||
        compiler->unit->table->object->big_endian)
        return false;
    if (abbrev->has_children && (abbrev->role == ROLE_MEMBER || abbrev->role == ROLE_PARAMETER))
        return false; // runs of plain ones stand back to back
    struct plain_parts plain = {.number_is_constant = true, .number_shift_bits = 64};
    for (unsigned i = 0; i < abbrev->picks_count; i++) {
        const struct abbrev_pick *pick = &compiler->picks.data[abbrev->full + i];
        if (pick->field == FIELD_NAME) {
            if (pick->tag != TEXT_STR || pick->width_bytes != 4)
                return false;
            plain.name_at = pick->offset_bytes;
        } else if (pick->field == FIELD_TYPE) {
            if (pick->tag != REFERENCE_UNIT || pick->width_bytes != 4)
                return false;
            plain.type_at = pick->offset_bytes;
        } else if (pick->field == FIELD_LOCATION || pick->field == FIELD_BYTE_SIZE) {
            plain.number_at = pick->offset_bytes;
            plain.number_shift_bits = pick->shift_bits;
            plain.number_is_constant = pick->is_constant;
        }
    }
    abbrev->plain = plain;
    return true;
}

static struct abbrev compile_abbrev(struct compiler *compiler, const struct declaration *declaration,
                                    uint32_t wanted)
{
    struct abbrev abbrev = {
        .tag = declaration->tag <= UINT16_MAX ? (uint16_t)declaration->tag : 0,
        .role = (uint8_t)role_of_tag(declaration->tag),
        .has_children = declaration->has_children,
    };
    abbrev.is_fixed = declaration->is_fixed && compile_picks(compiler, declaration, wanted, &abbrev);
    abbrev.is_plain = abbrev.is_fixed && !compiler->out_of_memory && compile_plain(compiler, &abbrev);
    if (!abbrev.is_fixed) {
        uint32_t skip_fields;
        abbrev.full = compile_program(compiler, declaration, wanted, &abbrev.fields);
        abbrev.skip_program =
            compile_program(compiler, declaration, wanted & BIT(FIELD_SIBLING), &skip_fields);
        abbrev.sibling_pick = skip_fields ? 0 : NO_SIBLING;
    }
    return abbrev;
}

static uint32_t fields_wanted(const struct declaration *declaration)
{
    uint32_t fields = fields_of_role(role_of_tag(declaration->tag));
    return declaration->has_children ? fields : fields & ~BIT(FIELD_SIBLING);
}

struct coded_abbrev {
    uint64_t code;
    struct abbrev abbrev;
};

static int coded_abbrev_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct coded_abbrev *)a)->code, right = ((const struct coded_abbrev *)b)->code;
    return (left > right) - (left < right);
}

typedef VEC(struct coded_abbrev) coded_abbrevs;

static void coded_abbrevs_free_at(coded_abbrevs *abbrevs)
{
    vec_free(abbrevs);
}

static struct abbrev_table table_key(const struct unit *unit)
{
    return (struct abbrev_table){.owner = unit->table,
                                 .offset = unit->abbrev_offset,
                                 .version = (uint8_t)unit->version,
                                 .address_bytes = unit->address_bytes,
                                 .offset_bytes = unit->offset_bytes};
}

// Compilers number abbrevs 1, 2, 3 …: those are looked up by index. Whatever does not fit stays sorted behind
// them.
static struct error *table_arrange(struct abbrev_table *table, const coded_abbrevs *abbrevs,
                                   const struct unit *unit)
{
    size_t count = abbrevs->length;
    for (size_t i = 1; i < count; i++)
        if (abbrevs->data[i].code == abbrevs->data[i - 1].code)
            return abbrev_error(unit, unit->abbrev_offset, "the table declares twice the code",
                                abbrevs->data[i].code);
    table->abbrevs_count = count;
    table->dense = calloc(count + 1, sizeof(*table->dense));
    if (!table->dense)
        return &error_out_of_memory;
    while (table->dense_count < count && abbrevs->data[table->dense_count].code == table->dense_count + 1)
        table->dense_count++;
    for (size_t i = 0; i < count; i++)
        table->dense[i] = abbrevs->data[i].abbrev;
    size_t sparse_count = count - table->dense_count;
    if (sparse_count == 0)
        return NULL;
    table->sparse_codes = calloc(sparse_count, sizeof(*table->sparse_codes));
    if (!table->sparse_codes)
        return &error_out_of_memory;
    for (size_t i = 0; i < sparse_count; i++)
        table->sparse_codes[i] = abbrevs->data[table->dense_count + i].code;
    return NULL;
}

// Hands the compiler's arrays over. They are never NULL, even when nothing had to be captured: readers add
// offsets to them.
static struct error *table_take_code(struct abbrev_table *table, struct compiler *compiler)
{
    if (compiler->out_of_memory || !vec_reserve(&compiler->code, 1) || !vec_reserve(&compiler->picks, 1) ||
        !vec_reserve(&compiler->constants, 1))
        return &error_out_of_memory;
    table->code = compiler->code.data;
    table->picks = compiler->picks.data;
    table->constants = compiler->constants.data;
    compiler->code.data = NULL;
    compiler->picks.data = NULL;
    compiler->constants.data = NULL;
    return NULL;
}

struct error *abbrev_table_compile(const struct unit *unit, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct abbrev_source source = abbrev_source_of(unit);
    struct compiler compiler CLEANUP(compiler_free_at) = {.unit = unit};
    coded_abbrevs abbrevs CLEANUP(coded_abbrevs_free_at) = {0};
    struct declaration declaration;
    bool sorted = true;
    for (;;) {
        RETURN_IF_ERROR(declaration_read(&source, &declaration));
        if (declaration.code == 0)
            break;
        struct coded_abbrev coded = {declaration.code,
                                     compile_abbrev(&compiler, &declaration, fields_wanted(&declaration))};
        sorted = sorted && (abbrevs.length == 0 || abbrevs.data[abbrevs.length - 1].code < coded.code);
        if (!vec_push(&abbrevs, coded))
            return &error_out_of_memory;
        if (compiler.code.length > UINT32_MAX / 2)
            return abbrev_error(unit, unit->abbrev_offset,
                                "the table is too large; abbrevs:", abbrevs.length);
    }
    if (!sorted)
        qsort(abbrevs.data, abbrevs.length, sizeof(*abbrevs.data), coded_abbrev_compare);
    struct error *error = table_arrange(table, &abbrevs, unit);
    if (!error)
        error = table_take_code(table, &compiler);
    if (error)
        abbrev_table_free(table);
    return error;
}

// Moves to the declaration of `code` without looking at what the others say. Producers number the root's
// anywhere: this passes over whole tables, of each unit before the first is scanned.
static struct error *source_find(struct abbrev_source *source, uint64_t code)
{
    const uint8_t *p = source->p;
    while (p < source->end) {
        uint64_t here, name, form;
        const uint8_t *const start = p;
        p = load_uleb(p, &here);
        if (here == 0)
            break;
        if (here == code) {
            source->p = start;
            return NULL;
        }
        p = skip_leb(p) + 1; // the tag, and whether it has children
        do {
            p = load_uleb(p, &name);
            p = load_uleb(p, &form);
            if (UNLIKELY(form == FORM_implicit_const))
                p = skip_leb(p);
        } while ((name | form) != 0 && p < source->end);
    }
    return abbrev_error(source->unit, source->unit->abbrev_offset,
                        "the table does not declare the root's code", code);
}

struct error *abbrev_compile_root(const struct unit *unit, uint64_t code, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct abbrev_source source = abbrev_source_of(unit);
    struct compiler compiler CLEANUP(compiler_free_at) = {.unit = unit};
    struct declaration declaration;
    RETURN_IF_ERROR(source_find(&source, code));
    RETURN_IF_ERROR(declaration_read(&source, &declaration));
    struct abbrev abbrev = compile_abbrev(&compiler, &declaration, fields_of_root);
    table->dense = calloc(1, sizeof(*table->dense));
    if (!table->dense)
        return &error_out_of_memory;
    table->dense[0] = abbrev;
    table->abbrevs_count = 1;
    struct error *error = table_take_code(table, &compiler);
    if (error)
        abbrev_table_free(table);
    return error;
}

void abbrev_table_free(struct abbrev_table *table)
{
    free(table->dense);
    free(table->sparse_codes);
    free(table->code);
    free(table->picks);
    free(table->constants);
    *table = (struct abbrev_table){0};
}

bool abbrev_table_serves(const struct abbrev_table *table, const struct unit *unit)
{
    return table->owner == unit->table && table->offset == unit->abbrev_offset &&
           table->version == unit->version && table->address_bytes == unit->address_bytes &&
           table->offset_bytes == unit->offset_bytes;
}

const struct abbrev *abbrev_find_sparse(const struct abbrev_table *table, uint64_t code)
{
    size_t low = 0, high = table->sparse_codes ? table->abbrevs_count - table->dense_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->sparse_codes[middle] == code)
            return &table->dense[table->dense_count + middle];
        if (table->sparse_codes[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
