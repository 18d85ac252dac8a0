// SPDX-License-Identifier: MIT
// A file opened as a source of types, listed and built. What cannot be read is said in one line.
#ifndef STRATA_TESTS_FUZZ_SOURCE_H
#define STRATA_TESTS_FUZZ_SOURCE_H

#include "fuzz_file.h"
#include "source/source_open.h"

#include <stdlib.h>
#include <string.h>

enum { BUILT_MOST = 64 };

static inline void build_all(const struct type_source *source, const struct type_index *index)
{
    struct type_maker *maker = NULL;
    is_fine(type_source_make(source, index, &maker));
    for (size_t i = 0; maker && i < index->entries_count && i < BUILT_MOST; i++) {
        const struct type *type;
        is_fine(type_maker_build(maker, &index->entries[i], &type));
    }
    type_maker_close(maker);
}

static inline struct error *count_variable(void *context, const struct type_source_variable *variable)
{
    *(size_t *)context += strlen(variable->name);
    return NULL;
}

static inline void exercise_source(const char *path, const char *slice)
{
    static const char *const nowhere[] = {NULL};
    const struct type_source_options options = {.debug_folders = nowhere, .slice = slice, .threads = 1};
    const struct type_source_index_options all = {.threads = 1};
    struct type_source *source = NULL;
    struct error *error = type_source_open(path, &options, NULL, &source);
    if (!error != !!source)
        abort();
    is_fine(error);
    struct type_index *index = NULL;
    if (source)
        is_fine(type_source_index(source, &all, &index));
    if (index)
        build_all(source, index);
    size_t names_bytes = 0;
    if (source)
        is_fine(type_source_variables(source, count_variable, &names_bytes));
    type_index_free(index);
    type_source_close(source);
}

#endif
