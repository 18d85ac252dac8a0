// SPDX-License-Identifier: MIT
// Regular expressions, as POSIX has the extended ones, for look-ups, --where and rules. A comparison takes time in
// proportion to the length of the text and to the size of the pattern, whatever both are: TRE follows all ways at once
// and never tries them one after another.
#ifndef STRATA_QUERY_PATTERN_H
#define STRATA_QUERY_PATTERN_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct pattern;

// ERROR_USAGE says what is wrong, without the pattern. Refused besides what is no expression: back references, which
// cannot be compared in linear time, and what is too large with its repetitions counted out. The text is that of the
// locale; one that is not valid there matches nothing.
MUST_USE struct error *pattern_create(const char *text, size_t length, struct pattern **pattern);
void pattern_free(struct pattern *pattern); // NULL is fine

// Whether some part of `text` matches. Thread-safe. When memory is short it is false, and pattern_problem says so from
// then on.
bool pattern_matches(const struct pattern *pattern, const char *text);
MUST_USE struct error *pattern_problem(const struct pattern *pattern); // of any comparison so far; NULL: none

#endif
