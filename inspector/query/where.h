// Filters: --where 'size > 64 && (holes > 0 || !language == "go") && name ~ "^std::"'.
//
//     or     = and {"||" and}
//     and    = unary {"&&" unary}
//     unary  = "!" unary | "(" or ")" | FIELD OPERATOR VALUE
//
// FIELD of numbers: size align members holes waste deep_waste savings cachelines straddlers hot contended
// copies line, with == = != < <= > >=. FIELD of text: name kind language file, with == = != ~ !~ (POSIX extended
// regular expression). VALUE: a number (also 0x…, 4k, 1M), a word, or a text in '…' or "…" with backslash before
// either quote.
#ifndef STRATA_QUERY_WHERE_H
#define STRATA_QUERY_WHERE_H

#include "base/error.h"
#include "report/list.h"
#include <stdbool.h>

struct where;

// The error tells the column, counted from 1.
MUST_USE struct error *where_parse(const char *text, struct where **where);
void where_free(struct where *where); // NULL is fine

// NULL matches all. A number that is not known matches no comparison. Thread-safe.
bool where_matches(const struct where *where, const struct type_summary *summary);

#endif
