// Which definition of an older file is which of a newer one.
#ifndef STRATA_QUERY_PAIRS_H
#define STRATA_QUERY_PAIRS_H

#include "base/error.h"
#include "base/vec.h"
#include "type/type_index.h"

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

#endif
