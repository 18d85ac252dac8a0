// SPDX-License-Identifier: MIT
// Which definition of an older file is which of a newer one.
#ifndef STRATA_QUERY_PAIRS_H
#define STRATA_QUERY_PAIRS_H

#include "base/error.h"
#include "base/vec.h"
#include "layout/diff.h"
#include "source/type_source.h"

struct entry_pair {
    const struct type_index_entry *old_entry, *new_entry; // NULL: in the other file only
    bool is_alike; // members' names, offsets, sizes and type names are equal
};

typedef VEC(const struct type_index_entry *) entry_list;
typedef VEC(struct entry_pair) entry_pairs;

// Pairs the entries by name, as all compilers could have spelled it; several of one name by what they hold, then by
// where they are declared. Each old entry is in one pair; so is each new one that is like no old one.
// Fails only when memory is short. O(n log n), but for a name's own definitions.
MUST_USE struct error *entries_pair(const entry_list *olds, const entry_list *news, entry_pairs *pairs);

// A side whose enumerations can be read: enumerators among template arguments are then known by name, too.
struct pair_side {
    struct type_maker *maker;
    const struct type_index *index; // of all types
    struct arena *arena;            // of the casts
    struct diff_casts casts;        // gets those that were found; zeroes to begin with
};

// The same with that knowledge of both sides. The makers' graphs grow.
MUST_USE struct error *entries_pair_named(const entry_list *olds, const entry_list *news,
                                          struct pair_side *old_side, struct pair_side *new_side,
                                          entry_pairs *pairs);

#endif
