// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_form.h"

#include "dwarf/constants.h"

enum die_role role_of_tag(uint64_t tag)
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
    case TAG_variable:
        return ROLE_VARIABLE;
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

uint32_t fields_of_role(enum die_role role)
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
        return BIT(FIELD_NAME) | size | BIT(FIELD_ENDIANITY);
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
               BIT(FIELD_ALIGNMENT) | BIT(FIELD_EXTERNAL) | BIT(FIELD_DECLARATION) | BIT(FIELD_SIBLING);
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
    case ROLE_VARIABLE:
        return BIT(FIELD_NAME) | type | BIT(FIELD_SPECIFICATION) | BIT(FIELD_DECLARATION) |
               BIT(FIELD_LOCATION_BLOCK) | BIT(FIELD_SIBLING);
    case ROLE_OTHER:
        return BIT(FIELD_SIBLING);
    }
    return 0;
}

// The field that an attribute fills, its form aside, plus one; 0: none.
static const uint8_t fields_of_attributes[] = {
    [AT_location] = FIELD_LOCATION + 1,
    [AT_name] = FIELD_NAME + 1,
    [AT_type] = FIELD_TYPE + 1,
    [AT_specification] = FIELD_SPECIFICATION + 1,
    [AT_abstract_origin] = FIELD_SPECIFICATION + 1,
    [AT_signature] = FIELD_SIGNATURE + 1,
    [AT_byte_size] = FIELD_BYTE_SIZE + 1,
    [AT_bit_size] = FIELD_BIT_SIZE + 1,
    [AT_bit_offset] = FIELD_BIT_OFFSET + 1,
    [AT_data_bit_offset] = FIELD_DATA_BIT_OFFSET + 1,
    [AT_data_member_location] = FIELD_LOCATION + 1,
    [AT_decl_file] = FIELD_DECL_FILE + 1,
    [AT_decl_line] = FIELD_DECL_LINE + 1,
    [AT_declaration] = FIELD_DECLARATION + 1,
    [AT_external] = FIELD_EXTERNAL + 1,
    [AT_sibling] = FIELD_SIBLING + 1,
    [AT_lower_bound] = FIELD_LOWER_BOUND + 1,
    [AT_upper_bound] = FIELD_UPPER_BOUND + 1,
    [AT_count] = FIELD_COUNT + 1,
    [AT_const_value] = FIELD_CONST_VALUE + 1,
    [AT_endianity] = FIELD_ENDIANITY + 1,
    [AT_discr_value] = FIELD_DISCR_VALUE + 1,
    [AT_alignment] = FIELD_ALIGNMENT + 1,
    [AT_byte_stride] = FIELD_BYTE_STRIDE + 1,
    [AT_bit_stride] = FIELD_BIT_STRIDE + 1,
    [AT_language] = FIELD_LANGUAGE + 1,
    [AT_comp_dir] = FIELD_FOLDER + 1,
    [AT_stmt_list] = FIELD_LINE_TABLE + 1,
    [AT_str_offsets_base] = FIELD_STR_OFFSETS_BASE + 1,
    [AT_dwo_name] = FIELD_DWO_NAME + 1,
};

static inline int field_of_attribute(uint64_t attribute)
{
    if (attribute < sizeof(fields_of_attributes))
        return (int)fields_of_attributes[attribute] - 1; // NO_FIELD is -1
    return attribute == AT_GNU_dwo_name ? FIELD_DWO_NAME
           : attribute == AT_GNU_dwo_id ? FIELD_DWO_ID
                                        : NO_FIELD;
}

static bool field_is_text(int field)
{
    return field == FIELD_NAME || field == FIELD_FOLDER || field == FIELD_DWO_NAME;
}

static bool field_is_reference(int field)
{
    return field == FIELD_TYPE || field == FIELD_SPECIFICATION;
}

// Widths that depend on the unit, in the table below.
enum { OF_ADDRESS = 200, OF_OFFSET, OF_REF_ADDR, OF_NOTHING };

// 0 stands for a form that is not known.
static const uint8_t widths_of_forms[] = {
    [FORM_addr] = OF_ADDRESS,
    [FORM_block2] = WIDTH_BLOCK2,
    [FORM_block4] = WIDTH_BLOCK4,
    [FORM_data2] = 2,
    [FORM_data4] = 4,
    [FORM_data8] = 8,
    [FORM_string] = WIDTH_TEXT,
    [FORM_block] = WIDTH_BLOCK_LEB,
    [FORM_block1] = WIDTH_BLOCK1,
    [FORM_data1] = 1,
    [FORM_flag] = 1,
    [FORM_sdata] = WIDTH_LEB,
    [FORM_strp] = OF_OFFSET,
    [FORM_udata] = WIDTH_LEB,
    [FORM_ref_addr] = OF_REF_ADDR,
    [FORM_ref1] = 1,
    [FORM_ref2] = 2,
    [FORM_ref4] = 4,
    [FORM_ref8] = 8,
    [FORM_ref_udata] = WIDTH_LEB,
    [FORM_sec_offset] = OF_OFFSET,
    [FORM_exprloc] = WIDTH_BLOCK_LEB,
    [FORM_flag_present] = OF_NOTHING,
    [FORM_strx] = WIDTH_LEB,
    [FORM_addrx] = WIDTH_LEB,
    [FORM_ref_sup4] = 4,
    [FORM_strp_sup] = OF_OFFSET,
    [FORM_data16] = 16,
    [FORM_line_strp] = OF_OFFSET,
    [FORM_ref_sig8] = 8,
    [FORM_implicit_const] = OF_NOTHING,
    [FORM_loclistx] = WIDTH_LEB,
    [FORM_rnglistx] = WIDTH_LEB,
    [FORM_ref_sup8] = 8,
    [FORM_strx1] = 1,
    [FORM_strx2] = 2,
    [FORM_strx3] = 3,
    [FORM_strx4] = 4,
    [FORM_addrx1] = 1,
    [FORM_addrx2] = 2,
    [FORM_addrx3] = 3,
    [FORM_addrx4] = 4,
};

static unsigned width_of_gnu_form(uint64_t form, const struct unit *unit)
{
    switch (form) {
    case FORM_GNU_ref_alt:
    case FORM_GNU_strp_alt:
        return unit->offset_bytes;
    case FORM_GNU_addr_index:
    case FORM_GNU_str_index:
        return WIDTH_LEB;
    default:
        return WIDTH_UNKNOWN;
    }
}

unsigned width_of_form(uint64_t form, const struct unit *unit)
{
    if (form >= sizeof(widths_of_forms))
        return width_of_gnu_form(form, unit);
    switch (widths_of_forms[form]) {
    case 0:
        return WIDTH_UNKNOWN;
    case OF_ADDRESS:
        return unit->address_bytes;
    case OF_OFFSET:
        return unit->offset_bytes;
    case OF_REF_ADDR: // as wide as an address in DWARF 2 (section 7.5.4 there)
        return unit->version == 2 ? unit->address_bytes : unit->offset_bytes;
    case OF_NOTHING:
        return 0;
    default:
        return widths_of_forms[form];
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

// Fields that the attribute of `field` fills in another form.
static uint32_t forms_of_field(int field)
{
    return field == FIELD_LOCATION ? BIT(FIELD_LOCATION_BLOCK)
           : field == FIELD_TYPE   ? BIT(FIELD_TYPE_SIGNATURE)
                                   : 0;
}

void attribute_classify(struct attribute *attribute, uint32_t wanted, const struct unit *unit)
{
    const uint64_t form = attribute->form;
    const bool is_block = attribute->width >= WIDTH_BLOCK1 && attribute->width <= WIDTH_BLOCK_LEB;
    int field = field_of_attribute(attribute->name);
    attribute->tag = 0;
    if (field == NO_FIELD ||
        !(wanted & (BIT(field) | forms_of_field(field)))) { // most attributes of most DIEs
        attribute->field = NO_FIELD;
        return;
    }
    if (field_is_text(field)) {
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
    attribute->field = (int16_t)field;
}

bool form_is_plain(uint64_t form)
{
    switch (form) {
    case FORM_addr:
    case FORM_exprloc:
    case FORM_block:
    case FORM_block1:
    case FORM_block2:
    case FORM_block4:
    case FORM_addrx: // what has an index into .debug_addr is not followed, so its width does not matter here
    case FORM_addrx1:
    case FORM_addrx2:
    case FORM_addrx3:
    case FORM_addrx4:
    case FORM_GNU_addr_index:
        return false;
    default:
        return true;
    }
}
