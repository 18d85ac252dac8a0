// SPDX-License-Identifier: MIT
// Abbreviation tables (DWARF 5 section 7.5.3) compiled to small byte programs.
//
// A DIE is a code and the values of that code's attributes, back to back:
//
//     .debug_abbrev   code 7: structure_type, children; name strp, byte_size data1, decl_file data1,
//                     decl_line data2, sibling ref4
//     compiled        TAGGED_U32 name STR · U8 byte_size · U8 decl_file · U16 decl_line · U32 sibling · END
//     to skip it      SKIP 8 · U32 sibling · END
//
// Attributes that nobody asks for become skips, and skips of fixed length in a row become one.
//
// Most abbrevs have no attribute of variable length at all. Then every value stands at a known distance from
// the code, nothing has to be interpreted, and a DIE that nobody asks about costs one addition:
//
//     fixed           19 bytes; picks: name = 4 bytes at 0, type = 4 bytes at 7, location = 1 byte at 11
#ifndef STRATA_DWARF_ABBREV_H
#define STRATA_DWARF_ABBREV_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/abbrev_quick.h"
#include "dwarf/constants.h"
#include "dwarf/unit.h"
#include <stdbool.h>
#include <stdint.h>

// The attributes that a program can capture, as indexes of the value array that it fills.
enum die_field {
    FIELD_NAME,           // a text_id
    FIELD_TYPE,           // a reference_id
    FIELD_TYPE_SIGNATURE, // the type is given as ref_sig8
    FIELD_SPECIFICATION,  // DW_AT_specification or DW_AT_abstract_origin, a reference_id
    FIELD_SIGNATURE,      // DW_AT_signature
    FIELD_BYTE_SIZE,
    FIELD_BIT_SIZE,
    FIELD_BIT_OFFSET,
    FIELD_DATA_BIT_OFFSET,
    FIELD_LOCATION,       // DW_AT_data_member_location as a constant, bytes
    FIELD_LOCATION_BLOCK, // the same as an expression: a block_id
    FIELD_DECL_FILE,
    FIELD_DECL_LINE,
    FIELD_DECLARATION,
    FIELD_EXTERNAL,
    FIELD_SIBLING, // offset from the unit's header
    FIELD_LOWER_BOUND,
    FIELD_UPPER_BOUND,
    FIELD_COUNT,
    FIELD_CONST_VALUE,
    FIELD_DISCR_VALUE,
    FIELD_ALIGNMENT,
    FIELD_BYTE_STRIDE,
    FIELD_BIT_STRIDE,
    FIELD_ENDIANITY,
    // Of the root DIE only.
    FIELD_LANGUAGE,
    FIELD_FOLDER,
    FIELD_LINE_TABLE,
    FIELD_STR_OFFSETS_BASE,
    FIELD_DWO_NAME,
    FIELDS_COUNT,
    FIELD_DWO_ID = FIELD_CONST_VALUE // GNU's in DWARF 4: of root DIEs, which are no constants
};

// Texts and references carry in their top byte where their offset counts from.
enum { ID_TAG_SHIFT = 56 };
#define ID_OFFSET_MASK ((UINT64_C(1) << ID_TAG_SHIFT) - 1)

enum text_tag {
    TEXT_NONE,
    TEXT_STR,      // offset in .debug_str
    TEXT_LINE_STR, // offset in .debug_line_str
    TEXT_INLINE,   // offset in the unit's own section
    TEXT_INDEX,    // entry of the unit's part of .debug_str_offsets
    TEXT_ALTERNATE // offset in the alternate file's .debug_str
};

enum reference_tag {
    REFERENCE_NONE,
    REFERENCE_UNIT,     // offset from the unit's header
    REFERENCE_SECTION,  // offset in .debug_info
    REFERENCE_ALTERNATE // offset in the alternate file's .debug_info
};

static inline unsigned id_tag(uint64_t id)
{
    return (unsigned)(id >> ID_TAG_SHIFT);
}

static inline uint64_t id_offset(uint64_t id)
{
    return id & ID_OFFSET_MASK;
}

// A block is its position in the section and, in the top 16 bits, its length (65535 for anything longer).
enum { BLOCK_LENGTH_SHIFT = 48 };

// What a DIE is to the scan, by its tag.
enum die_role {
    ROLE_OTHER,     // nothing to learn, but types may lie inside
    ROLE_AGGREGATE, // from here on to ROLE_NAMESPACE: what a record is made of, see type_records.h
    ROLE_ENUM,
    ROLE_BASE,
    ROLE_TYPEDEF,
    ROLE_NAMESPACE,
    ROLE_FUNCTION,
    ROLE_MEMBER,
    ROLE_INHERITANCE,
    ROLE_VARIANT_PART,
    ROLE_VARIANT,
    ROLE_ENUMERATOR,
    ROLE_DERIVED, // pointer, reference, const, ...: one target
    ROLE_ARRAY,
    ROLE_SUBRANGE,
    ROLE_SUBROUTINE,
    ROLE_PARAMETER,
    ROLE_OTHER_TYPE, // a type without parts that layouts need
    ROLE_VARIABLE,   // it may give an anonymous type its name
};

// One value of a fixed abbrev: 8 bytes are loaded at the offset and the bits past its width shifted out.
struct abbrev_pick {
    uint16_t offset_bytes; // from behind the code; of a constant 0
    uint8_t field;         // enum die_field
    uint8_t width_bytes;   // 1 to 8; of a constant 8
    uint8_t shift_bits;    // how many top bits do not belong to the value; 8 at least where the tag goes
    uint8_t tag;           // goes into the top byte of texts and references
    bool is_constant;      // the value stands in the abbrev, not in the DIE
    uint64_t constant;
};

enum { NO_SIBLING = 0xff };
enum { NAME_NOWHERE = 0xff, NAME_ANYWHERE = 0xfe, NAME_AT_MOST = 63 };
#define NAMES_ANYWHERE UINT64_MAX // of abbrev_table.type_names_at

enum first_name {
    FIRST_OTHER,
    FIRST_NAME_OFFSET, // of four bytes, in .debug_str
    FIRST_NAME_TEXT,   // itself
};

// Where the parts of a plain DIE stand: fixed, little endian, its name in .debug_str, its type in the same
// unit, 4 bytes each. Most members, parameters, pointers, structs and typedefs of C are that. A plain one has
// all the parts that its role is asked for:
//
//     member     name, type, and a location if any   struct, enumeration   name, byte size
//     parameter  type                                typedef               name, type
//     enumerator name, value
//     pointer, const, ...  type, and a byte size if any
struct plain_parts {
    uint16_t name_at, type_at; // from behind the code
    uint16_t number_at;        // the location, byte size or value: the same
    uint8_t number_shift_bits;
    bool number_is_constant; // stands in the abbrev, not in the DIE; 0 when there is none
    bool has_number;
    uint64_t number_constant;
};

struct abbrev_attribute {
    uint16_t name, form; // DW_AT_*, DW_FORM_*
    int64_t implicit_value;
};

struct abbrev {
    uint32_t fields; // bit i: reading fills value i
    uint16_t fixed_bytes;
    uint16_t tag;
    uint8_t role; // enum die_role
    uint8_t picks_count;
    uint8_t sibling_pick; // NO_SIBLING: none. Not fixed: 0 when there is a sibling
    bool is_fixed;
    bool is_plain;             // `plain` holds
    bool is_plain_behind_name; // not fixed: `plain` and fixed_bytes hold for what follows the name, a text in
                               // place
    bool has_children;
    bool is_all_plain;     // every attribute's value is one that die_value.h reads
    bool is_of_supplement; // a value stands in the alternate file
    uint8_t attributes_count;
    uint8_t first_name; // enum first_name: whether what follows the code is the name, and how it is written
    uint8_t name_at;    // bytes between the code and the value of DW_AT_name; or NAME_NOWHERE, NAME_ANYWHERE
    union {
        const struct abbrev_pick *picks; // fixed
        const uint8_t *program;          // not fixed
    };
    const uint8_t *skip_program; // not fixed: captures the sibling only
    struct plain_parts plain;
    struct quick_abbrev quick;
    const struct abbrev_attribute *attributes; // as declared
};

// What a walk over many DIEs needs to know of most: how far it is to the next one. Small, so that the steps
// of all codes of a unit stay in the nearest cache.
enum step_kind {
    STEP_PASS,   // of no interest to a quick pass
    STEP_END,    // code 0
    STEP_PART,   // a member or an enumerator, fixed and without children
    STEP_RECORD, // a named type, fixed and without children
    STEP_TYPE,   // another type of that kind
    STEP_LOOK    // more than a step
};

struct abbrev_step {
    uint16_t fixed_bytes;
    uint8_t kind : 7;     // enum step_kind
    bool is_passable : 1; // fixed, and no record (type_records.h) is made of it; or code 0
    int8_t levels_deeper; // what follows lies: 1 with children, -1 behind code 0, which ends a list of them
    // Where the sibling's four bytes stand, and one more; 0: it has none. Not set of STEP_LOOK.
    uint8_t behind_sibling;
    uint8_t unused[3]; // so that a place is found by a shift
};

// Of a code that is not dense.
struct coded_abbrev {
    uint64_t code;
    const struct abbrev *abbrev;
};

// The abbrevs of one unit or of several, by their codes.
struct abbrev_table {
    // Key: tables are shared by units that agree in all of these.
    const struct unit_table *owner;
    uint64_t offset;
    uint8_t version, address_bytes, offset_bytes;

    uint64_t dense_count;         // codes 1 to dense_count are dense[code - 1]
    const struct abbrev **dense;  // in the pool
    struct abbrev_step *steps;    // by code, the first for code 0: dense_count + 1
    uint64_t type_names_at;       // bit i: an abbrev of a named type has its name at i; or NAMES_ANYWHERE
    bool has_template_parameters; // an abbrev is one of a template's parameter
    bool uses_supplement;         // an abbrev is_of_supplement
    bool completes_types;         // an abbrev of a named type refers to another DIE for what it lacks
    struct coded_abbrev *sparse;  // ascending by code
    size_t sparse_count;
    void *memory; // of sparse, dense and steps
};

const struct abbrev *abbrev_find_sparse(const struct abbrev_table *table, uint64_t code);

static inline bool tag_is_template_parameter(unsigned tag)
{
    return tag == TAG_template_type_parameter || tag == TAG_template_value_parameter ||
           tag == TAG_GNU_template_template_param || tag == TAG_GNU_template_parameter_pack;
}

static inline bool role_is_named_type(enum die_role role)
{
    return role >= ROLE_AGGREGATE && role <= ROLE_TYPEDEF;
}

// Whether a type may be called by the name of such a DIE.
static inline bool role_names_type(enum die_role role)
{
    return role_is_named_type(role) || role == ROLE_VARIABLE;
}

static inline bool role_makes_record(enum die_role role)
{
    return role >= ROLE_AGGREGATE && role <= ROLE_NAMESPACE;
}

static inline const struct abbrev *abbrev_find(const struct abbrev_table *table, uint64_t code)
{
    if (LIKELY(code - 1 < table->dense_count))
        return table->dense[code - 1];
    return abbrev_find_sparse(table, code);
}

#endif
