// SPDX-License-Identifier: MIT
// What a TYPE on the command line means: an exact qualified name, a glob, or /a regular expression/.
#ifndef STRATA_QUERY_MATCH_H
#define STRATA_QUERY_MATCH_H

#include "base/error.h"
#include "query/pattern.h"
#include <stdbool.h>
#include <stddef.h>

struct match {
    const char *text; // as given, its keyword ("struct ", …) taken off; borrowed
    bool is_regex;
    bool may_be_glob;        // has * ? or [; these stand in names, too: "[]uint8", "Box<int *>"
    struct pattern *pattern; // of a regular expression
};

// ERROR_USAGE when the regular expression is none. Commas, spaces and so on are part of names.
MUST_USE struct error *match_create(const char *text, struct match *match);
void match_free(struct match *match);

// "list_head" of "struct list_head".
const char *match_without_keyword(const char *text);

// As a pattern, or to the letter when it is none; spaces count between two words only.
bool match_pattern(const struct match *match, const char *name);
MUST_USE struct error *match_problem(const struct match *match); // of all match_pattern so far; NULL: none
bool match_exact(const struct match *match, const char *name);

#define MATCH_FAR SIZE_MAX

// How far a name is from what was asked: smaller is nearer, MATCH_FAR is not near at all. The same last
// component ("Demo" for "main.Demo"), and other cases, count as near.
size_t match_distance(const struct match *match, const char *name);
// The same where the name's last component is known.
size_t match_distance_of(const struct match *match, const char *name, const char *component);

#endif
