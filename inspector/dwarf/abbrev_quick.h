// SPDX-License-Identifier: MIT
// What a pass over many DIEs needs to know of an abbrev to tell DIEs that say the same from others, without
// reading their texts: one name, one type and one number, by their places.
//
//     member     name strp · decl_file data1 · decl_line data2 · type ref4 · data_member_location data2
//     by places  name at 0 · type at 7 · number at 11, mask 0xffff · all else in the digest
//
// Not fixed are DIEs with a text or an expression in them. Of these the parts between are found:
//
//     variable   name strp · decl_file data1 · type ref4 │ location exprloc │ external flag1
//                gaps[0] = 9, type at 5 of it              part 0             gaps[1] = 1
#ifndef STRATA_DWARF_ABBREV_QUICK_H
#define STRATA_DWARF_ABBREV_QUICK_H

#include <stdbool.h>
#include <stdint.h>

enum { QUICK_EXTRAS_MOST = 2, QUICK_PARTS_MOST = 2, QUICK_NOWHERE = 0xff };

// What comes in long lists, and in its simplest form: simple, a name in .debug_str or by index, one number at most, no children.
enum quick_run {
    RUN_NONE,
    RUN_MEMBER,     // with a type
    RUN_PARAMETER,  // with a type
    RUN_ENUMERATOR, // without one
};

struct quick_abbrev {
    uint64_t digest;      // of the tag, which fields there are, and what the abbrev itself says
    uint64_t number_mask; // 0: there is no number
    uint32_t name_mask;   // of the name's offset or index; 0: there is no name
    uint16_t fixed_bytes; // as the abbrev's; of a name in place, what follows it
    uint8_t role;
    uint8_t name_at, type_at, number_at; // from behind the code
    uint8_t sibling_at;                  // of four bytes; QUICK_NOWHERE: there is none
    uint8_t extras_count;                // further numbers, hardly ever
    uint8_t run;                         // enum quick_run
    uint8_t extra_at[QUICK_EXTRAS_MOST], extra_shift_bits[QUICK_EXTRAS_MOST];
    bool is_simple : 1;        // fixed, and the places hold all that it says, but for where it is declared
    bool is_name_in_place : 1; // simple behind its name, a text, which comes first
    bool is_name_index : 1;    // the name is an entry of .debug_str_offsets
    bool has_name : 1, has_type : 1, has_children : 1;
    bool is_item : 1;        // a type
    bool is_declaration : 1; // says so itself
    bool is_refused : 1;     // says more than a quick pass understands
    bool
        is_refused_scoped : 1; // the same where names have scopes: there the pass knows of namespaces, bases and variants
    bool completes : 1; // a declaration that stands elsewhere: DW_AT_specification, DW_AT_abstract_origin
    // Not fixed:
    uint8_t parts_count; // of variable length; 0: not known by its parts
    uint8_t gaps[QUICK_PARTS_MOST + 1];
    bool part_is_text[QUICK_PARTS_MOST];
    uint8_t
        type_gap; // type_at is from the start of that one; QUICK_NOWHERE: no type of four bytes in the unit
    uint8_t location_part; // which part is the location; QUICK_NOWHERE: none
};

struct abbrev;
struct declaration;

// Fills abbrev->quick by the rest of `abbrev`, which is compiled.
void abbrev_quick_compile(const struct declaration *declaration, struct abbrev *abbrev);

#endif
