// SPDX-License-Identifier: MIT
// First pass over a unit: where its types and scopes lie.
//
//     unit ─ namespace a ─┬─ struct S ─┬─ struct Inner      records, in order of offsets:
//                         │            └─ members             0 a        [start, end)  parent none
//                         └─ typedef T                        1 S        [start, end)  parent 0
//                                                             2 S::Inner …             parent 1
//                                                             3 T                      parent 0
//
// A qualified name is the way up through `parent`; the scope of any DIE is the innermost record that holds
// its offset.
#ifndef STRATA_SCAN_TYPE_RECORDS_H
#define STRATA_SCAN_TYPE_RECORDS_H

#include "dwarf/unit_view.h"

#define NO_RECORD UINT32_MAX

struct type_record {
    uint32_t start, end; // of the DIE and, where names have scopes, its subtree, from the unit's header
    uint32_t parent;     // record of the enclosing scope, NO_RECORD at the top
    uint16_t tag;
    uint8_t role; // ROLE_AGGREGATE, ENUM, BASE, TYPEDEF, NAMESPACE, FUNCTION or VARIABLE
    bool is_declaration : 1;
    bool has_children : 1;
    bool size_known : 1;
    bool named_by_typedef : 1; // name is that of a typedef of this anonymous type
    bool passed_over : 1;      // by WALK_BETWEEN_STRUCTS: its children have not been looked at yet
    bool has_signature : 1;    // stands for the type of a type unit
    uint64_t name;             // a text_id, 0: none
    uint64_t specification;    // a reference_id, 0: none
    union {
        uint64_t target;    // typedefs, variables: a reference_id, 0: none
        uint64_t signature; // with has_signature
    };
    uint64_t size_bytes;
    uint32_t decl_file, decl_line;
    uint64_t scope_hash; // of this record as a scope; 0: not computed yet
};

struct type_records {
    struct type_record *data;
    size_t length, capacity;
    bool is_cut; // the walk has stopped behind the last hit
    // Of some records nothing but their start, end and parent may be known, and their tag is 0: type_records_need reads those of
    // them that are needed from here. NULL: all are read.
    const struct unit_view *unread;
};

// How much of a unit is walked.
enum walk_extent {
    WALK_ALL,
    // In languages whose structs hold no types (C), the children of named ones are left to the reader of
    // their shapes: each DIE is decoded once all the same.
    WALK_BETWEEN_STRUCTS,
    WALK_TO_HITS, // a subtree without a hit is passed over
};

struct walk_plan {
    enum walk_extent extent;
    const uint32_t *hits; // WALK_TO_HITS: where the bytes of a name that is looked for stand, from the unit's
                          // header, ascending
    size_t hits_count;
    // WALK_TO_HITS, in languages whose names have no scopes: the walk may stop behind the last hit. What follows is
    // then not validated.
    bool may_stop;
    // WALK_ALL, in the same languages: bit i: no type is wanted whose name stands at i in .debug_str. NULL: any may be.
    const uint64_t *unfit;
    uint64_t unfit_bits;
};

// Fills `records` (emptied first) for the unit. ERROR_BAD_FORMAT when the unit breaks the rules: the caller
// skips it. *dies_count is increased by the number of DIEs decoded.
MUST_USE struct error *type_records_read(const struct unit_view *view, const struct walk_plan *plan,
                                         struct type_records *records, uint64_t *dies_count);

// The record of the DIE at the position, without its scope. False when there is none that can be read.
bool type_record_read(const struct unit_view *view, uint32_t position, struct type_record *record);

// Reads the record of that number unless it is read.
void type_records_need(struct type_records *records, uint32_t index);

// The innermost record that holds the position but does not start there; NO_RECORD when it is at the top.
uint32_t type_records_scope(const struct type_records *records, uint32_t position);

// The record that starts at the position, or NO_RECORD.
uint32_t type_records_find(const struct type_records *records, uint32_t position);

// The text_id of a record's own name: its declaration's when it completes one (DW_AT_specification). 0: none.
uint64_t type_record_name(const struct unit_view *view, const struct type_record *record);

// The record of the scope that record `index` belongs to: its parent, or its declaration's. NO_RECORD at the
// top. Both are read then.
uint32_t type_record_scope(struct type_records *records, uint32_t index);

#endif
