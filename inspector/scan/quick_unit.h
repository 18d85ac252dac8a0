// SPDX-License-Identifier: MIT
// The quick pass over a unit of C, or of a language whose names have scopes, as C++: knows definitions again that other units of
// the file have told before, without reading a text or computing a size. Nearly all definitions of a large program are copies.
//
//     unit ─ walk ─► items: where the types stand ─► a key for each ─► definitions: key, place
//
// A key is of all that a type's fingerprint (type_hash.h) depends on, but with offsets of names in the place of
// texts. So equal keys are of equal definitions, while equal definitions may have several keys: the same text may
// stand twice in .debug_str. Keys hold for one scan: they are made with numbers drawn for it, so that no file can
// have been made to let them meet.
//
// Nothing is taken on trust. A unit with anything odd about it is given up and left to the general way, which
// knows what to say about it: an unknown code, a reference out of the unit, a type unit's signature, in C children that are
// not members, a sibling that is not where the children end, types that lead to each other in more than 40 steps, more than
// 65 535 of them. A definition alone goes the general way where its name lacks its template arguments, where it has variants,
// and where a variable gives it its name: its key is like no other then.
#ifndef STRATA_SCAN_QUICK_UNIT_H
#define STRATA_SCAN_QUICK_UNIT_H

#include "dwarf/unit_view.h"

// Drawn for each scan, the same on all its threads.
struct quick_secret {
    uint64_t name, number, content, type, shape, place;
};

// Draws one (base/secret.h).
struct quick_secret quick_secret_draw(void);

// A definition that the unit tells; positions are from the unit's header.
struct quick_definition {
    uint64_t key;
    uint32_t start, namer; // of the type, and of what names it: itself, a typedef or a variable
};

// A type at its place.
struct quick_item {
    uint32_t position;
    uint32_t code; // of its abbrev, and flags of quick_parts.h
    uint64_t key;  // of what it is called and how large it is; 0: not known yet
};

// Where names have scopes: what type_records.h has a record of, in the same order. Number 0 stands for the unit itself.
struct quick_record {
    uint64_t scope_key;             // of it as a scope; 0: not known yet
    uint32_t start, end;            // as type_record's
    uint32_t parent;                // the record of the scope around it
    uint32_t item;                  // of a type; NO_ITEM: a namespace, a function or a variable
    uint32_t first_part, last_part; // of its members or enumerators; 0: it has none
};

#define NO_ITEM UINT32_MAX

// A member, base, variant part or enumerator, and the next one of the same record; 0: there is none.
struct quick_part {
    uint32_t position, next;
};

// A variable that may give its type a name, and the position of its type; 0: not known.
struct quick_variable {
    uint32_t position, target;
};

// Belongs to one thread. Starts zeroed, but for the secret; what it holds is kept from unit to unit.
struct quick_unit {
    struct quick_secret secret;
    const struct unit_view *view;
    const uint8_t *header, *end;
    const struct abbrev *const *abbrevs; // by code - 1
    uint64_t codes;                      // one more than abbrevs
    const uint8_t *name_offsets; // of names by index: entries of .debug_str_offsets from the unit's base on
    uint64_t name_offsets_count;
    uint32_t length;
    bool is_given_up;

    struct quick_item *items; // ascending by position
    uint32_t *records;        // which of them are named types, or would be if they had names
    uint16_t *map;            // by position / 4: the item there, unless another one is so near
    uint32_t items_count, records_count, items_capacity, records_capacity, map_capacity;
    // Where names have scopes:
    bool has_scopes;
    struct quick_record *scoped; // in the place of `records`
    struct quick_part *parts;    // from 1
    uint32_t *item_records;      // by item: its record; 0: a pointer or the like, which has none
    uint32_t scoped_count, parts_count, scoped_capacity, parts_capacity, item_records_capacity;
    uint32_t climbs_left; // steps from a record to the one around it
    struct quick_variable *variables;
    size_t variables_count, variables_capacity;
    uint64_t dies_count; // of this unit

    struct quick_definition *definitions;
    uint32_t definitions_count, definitions_capacity;
};

// Reads the unit's definitions. False: it is not as plain as that, or memory is short.
bool quick_unit_read(struct quick_unit *quick, const struct unit_view *view);

// Brings the names of the members or enumerators of a definition on their way into the caches: between two first definitions many
// megabytes go by, and whoever reads the names waits for each.
void quick_names_prefetch(const struct quick_unit *quick, uint32_t position);

void quick_unit_free(struct quick_unit *quick);

#endif
