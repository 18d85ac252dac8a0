// SPDX-License-Identifier: MIT
// The type graph: what debug information says of types, whatever its format. Immutable once built; one arena
// a graph.
//
// Everything here is as the producer stated it. What it did not state is marked as not known; nothing is
// guessed. Computing (alignment, holes, padding) is layout's job.
#ifndef STRATA_TYPE_TYPE_H
#define STRATA_TYPE_TYPE_H

#include "type/language.h"
#include "type/type_id.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_kind {
    TYPE_STRUCT,
    TYPE_CLASS,
    TYPE_UNION,
    TYPE_INTERFACE,
    TYPE_ENUM, // an enumeration of C kind; a Rust enum with data is a TYPE_STRUCT with a variant part
    TYPE_BASE, // integers, floats, characters, booleans
    TYPE_POINTER,
    TYPE_REFERENCE,
    TYPE_RVALUE_REFERENCE,
    TYPE_MEMBER_POINTER, // C++ int S::*, void (S::*)()
    TYPE_ARRAY,
    TYPE_FUNCTION,
    TYPE_TYPEDEF,
    TYPE_CONST,
    TYPE_VOLATILE,
    TYPE_RESTRICT,
    TYPE_ATOMIC,
    TYPE_SUBRANGE,
    TYPE_STRING,      // Fortran's and Pascal's own
    TYPE_UNSPECIFIED, // decltype(nullptr), Rust's !, ...
    TYPE_VOID,
    TYPE_OTHER, // of a kind that strata does not know: size as stated, content unknown
};

// How the bits of a TYPE_BASE are read.
enum encoding {
    ENCODING_UNSTATED,
    ENCODING_ADDRESS,
    ENCODING_BOOLEAN,
    ENCODING_COMPLEX_FLOAT, // two floats, the real part first
    ENCODING_FLOAT,
    ENCODING_SIGNED,
    ENCODING_SIGNED_CHARACTER,
    ENCODING_UNSIGNED,
    ENCODING_UNSIGNED_CHARACTER,
    ENCODING_IMAGINARY_FLOAT,
    ENCODING_PACKED_DECIMAL,
    ENCODING_NUMERIC_TEXT,
    ENCODING_EDITED_TEXT,
    ENCODING_SIGNED_FIXED,
    ENCODING_UNSIGNED_FIXED,
    ENCODING_DECIMAL_FLOAT,
    ENCODING_UNICODE,
    ENCODING_ASCII,
    ENCODING_OTHER, // stated, but none of these
};

// What becomes of an _Atomic type whose size is no power of two. It is not recorded, but who compiled it is.
enum atomic_rule {
    ATOMIC_OPEN,   // not known
    ATOMIC_AS_IS,  // gcc: as the type without it
    ATOMIC_PADDED, // clang: gets the size of the next power of two, and aligns to it
};

struct array_dimension {
    bool count_known; // false: flexible, or of variable length
    bool is_variable; // the bound is computed at run time; with count_known false
    uint64_t count;
};

enum member_kind {
    MEMBER_FIELD,
    MEMBER_BITFIELD,
    MEMBER_BASE,
    MEMBER_VIRTUAL_BASE,
    MEMBER_VPTR,
    MEMBER_DISCRIMINANT, // of a variant part; may overlap payload (niche)
};

struct type;

struct member {
    enum member_kind kind;
    const char *name;        // NULL: anonymous. A base's is its type's qualified name.
    const struct type *type; // never NULL
    bool offset_known;       // false: found at run time only (virtual base)
    bool size_known;
    uint64_t
        offset_bits; // from the start of the enclosing type; bit-fields in the order of addresses, see below
    uint64_t size_bits;
    uint64_t declared_align_bytes; // 0: none declared
    bool is_artificial;
    bool is_embedded; // Go: a field whose name is its type's
    uint64_t declared_line;
};

// offset_bits of a bit-field: on little endian targets bit 0 is the least significant of byte 0; on big
// endian ones the most significant. So bits of one field are always consecutive.

struct variant {
    bool is_default;         // no discriminant value: all that the others do not name
    const char *values_text; // "3", "0..4, 7"; NULL for the default
    const char *name;        // of its only member or that member's type ("Some"); NULL when it has none
    struct member *members;
    size_t members_count;
};

struct variant_part {
    const struct member *discriminant; // NULL: none (a single variant, or unknown)
    struct variant *variants;
    size_t variants_count;
};

// One name of an enumeration. Numbers past 64 bits are cut.
struct enumerator {
    const char *name; // NULL: none
    uint64_t value;   // with is_negative the bits of a negative int64_t
    bool is_negative;
};

struct type {
    enum type_kind kind;
    enum language language;
    const char *name;      // qualified, without keyword; NULL: anonymous
    bool named_by_typedef; // anonymous itself, `name` is that of a typedef of it
    bool is_declaration;   // nothing more is known of it in this file
    bool by_name_only;     // met behind a pointer only: kind, name and stated size, but no members and, for a
                           // typedef, no target
    bool size_known;
    uint64_t size_bytes;             // rounded up when the size is stated in bits
    uint64_t size_bits;              // 8 * size_bytes unless it is stated in bits
    uint64_t declared_align_bytes;   // 0: none stated
    bool alignments_may_be_unstated; // the format has no place for declared alignments: 0 proves nothing
    bool is_vector;                  // an array that lies in a vector register
    bool big_endian;                 // of the program
    bool is_swapped;                 // TYPE_BASE: lies in memory in the other byte order
    uint8_t address_bytes;           // of the program
    enum encoding encoding;          // of TYPE_BASE
    enum atomic_rule atomic_rule;    // of TYPE_ATOMIC
    uint64_t wide_align_bytes;       // of TYPE_BASE: what its compiler gives it against the ABI; 0: the ABI's
    const struct type *target; // pointee, element, underlying type; NULL: none or void. Function: its result
    struct array_dimension *dimensions; // outermost first
    size_t dimensions_count;
    uint64_t stride_bits;   // between elements, when stated; 0: the element's size
    bool index_has_gaps;    // TYPE_ARRAY: indexed by an enumeration whose values lie apart (Ada)
    struct member *members; // in the order of the debug information
    size_t members_count;
    struct variant_part *variant_parts;
    size_t variant_parts_count;
    // TYPE_ENUM, in the order of the debug information; of the type that was asked for only, and of what a typedef
    // asked for names: members' enumerations have none here.
    struct enumerator *enumerators;
    size_t enumerators_count;
    const struct type **parameters; // TYPE_FUNCTION
    size_t parameters_count;
    bool is_variadic;
    const struct type *containing;       // TYPE_MEMBER_POINTER: the class
    const char *declared_file;           // NULL: unknown
    const char *declared_folder;         // that a relative declared_file is relative to; NULL: unknown
    uint64_t declared_line;              // 0: unknown
    uint16_t go_kind;                    // reflect.Kind of Go, 0: none
    const struct type *go_key, *go_elem; // of a Go map, slice, channel
    struct type_id id;
};

// Through typedefs, const, volatile, restrict and atomic to what lies in memory. Never NULL; stops after 64
// steps on a hostile cycle and returns what it has.
const struct type *type_strip(const struct type *type);

static inline bool type_has_members(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_CLASS || type->kind == TYPE_UNION ||
           type->kind == TYPE_INTERFACE;
}

#endif
