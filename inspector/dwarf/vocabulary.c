// SPDX-License-Identifier: MIT
#include "dwarf/vocabulary.h"

#include "base/attributes.h"
#include "dwarf/constants.h"

// DWARF 5 table 7.17, and the numbers given out since (dwarfstd.org/languages.html).
static const struct {
    uint16_t number;
    enum language language;
} language_numbers[] = {
    {0, LANGUAGE_UNSTATED},
    {LANG_C89, LANGUAGE_C},
    {LANG_C, LANGUAGE_C},
    {LANG_C99, LANGUAGE_C},
    {LANG_C11, LANGUAGE_C},
    {LANG_C17, LANGUAGE_C},
    {LANG_C23, LANGUAGE_C},
    {LANG_C_plus_plus, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_03, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_11, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_14, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_17, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_20, LANGUAGE_CPLUSPLUS},
    {LANG_C_plus_plus_23, LANGUAGE_CPLUSPLUS},
    {LANG_Go, LANGUAGE_GO},
    {LANG_Rust, LANGUAGE_RUST},
    {LANG_Ada83, LANGUAGE_ADA},
    {LANG_Ada95, LANGUAGE_ADA},
    {LANG_Ada2005, LANGUAGE_ADA},
    {LANG_Ada2012, LANGUAGE_ADA},
    {LANG_Assembly, LANGUAGE_ASSEMBLY},
    {LANG_Mips_Assembler, LANGUAGE_ASSEMBLY},
    {LANG_BLISS, LANGUAGE_BLISS},
    {LANG_Cobol74, LANGUAGE_COBOL},
    {LANG_Cobol85, LANGUAGE_COBOL},
    {LANG_Crystal, LANGUAGE_CRYSTAL},
    {LANG_D, LANGUAGE_D},
    {LANG_Dylan, LANGUAGE_DYLAN},
    {LANG_Fortran77, LANGUAGE_FORTRAN},
    {LANG_Fortran90, LANGUAGE_FORTRAN},
    {LANG_Fortran95, LANGUAGE_FORTRAN},
    {LANG_Fortran03, LANGUAGE_FORTRAN},
    {LANG_Fortran08, LANGUAGE_FORTRAN},
    {LANG_Fortran18, LANGUAGE_FORTRAN},
    {LANG_Haskell, LANGUAGE_HASKELL},
    {LANG_HIP, LANGUAGE_HIP},
    {LANG_Java, LANGUAGE_JAVA},
    {LANG_Julia, LANGUAGE_JULIA},
    {LANG_Kotlin, LANGUAGE_KOTLIN},
    {LANG_Modula2, LANGUAGE_MODULA2},
    {LANG_Modula3, LANGUAGE_MODULA3},
    {LANG_ObjC, LANGUAGE_OBJECTIVE_C},
    {LANG_ObjC_plus_plus, LANGUAGE_OBJECTIVE_CPLUSPLUS},
    {LANG_OCaml, LANGUAGE_OCAML},
    {LANG_OpenCL, LANGUAGE_OPENCL},
    {LANG_Pascal83, LANGUAGE_PASCAL},
    {LANG_PLI, LANGUAGE_PLI},
    {LANG_Python, LANGUAGE_PYTHON},
    {LANG_RenderScript, LANGUAGE_RENDERSCRIPT},
    {LANG_Swift, LANGUAGE_SWIFT},
    {LANG_UPC, LANGUAGE_UPC},
    {LANG_Zig, LANGUAGE_ZIG},
};

enum language vocabulary_language(uint64_t number)
{
    for (size_t i = 0; i < ARRAY_LENGTH(language_numbers); i++)
        if (language_numbers[i].number == number)
            return language_numbers[i].language;
    return LANGUAGE_OTHER;
}

// DWARF 5 table 7.11: the numbers are dense.
static const uint8_t encodings[] = {
    [0] = ENCODING_UNSTATED,
    [ATE_address] = ENCODING_ADDRESS,
    [ATE_boolean] = ENCODING_BOOLEAN,
    [ATE_complex_float] = ENCODING_COMPLEX_FLOAT,
    [ATE_float] = ENCODING_FLOAT,
    [ATE_signed] = ENCODING_SIGNED,
    [ATE_signed_char] = ENCODING_SIGNED_CHARACTER,
    [ATE_unsigned] = ENCODING_UNSIGNED,
    [ATE_unsigned_char] = ENCODING_UNSIGNED_CHARACTER,
    [ATE_imaginary_float] = ENCODING_IMAGINARY_FLOAT,
    [ATE_packed_decimal] = ENCODING_PACKED_DECIMAL,
    [ATE_numeric_string] = ENCODING_NUMERIC_TEXT,
    [ATE_edited] = ENCODING_EDITED_TEXT,
    [ATE_signed_fixed] = ENCODING_SIGNED_FIXED,
    [ATE_unsigned_fixed] = ENCODING_UNSIGNED_FIXED,
    [ATE_decimal_float] = ENCODING_DECIMAL_FLOAT,
    [ATE_UTF] = ENCODING_UNICODE,
    [ATE_UCS] = ENCODING_UNICODE,
    [ATE_ASCII] = ENCODING_ASCII,
};

enum encoding vocabulary_encoding(uint64_t number)
{
    return number < ARRAY_LENGTH(encodings) ? encodings[number] : ENCODING_OTHER;
}

static const struct {
    uint16_t tag;
    enum type_kind kind;
} kinds[] = {
    {TAG_structure_type, TYPE_STRUCT},
    {TAG_class_type, TYPE_CLASS},
    {TAG_union_type, TYPE_UNION},
    {TAG_interface_type, TYPE_INTERFACE},
    {TAG_enumeration_type, TYPE_ENUM},
    {TAG_base_type, TYPE_BASE},
    {TAG_pointer_type, TYPE_POINTER},
    {TAG_reference_type, TYPE_REFERENCE},
    {TAG_rvalue_reference_type, TYPE_RVALUE_REFERENCE},
    {TAG_ptr_to_member_type, TYPE_MEMBER_POINTER},
    {TAG_array_type, TYPE_ARRAY},
    {TAG_subroutine_type, TYPE_FUNCTION},
    {TAG_typedef, TYPE_TYPEDEF},
    {TAG_template_alias, TYPE_TYPEDEF},
    {TAG_const_type, TYPE_CONST},
    {TAG_immutable_type, TYPE_CONST},
    {TAG_volatile_type, TYPE_VOLATILE},
    {TAG_restrict_type, TYPE_RESTRICT},
    {TAG_atomic_type, TYPE_ATOMIC},
    {TAG_subrange_type, TYPE_SUBRANGE},
    {TAG_string_type, TYPE_STRING},
    {TAG_unspecified_type, TYPE_UNSPECIFIED},
};

enum type_kind vocabulary_kind(uint16_t tag)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (kinds[i].tag == tag)
            return kinds[i].kind;
    return TYPE_OTHER;
}
