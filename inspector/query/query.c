// SPDX-License-Identifier: MIT
#include "query/query.h"

struct error *query_index(const struct query *query, struct type_index **index)
{
    const struct type_source_index_options options = {.threads = query->threads, .progress = query->progress};
    progress_start(query->progress, "scanning");
    struct error *error = type_source_index(query->source, &options, index);
    progress_stop(query->progress);
    if (!error)
        problems_give(&(*index)->problems, query->notices);
    return error;
}

struct error *query_index_some(const struct query *query, size_t enough, struct type_index **index)
{
    const struct type_source_index_options options = {.threads = 1, .enough = enough};
    return type_source_index(query->source, &options, index);
}

struct error *query_find_names(const struct query *query, const char *const *names, size_t count,
                               struct type_index **index)
{
    const struct type_source_index_options options = {.threads = query->threads, .first = query->first};
    struct error *error = type_source_find_names(query->source, names, count, &options, index);
    if (!error)
        problems_give(&(*index)->problems, query->notices);
    return error;
}

struct error *query_find_fitting(const struct query *query, name_rule *fits, void *context,
                                 struct type_index **index, bool *is_all)
{
    const struct type_source_index_options options = {.threads = query->threads, .progress = query->progress};
    progress_start(query->progress, "scanning");
    struct error *error = type_source_find_fitting(query->source, fits, context, &options, index, is_all);
    progress_stop(query->progress);
    if (!error)
        problems_give(&(*index)->problems, query->notices);
    return error;
}
