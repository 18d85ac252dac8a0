// The types that an object defines, each truly different definition once: what the scan yields.
//
// An index borrows from its unit table and object.
//
// Entries are ordered by the place of their first definition, so the order does not depend on the number of
// threads.
#ifndef STRATA_TYPE_TYPE_INDEX_H
#define STRATA_TYPE_TYPE_INDEX_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/unit.h"

struct type_index_entry {
    struct die_ref die; // the first definition in file order
    const char
        *name; // qualified ("ns::Outer::Name<int>"), without keyword; a typedef's name for an anonymous type
    uint64_t name_hash;    // type_index_name_hash(name)
    uint16_t tag;          // DW_TAG_structure_type, class_type, union_type, interface_type, enumeration_type,
                           // base_type, typedef
    bool size_known;       // size_bytes is a constant in the debug information
    bool has_variants;     // holds a DW_TAG_variant_part: a Rust enum, a variant record
    bool named_by_typedef; // the type is anonymous, die names the type itself, name comes from a typedef
    uint64_t size_bytes;
    uint64_t declared_file; // index into the unit's file table, see line_files.h; 0 when not told
    uint64_t declared_line;
    uint32_t members_count; // direct ones, bases and static members not counted
    uint32_t copies;        // definitions folded into this entry, at least 1
    uint64_t shape;         // fingerprint of members' names, offsets, sizes and type names
};

struct type_index {
    struct type_index_entry *entries;
    size_t entries_count;
    struct problems problems; // units that were skipped while scanning, in file order
    bool units_are_valid; // every unit of the object, and of its alternate file, was read and keeps the rules
    uint64_t dies_count;  // decoded, for the benchmark
    struct arena arena;   // owns the names that are not texts of the object itself
};

void type_index_free(struct type_index *index); // NULL is fine

uint64_t type_index_name_hash(const char *name);

#endif
