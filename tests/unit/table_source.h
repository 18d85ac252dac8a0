// SPDX-License-Identifier: MIT
// A source of types without any debug information: a table in C. It stands for a format that is not written yet.
#ifndef STRATA_TESTS_TABLE_SOURCE_H
#define STRATA_TESTS_TABLE_SOURCE_H

#include "source/type_source.h"

// What a file holds. Each type's id is {the table, its number}; table_source_open sets it.
struct type_table_file {
    const char *path;
    struct type *const *types;
    size_t count;
};

// *source is the caller's and borrows the table.
MUST_USE struct error *table_source_open(const struct type_table_file *file, struct type_source **source);

#endif
