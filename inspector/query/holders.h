// SPDX-License-Identifier: MIT
// Which types hold a type, or point to it, and in which member.
#ifndef STRATA_QUERY_HOLDERS_H
#define STRATA_QUERY_HOLDERS_H

#include "base/vec.h"
#include "query/walk.h"

#include <stdatomic.h>

enum hold_how {
    HOLD_VALUE,
    HOLD_BASE,    // as a base class
    HOLD_ARRAY,   // an array of it
    HOLD_POINTER, // or a reference; also arrays of pointers, and pointers to pointers
};

// "value", "base", "array", "pointer".
const char *hold_how_word(enum hold_how how);

struct holding {
    size_t position;       // of the holder in the selection
    const char *member;    // its path within the holder: "header.next"; lives as long as the walk
    const char *type_text; // as the member declares it; likewise
    enum hold_how how;
    uint64_t offset_bits;
    bool offset_known;
};

// All of one search.
struct holders_search {
    struct walk walk;          // owns the texts: walk_free
    VEC(struct holding) found; // by holder, then by place
};

// Looks through all types of the selection for members of the record, union, enumeration or typedef of that name (keyword off).
// What lies in a nameless member counts as the holder's own. Fails on what reading fails on. To be freed also when it fails.
// `stops`, which another thread may set, ends it early with an error; NULL: nobody does.
MUST_USE struct error *holders_find(const struct query *query, const struct selection *selection,
                                    const char *name, const atomic_bool *stops,
                                    struct holders_search *search);
void holders_search_free(struct holders_search *search);

#endif
