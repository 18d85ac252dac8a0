// SPDX-License-Identifier: MIT
// The table of columns: what a type's summary holds, how it is called everywhere, what it needs. Filters,
// orders, lists, CSV, JSON, help and completions all go by it; a new column is a line of columns.def, and one
// of report/compact.def for the database.
#ifndef STRATA_QUERY_COLUMNS_H
#define STRATA_QUERY_COLUMNS_H

#include "base/output.h"
#include "query/described.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_id {
#define COLUMN_TEXT(id, ...) COLUMN_##id,
#define COLUMN_NUMBER(id, ...) COLUMN_##id,
#include "query/columns.def"
    COLUMNS
};

// Numbers and borrowed texts, no graph: a list of a million types keeps a million of these. A text is NULL
// when it is unknown. Whether a number is known, its column says.
struct type_summary {
    bool size_known;
    const char *declared_folder; // that declared_file is relative to; no column of its own
#define COLUMN_TEXT(id, field, ...) const char *field;
#define COLUMN_NUMBER(id, field, ...) uint64_t field;
#include "query/columns.def"
};

enum column_unit {
    COLUMN_PLAIN,
    COLUMN_BITS, // kept in bits, shown in bytes, rounded up
};

enum column_known { KNOWN_ALWAYS, KNOWN_UNLESS_ZERO, KNOWN_WITH_SIZE };

struct column {
    const char *name;     // in --where and --sort
    const char *title;    // above a list, and a second name; NULL: it has none
    unsigned cells;       // its width in a list; 0: it is not one of the list's numbers
    const char *key;      // in CSV and JSON
    const char *json_key; // that with all that JSON has around it: ",\"size_bytes\":"
    const char *meaning;  // for help and the man page: a few words, no full stop
    const char *remark;   // behind its name where help lists names; NULL: none
    unsigned needs;       // of enum describe_part
    bool sorts;           // --sort takes it
    bool is_text;
    bool is_waste;       // a list colours it
    bool is_declaration; // JSON has it within "decl"
    bool of_several;     // lists of several files alone have it
    enum column_unit unit;
    enum column_known known;
    size_t field_offset_bytes; // where in the summary
};

extern const struct column columns[COLUMNS];

// The columns of one kind of record: types have these, maps have others (report/maps.h).
struct column_table {
    const struct column *list;
    size_t count;
};

extern const struct column_table type_columns;

// By name or title; NULL: there is none. The word need not end with NUL.
const struct column *column_of(const struct column_table *table, const char *word, size_t length);
const struct column *column_named(const char *word, size_t length); // of types

// The columns that --sort takes. `last` stands before the last one; remarks follow the names unless it is NULL.
void columns_name_sort_keys(struct output *output, const char *separator, const char *last);

// The summary of a type. What was not asked for in its description counts as 0.
struct type_summary type_summarize(const struct described_type *type);

// `record` is what the column's table is of: a struct type_summary for those of types.

// A text, NULL when it is unknown.
static inline const char *column_text(const struct column *column, const void *record)
{
    return *(const char *const *)((const char *)record + column->field_offset_bytes);
}

// The number as it is kept; of one that is unknown whatever stands there.
static inline uint64_t column_kept(const struct column *column, const void *record)
{
    return *(const uint64_t *)(const void *)((const char *)record + column->field_offset_bytes);
}

// KNOWN_WITH_SIZE is for types alone.
static inline bool column_is_known(const struct column *column, const void *record)
{
    return column->known == KNOWN_ALWAYS ||
           (column->known == KNOWN_WITH_SIZE ? ((const struct type_summary *)record)->size_known
                                             : column_kept(column, record) != 0);
}

// The number as it is shown.
static inline uint64_t column_number(const struct column *column, const void *record)
{
    const uint64_t kept = column_kept(column, record);
    return column->unit == COLUMN_BITS ? bits_to_bytes(kept) : kept;
}

#endif
