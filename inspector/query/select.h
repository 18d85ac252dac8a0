// SPDX-License-Identifier: MIT
// Which types of a file a command is about.
#ifndef STRATA_QUERY_SELECT_H
#define STRATA_QUERY_SELECT_H

#include "base/notices.h"
#include "base/vec.h"
#include "query/match.h"
#include "query/query.h"

// What counts besides the types with members where no exact name is given.
enum select_also { SELECT_NO_MORE, SELECT_ENUMERATIONS };

struct selection {
    struct type_index *index;
    size_t *numbers; // of entries: in the order of the patterns, then of the index
    size_t count;
    bool index_is_full;          // the index holds everything, not only what was asked for
    struct notices missing;      // a line for each pattern that fits nothing, where others fit something
    VEC(size_t) missing_numbers; // of these patterns
};

// The types that `patterns` (see match.h) name; of each name all different definitions, but no typedef where
// a record has the same name. Without patterns: all types that have members, and what is asked for besides. A name that is
// none in full may be the end of one: "Data" of "r::Data". ERROR_NOT_FOUND names the nearest names when no
// pattern fits anything, or those that such an end stands for when they are several. An exact name costs only the units that hold it.
// Where query->first is set, of each name only the first definition, without a count of its copies.
MUST_USE struct error *select_types(const struct query *query, char *const *patterns, size_t patterns_count,
                                    enum select_also also, struct selection *selection);
void selection_free(struct selection *selection);

// What select_types will ask a source for first: for type_source_options, when a file is opened for that.
struct select_ahead {
    struct type_source_ahead ahead; // borrows from this, and from the patterns
    struct match *matches;
    size_t matches_count;
    const char **names;
};

// Fills `ahead`; with what cannot be foretold (a bad pattern, no memory) nothing is expected. To be freed.
void select_ahead_make(char *const *patterns, size_t patterns_count, bool first, struct select_ahead *ahead);
void select_ahead_free(struct select_ahead *ahead);

// What select_types picks without patterns, of an index that is there already. *numbers is the caller's, to be freed.
MUST_USE struct error *select_all(const struct type_index *index, enum select_also also, size_t **numbers,
                                  size_t *count);

// ERROR_NOT_FOUND with the nearest names when no type of the file is named so (keyword or not). An index that
// is not full proves nothing and passes.
MUST_USE struct error *selection_require(const struct query *query, const struct selection *selection,
                                         const char *name);

#endif
