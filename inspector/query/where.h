// SPDX-License-Identifier: MIT
// Filters: --where 'size > 64 && (holes > 0 || !language == "go") && name ~ "^std::"'.
//
//     or     = and {"||" and}
//     and    = unary {"&&" unary}
//     unary  = "!" unary | "(" or ")" | FIELD OPERATOR VALUE
//
// FIELD: a column by its name or title, see columns.h. Numbers are compared by == = != < <= > >=, texts by ==
// = != ~ !~ (POSIX extended regular expression). VALUE: a number (also 0x…, 4k, 1M), a word, or a text in '…'
// or "…" with backslash before either quote.
#ifndef STRATA_QUERY_WHERE_H
#define STRATA_QUERY_WHERE_H

#include "base/error.h"
#include "base/output.h"
#include "query/columns.h"

struct where;

// Over the columns of a table. The error names the column of the text, counted from 1.
MUST_USE struct error *where_parse_over(const struct column_table *table, const char *text,
                                        struct where **where);
MUST_USE struct error *where_parse(const char *text, struct where **where); // over those of types
void where_free(struct where *where);                                       // NULL is fine

// Which parts of a description (enum describe_part) the expression asks for.
unsigned where_needs(const struct where *where);

// "size, …, copies and line by == …": which fields are compared how.
void where_help_over(const struct column_table *table, struct output *output);
void where_help(struct output *output); // of types

// NULL matches all. A number that is not known matches no comparison. Thread-safe.
MUST_USE struct error *where_problem(const struct where *where); // of all where_matches so far; NULL: none
// `record` is of the kind that the table is of: a struct type_summary.
bool where_matches(const struct where *where, const void *record);

#endif
