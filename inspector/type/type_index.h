// SPDX-License-Identifier: MIT
// The types that a source defines, each truly different definition once.
//
// An index borrows from its source.
//
// Entries are ordered by the place of their first definition, so the order does not depend on the number of
// threads.
#ifndef STRATA_TYPE_TYPE_INDEX_H
#define STRATA_TYPE_TYPE_INDEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/notices.h"
#include "type/type.h"

#define TYPE_SIZE_UNKNOWN UINT64_MAX

struct type_index_entry {
    struct type_id id; // the first definition in file order
    const char *
        name; // qualified ("ns::Outer::Name<int>"), without keyword; a typedef's or variable's name for an anonymous
    // type
    uint64_t name_hash;  // type_index_name_hash(name)
    enum type_kind kind; // TYPE_STRUCT, CLASS, UNION, INTERFACE, ENUM, BASE or TYPEDEF
    bool size_known;     // size_bytes is a constant in the debug information
    bool has_variants;   // has variant parts: a Rust enum, a variant record
    bool
        named_by_typedef; // the type is anonymous, id names the type itself, name comes from a typedef, or from
                          // a variable that holds one
    uint64_t size_bytes;
    uint64_t declared_file; // number in the file table of the type's group; 0: unknown
    uint64_t declared_line;
    uint32_t members_count; // direct ones, bases and static members not counted
    uint32_t copies;        // definitions folded into this entry, at least 1
    uint64_t shape;         // fingerprint of members' names, offsets, sizes and type names
    uint64_t outline;       // the same without sizes of types; 0: not told apart from the shape
    uint32_t unknown_sizes; // types of members and bases whose sizes this definition's unit does not tell
    // Where there are some: the sizes of all members' and bases' types, in turn; TYPE_SIZE_UNKNOWN.
    uint32_t part_sizes_count;
    uint64_t *part_sizes;
};

struct type_index {
    struct type_index_entry *entries;
    size_t entries_count;
    struct problems problems; // what was skipped, in file order
    bool is_valid;            // everything that the source holds was read and keeps the rules of its format
    uint64_t items_count;     // items of debug information decoded for it, for the benchmark
    struct arena arena;       // owns the names that are not texts of the object itself
};

void type_index_free(struct type_index *index); // NULL is fine

uint64_t type_index_name_hash(const char *name);

#endif
