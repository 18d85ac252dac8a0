// SPDX-License-Identifier: MIT
// The units of an object: headers and the few facts of the root DIE that reading the rest needs.
//
//     .debug_info   ┌ header ┬ root DIE ┬ … DIEs … ┐┌ header ┬ …
//                   offset   die_offset            end_offset
//
// A unit is known by its address: a `const struct unit *` and a section offset name any DIE of the program's
// files. All offsets are from the start of the unit's section.
//
//     unit_table_open(program) ─► table of rank 0, its own units
//                                    └─ all: rank 0 │ rank 1, its alternate file │ …
#ifndef STRATA_DWARF_UNIT_H
#define STRATA_DWARF_UNIT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/notices.h"
#include "object/object.h"
#include "type/language.h"
#include "type/type_id.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct unit_table;
struct unit_growth; // of unit_growth.h

struct unit {
    const struct unit_table *table;
    enum section_id section; // SECTION_INFO or SECTION_TYPES
    uint32_t number;         // position in the table, ascending with (section, offset)

    uint64_t offset;     // of the header
    uint64_t die_offset; // of the root DIE
    uint64_t end_offset; // one past the last byte
    uint64_t abbrev_offset;
    uint64_t abbrev_end;   // where its table must have ended, see unit.c
    uint16_t version;      // 2 to 5
    uint8_t unit_type;     // DW_UT_*; DW_UT_compile and DW_UT_type are given to versions before 5, too
    uint8_t address_bytes; // 2, 4 or 8
    uint8_t offset_bytes;  // 4, or 8 in DWARF64

    // Of a unit in a .dwp: where its parts of these sections begin, which the offsets in the unit count from. Else 0.
    uint64_t abbrev_base, str_offsets_part, line_base;

    uint64_t type_signature; // type units only
    uint64_t type_offset;    // type units only: the type's DIE, from the start of the section

    // From the root DIE, which is read when it is needed where table->later is set (unit_is_ready).
    enum language language;
    bool has_line_table;        // line_table_offset is valid
    uint64_t line_table_offset; // DW_AT_stmt_list
    uint64_t
        str_offsets_base; // in the section, of this unit's entries in .debug_str_offsets, past the header
    const char *name;     // DW_AT_name, NULL when there is none; borrowed from the section
    const char *folder;   // DW_AT_comp_dir, the same
    uint64_t dwo_id;      // ties a skeleton to its split unit, in DWARF 4 by GNU's attribute; 0: none
    const char *dwo_name; // the unit is a skeleton: its types are in that file; NULL otherwise
    // (clang's split units carry the attribute, too: there it is left out)
    const struct unit
        *skeleton;      // of a split unit: where its folder and line table stand; NULL: none, or unknown
    uint8_t root_state; // enum root_state in unit_later.c
};

// Names one DIE. A ref with unit NULL names nothing.
struct die_ref {
    const struct unit *unit;
    uint64_t offset;
};

static inline bool die_ref_equal(struct die_ref a, struct die_ref b)
{
    return a.unit == b.unit && a.offset == b.offset;
}

// As the model knows it: types of one unit are built cheaply together.
static inline struct type_id type_id_of(struct die_ref ref)
{
    return (struct type_id){ref.unit, ref.offset};
}

static inline struct die_ref die_ref_of(struct type_id id)
{
    return (struct die_ref){id.group, id.number};
}

// Type units by signature.
struct unit_signatures {
    size_t count;
    const struct unit *units[]; // ascending by signature
};

// The unit tables of one program: that of the object opened, then those of the files that its debug
// information refers to. What several of them hold is ordered by (rank, section, offset).
struct unit_tables {
    struct unit_table **data; // by rank
    size_t length, capacity;
    _Atomic(struct abbrev_kept *)
        kept; // compiled abbrevs of a scan of all units, see unit_view.h; NULL: none
};

struct unit_table {
    const struct object *object;
    struct unit *units; // ascending by (section, offset)
    size_t units_count;
    bool units_are_borrowed; // they stand in the caller's place, see unit_table_open_at
    size_t info_units_count;            // the first ones lie in .debug_info, the rest in .debug_types
    unsigned rank;                      // in `all`
    struct unit_tables *all;            // this one among them
    bool is_package;                    // a .dwp
    const struct unit_table *alternate; // of object->alternate; NULL when there is none
    struct problems problems;           // units that were skipped while the headers were read
    struct unit_signatures *by_signature;
    struct units_later *later; // NULL: all roots are read, and the units whose root cannot be are left out
    struct unit_growth
        *growth; // while .debug_info is being inflated: `units_count` is not set yet. NULL: all is there
};

// Whether `a` comes before `b`: by (rank, section, offset).
static inline bool die_ref_before(struct die_ref a, struct die_ref b)
{
    if (a.unit->table != b.unit->table)
        return a.unit->table->rank < b.unit->table->rank;
    if (a.unit->number != b.unit->number)
        return a.unit->number < b.unit->number;
    return a.offset < b.offset;
}

// Where the unit's folder and table of files stand: it itself, or its skeleton.
static inline const struct unit *unit_of_files(const struct unit *unit)
{
    return !unit->has_line_table && unit->skeleton ? unit->skeleton : unit;
}

// Whether the unit can be used; reads its root DIE where that is still to be done. Thread-safe.
bool unit_make_ready(const struct unit *unit);

static inline bool unit_is_ready(const struct unit *unit)
{
    return !unit->table->later || unit_make_ready(unit);
}

// The unit that holds `offset` of the section, ready; NULL when none does.
const struct unit *unit_at(const struct unit_table *table, enum section_id section, uint64_t offset);

// The type unit of a signature (DW_FORM_ref_sig8), ready; NULL when there is none.
const struct unit *unit_by_signature(const struct unit_table *table, uint64_t signature);

#endif
