#include "dwarf/abbrev.h"

#include "base/bytes.h"
#include "base/vec.h"
#include "dwarf/abbrev_code.h"
#include "dwarf/constants.h"
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

// Collects one program; runs of fixed skips are merged as they come.
struct program {
    VEC(uint8_t) code;
    uint64_t pending_skip;
    bool out_of_memory;
};

static void program_byte(struct program *program, unsigned byte)
{
    if (!vec_push(&program->code, (uint8_t)byte))
        program->out_of_memory = true;
}

static void program_flush(struct program *program)
{
    while (program->pending_skip > 0) {
        unsigned part = program->pending_skip > 255 ? 255 : (unsigned)program->pending_skip;
        program_byte(program, OP_SKIP);
        program_byte(program, part);
        program->pending_skip -= part;
    }
}

static void program_op(struct program *program, enum abbrev_op op)
{
    program_flush(program);
    program_byte(program, op);
}

static void program_store(struct program *program, enum abbrev_op op, int field)
{
    program_op(program, op);
    program_byte(program, (unsigned)field);
}

static void program_constant(struct program *program, int field, uint64_t value)
{
    program_store(program, OP_CONSTANT, field);
    uint8_t bytes[sizeof(value)];
    memcpy(bytes, &value, sizeof(value));
    for (size_t i = 0; i < sizeof(bytes); i++)
        program_byte(program, bytes[i]);
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

static void program_skip(struct program *program, unsigned width)
{
    switch (width) {
    case WIDTH_LEB:
        program_op(program, OP_SKIP_LEB);
        break;
    case WIDTH_TEXT:
        program_op(program, OP_SKIP_TEXT);
        break;
    case WIDTH_BLOCK1:
        program_op(program, OP_SKIP_BLOCK1);
        break;
    case WIDTH_BLOCK2:
        program_op(program, OP_SKIP_BLOCK2);
        break;
    case WIDTH_BLOCK4:
        program_op(program, OP_SKIP_BLOCK4);
        break;
    case WIDTH_BLOCK_LEB:
        program_op(program, OP_SKIP_BLOCK_LEB);
        break;
    default:
        program->pending_skip += width;
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

// Adds the instruction for one attribute: a store when `wanted` asks for it in a form that makes sense, else
// a skip. Returns the field that it fills, or NO_FIELD.
static int program_attribute(struct program *program, const struct unit *unit, uint32_t wanted,
                             uint64_t attribute, uint64_t form, int64_t implicit_value)
{
    unsigned width = width_of_form(form, unit);
    int field = field_of_attribute(attribute);
    unsigned tag = 0;
    if (field == FIELD_LOCATION && width >= WIDTH_BLOCK1 && width <= WIDTH_BLOCK_LEB) {
        field = FIELD_LOCATION_BLOCK;
    } else if (field == FIELD_LOCATION && unit->version <= 3 && (form == FORM_data4 || form == FORM_data8)) {
        field = NO_FIELD; // a location list, DWARF 3 section 7.5.4
    } else if (field == FIELD_TYPE && form == FORM_ref_sig8) {
        field = FIELD_TYPE_SIGNATURE;
    } else if (field == FIELD_SIGNATURE) {
        field = form == FORM_ref_sig8 ? field : NO_FIELD;
    } else if (field == FIELD_LINE_TABLE || field == FIELD_STR_OFFSETS_BASE) {
        if (form != FORM_sec_offset && form != FORM_data4 && form != FORM_data8)
            field = NO_FIELD;
    } else if (field == FIELD_SIBLING) {
        if (reference_tag_of_form(form) != REFERENCE_UNIT)
            field = NO_FIELD;
    } else if (field != NO_FIELD && field_is_text(field)) {
        tag = text_tag_of_form(form);
        field = tag == TEXT_NONE ? NO_FIELD : field;
    } else if (field != NO_FIELD && field_is_reference(field)) {
        tag = reference_tag_of_form(form);
        field = tag == REFERENCE_NONE ? NO_FIELD : field;
    } else if (field != NO_FIELD && !form_is_constant(form)) {
        field = NO_FIELD; // an expression or a reference: not known without running the program
    }
    if (field == NO_FIELD || !(wanted & BIT(field))) {
        program_skip(program, width);
        return NO_FIELD;
    }
    if (form == FORM_implicit_const) {
        program_constant(program, field, (uint64_t)implicit_value);
    } else if (form == FORM_flag_present) {
        program_constant(program, field, 1);
    } else if (form == FORM_sdata) {
        program_store(program, OP_SLEB, field);
    } else {
        program_store(program, op_of_width(width, tag != 0), field);
        if (tag != 0 && width != WIDTH_TEXT)
            program_byte(program, tag);
    }
    return field;
}

struct declaration {
    uint64_t code, tag;
    bool has_children;
    unsigned attributes_count;
    struct {
        uint64_t name, form;
        int64_t implicit_value;
    } attributes[ATTRIBUTES_MOST];
};

static struct error *abbrev_error(const struct unit *unit, uint64_t offset, const char *what, uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: .debug_abbrev+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, offset, what, number);
}

// Reads the declaration at the reader; a code of 0 is the table's end.
static struct error *declaration_read(struct byte_reader *reader, const struct unit *unit,
                                      struct declaration *declaration)
{
    uint64_t at = byte_reader_offset(reader);
    declaration->attributes_count = 0;
    declaration->code = byte_reader_uleb(reader);
    if (declaration->code == 0 && !reader->failed)
        return NULL;
    declaration->tag = byte_reader_uleb(reader);
    declaration->has_children = byte_reader_u8(reader) != 0;
    for (;;) {
        uint64_t name = byte_reader_uleb(reader), form = byte_reader_uleb(reader);
        if (reader->failed)
            return abbrev_error(unit, at, "the table does not end in its section; reading abbrev",
                                declaration->code);
        if (name == 0 && form == 0)
            return NULL;
        if (form == FORM_indirect)
            return error_prefix(error_create(ERROR_UNSUPPORTED, "DW_FORM_indirect"),
                                "%s: .debug_abbrev+0x%" PRIx64, unit->table->object->debug_path, at);
        if (width_of_form(form, unit) == WIDTH_UNKNOWN)
            return abbrev_error(unit, at, "unknown form", form);
        for (unsigned i = 0; i < declaration->attributes_count; i++)
            if (declaration->attributes[i].name == name)
                return abbrev_error(unit, at, "the same attribute twice:", name);
        if (declaration->attributes_count == ATTRIBUTES_MOST)
            return abbrev_error(unit, at, "more attributes than", ATTRIBUTES_MOST);
        unsigned i = declaration->attributes_count++;
        declaration->attributes[i].name = name;
        declaration->attributes[i].form = form;
        declaration->attributes[i].implicit_value =
            form == FORM_implicit_const ? byte_reader_sleb(reader) : 0;
    }
}

// Appends the program that captures `wanted`; returns where it starts and tells which fields it fills.
static uint32_t declaration_compile(struct program *program, const struct unit *unit,
                                    const struct declaration *declaration, uint32_t wanted, uint32_t *fields)
{
    uint32_t start = (uint32_t)program->code.length;
    *fields = 0;
    for (unsigned i = 0; i < declaration->attributes_count; i++) {
        // Of two attributes that fill one field (specification and abstract_origin) the first counts.
        int field =
            program_attribute(program, unit, wanted & ~*fields, declaration->attributes[i].name,
                              declaration->attributes[i].form, declaration->attributes[i].implicit_value);
        if (field != NO_FIELD)
            *fields |= BIT(field);
    }
    program_op(program, OP_END);
    return start;
}

static struct abbrev abbrev_compile(struct program *program, const struct unit *unit,
                                    const struct declaration *declaration)
{
    struct abbrev abbrev = {
        .tag = declaration->tag <= UINT16_MAX ? (uint16_t)declaration->tag : 0,
        .role = (uint8_t)role_of_tag(declaration->tag),
        .has_children = declaration->has_children,
    };
    uint32_t skip_fields;
    uint32_t sibling = declaration->has_children ? BIT(FIELD_SIBLING) : 0;
    abbrev.full_program =
        declaration_compile(program, unit, declaration,
                            fields_of_role(abbrev.role) & (~BIT(FIELD_SIBLING) | sibling), &abbrev.fields);
    abbrev.skip_program = declaration_compile(program, unit, declaration, sibling, &skip_fields);
    abbrev.has_sibling = skip_fields != 0;
    return abbrev;
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

static void program_free_at(struct program *program)
{
    vec_free(&program->code);
}

static struct byte_reader abbrev_reader(const struct unit *unit)
{
    const struct object *object = unit->table->object;
    struct byte_reader reader = byte_reader_over(object->sections[SECTION_ABBREV], object->big_endian);
    byte_reader_seek(&reader, unit->abbrev_offset);
    return reader;
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

struct error *abbrev_table_compile(const struct unit *unit, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct byte_reader reader = abbrev_reader(unit);
    struct program program CLEANUP(program_free_at) = {0};
    coded_abbrevs abbrevs CLEANUP(coded_abbrevs_free_at) = {0};
    struct declaration declaration;
    bool sorted = true;
    for (;;) {
        RETURN_IF_ERROR(declaration_read(&reader, unit, &declaration));
        if (declaration.code == 0)
            break;
        struct coded_abbrev coded = {declaration.code, abbrev_compile(&program, unit, &declaration)};
        sorted = sorted && (abbrevs.length == 0 || abbrevs.data[abbrevs.length - 1].code < coded.code);
        if (!vec_push(&abbrevs, coded))
            return &error_out_of_memory;
        if (program.code.length > UINT32_MAX / 2)
            return abbrev_error(unit, unit->abbrev_offset,
                                "the table is too large; abbrevs:", abbrevs.length);
    }
    if (program.out_of_memory)
        return &error_out_of_memory;
    if (!sorted)
        qsort(abbrevs.data, abbrevs.length, sizeof(*abbrevs.data), coded_abbrev_compare);
    struct error *error = table_arrange(table, &abbrevs, unit);
    if (error) {
        abbrev_table_free(table);
        return error;
    }
    table->code_size_bytes = program.code.length;
    table->code = program.code.data;
    program.code.data = NULL; // handed over
    return NULL;
}

struct error *abbrev_compile_root(const struct unit *unit, uint64_t code, struct abbrev_table *table)
{
    *table = table_key(unit);
    struct byte_reader reader = abbrev_reader(unit);
    struct program program CLEANUP(program_free_at) = {0};
    struct declaration declaration;
    do {
        RETURN_IF_ERROR(declaration_read(&reader, unit, &declaration));
        if (declaration.code == 0)
            return abbrev_error(unit, unit->abbrev_offset, "the table does not declare the root's code",
                                code);
    } while (declaration.code != code);
    struct abbrev abbrev = {.tag = (uint16_t)declaration.tag, .has_children = declaration.has_children};
    abbrev.full_program = declaration_compile(&program, unit, &declaration, fields_of_root, &abbrev.fields);
    table->dense = program.out_of_memory ? NULL : calloc(1, sizeof(*table->dense));
    if (!table->dense)
        return &error_out_of_memory;
    table->dense[0] = abbrev;
    table->abbrevs_count = 1;
    table->code_size_bytes = program.code.length;
    table->code = program.code.data;
    program.code.data = NULL; // handed over
    return NULL;
}

void abbrev_table_free(struct abbrev_table *table)
{
    free(table->dense);
    free(table->sparse_codes);
    free(table->code);
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
