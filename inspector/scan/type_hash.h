// SPDX-License-Identifier: MIT
// Fingerprints of types: equal for two definitions that are the same one, compiled twice.
//
//     name hash   by what a type is called: kind, scope and name; pointers, arrays and functions by their
//     parts; an anonymous
//                 struct by its shape. `struct foo *` hashes the same whether foo is defined in the unit or
//                 only declared.
//     shape       of a definition: each member's name, offset, bit size, type's name hash and type's size, in
//     order.
//     outline     of a definition: the same without the sizes of types, which a unit may not tell.
//
// Hashes are of contents, never of offsets: they are the same in every unit, file and run.
#ifndef STRATA_SCAN_TYPE_HASH_H
#define STRATA_SCAN_TYPE_HASH_H

#include "dwarf/unit_view.h"
#include "scan/type_memo.h"
#include "scan/type_records.h"
#include "type/type_index.h"

struct type_shape {
    uint64_t hash;
    // Where names have scopes, as any unit tells them: the same without the sizes of the members' types, in any
    // order. gcc only declares a class whose vtable is in another unit, and then does not tell its size.
    uint64_t outline;
    uint32_t unknown_sizes; // of members and bases
    uint32_t members_count; // direct fields; bases and static members not counted
    bool has_variants;
    bool holds_types;    // or what may hold some: functions, blocks
    bool is_broken;      // a child could not be decoded, or the children do not end
    uint32_t dies_count; // direct children, and those of variants
};

struct text_hash_slot;
struct hash_sources;
struct die_reader;

// Belongs to one thread. type_hasher_init once; type_hasher_enter for each unit.
struct type_hasher {
    struct abbrev_cache *abbrevs; // borrowed
    struct hash_sources *sources; // the unit entered, and those that its types refer to
    struct text_hash_slot *texts;
    struct type_memo memo;
    // For names of templates' instances that lack their arguments.
    struct die_reader *reader; // NULL until it is needed
    uint64_t reads_left;       // DIEs that may be read for such names in this unit
    bool is_home_valid;        // the unit entered has been read from start to end
    struct arena names;        // of this unit
    bool out_of_memory;        // looked at by the owner after each unit
};

MUST_USE struct error *type_hasher_init(struct type_hasher *hasher, struct abbrev_cache *abbrevs);
void type_hasher_free(struct type_hasher *hasher);

// From here on, hashes are of the DIEs of `view`; both are borrowed until the next call.
void type_hasher_enter(struct type_hasher *hasher, const struct unit_view *view,
                       struct type_records *records);

// The owner has read the unit that is entered from start to end: it need not be validated again for its names.
void type_hasher_trust(struct type_hasher *hasher);

// Hash of the text; that of "" for an id that leads nowhere.
uint64_t type_hasher_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id);

// Hash of the scope that record `index` of the entered unit lies in; 0 at the top.
uint64_t type_hasher_scope_of(struct type_hasher *hasher, uint32_t index);

// The name of the type that the signature's type unit defines; NULL when there is none. Lives until the next
// unit is entered.
const char *type_hasher_signed_name(struct type_hasher *hasher, uint64_t signature);

// The signature's type unit when its type has no name of its own; else NULL.
const struct unit *type_hasher_nameless_unit(struct type_hasher *hasher, uint64_t signature);

// The name of the DIE at the position of the entered unit with the template arguments that the unit leaves
// out; NULL when it is called as it stands, as nearly all are. Lives until the next unit is entered.
const char *type_hasher_full_name(struct type_hasher *hasher, uint32_t position);

uint64_t type_hasher_full_text(const char *full); // its hash, as that of any other text

// Shape of the struct, union or enumeration at the position (from the header of the entered unit).
struct type_shape type_hasher_shape(struct type_hasher *hasher, uint32_t position);

// The sizes of the types of its members and bases, in turn, in the arena. False when memory is short.
MUST_USE bool type_hasher_part_sizes(struct type_hasher *hasher, uint32_t position, struct arena *arena,
                                     struct type_index_entry *entry);

// What the type that the typedef at the position names is called, and its size.
struct type_facts type_hasher_target(struct type_hasher *hasher, uint32_t position);

// The halves of a 128-bit product, folded: each input bit reaches all output bits.
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    __extension__ typedef unsigned __int128 uint128;
    uint128 product = (uint128)(hash ^ UINT64_C(0x2d358dccaa6c78a5)) * (value ^ UINT64_C(0x8bb84b93962eacc9));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
