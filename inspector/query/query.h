// SPDX-License-Identifier: MIT
// What every question about the types of a source needs: what the others in query/ take.
#ifndef STRATA_QUERY_QUERY_H
#define STRATA_QUERY_QUERY_H

#include "base/notices.h"
#include "base/progress.h"
#include "layout/layout.h"
#include "source/type_source.h"
#include "type/name_fit.h"

// All borrowed.
struct query {
    const struct type_source *source;
    struct layout_options layout;
    unsigned threads;               // at least 1
    bool first;                     // of each name the first definition is enough, see select_types
    struct notice_sink *notices;    // what was passed over, a line each; NULL: nobody asks
    struct progress_sink *progress; // NULL: nobody asks
};

// The index of everything, with progress; its problems have been given to the notices. The caller's.
MUST_USE struct error *query_index(const struct query *query, struct type_index **index);

// Some types, at least `enough` where there are as many: for a first screen, in a fraction of the time. The caller's.
MUST_USE struct error *query_index_some(const struct query *query, size_t enough, struct type_index **index);

// Only the types of these names, see type_source_find_names; its problems likewise.
MUST_USE struct error *query_find_names(const struct query *query, const char *const *names, size_t count,
                                        struct type_index **index);

// At least the types whose names `fits` accepts, see type_source_find_fitting; its problems likewise, with progress.
MUST_USE struct error *query_find_fitting(const struct query *query, name_rule *fits, void *context,
                                          struct type_index **index, bool *is_all);

#endif
