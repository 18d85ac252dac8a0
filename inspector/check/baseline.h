// SPDX-License-Identifier: MIT
// A blessed baseline: breaks of rules that are known and not to be reported again until they get worse.
//
//     {"schema": "strata.baseline/1", "breaks": [{"type": "demo", "rule": "max_size 16", "value": 24}]}
//
// Where several files are checked, a break has the path of its "file", too; one without holds for all.
#ifndef STRATA_CHECK_BASELINE_H
#define STRATA_CHECK_BASELINE_H

#include "base/error.h"
#include "check/results.h"
#include "check/rules.h"

struct baseline;

MUST_USE struct error *baseline_read(const char *path, struct baseline **baseline);
void baseline_free(struct baseline *baseline); // NULL is fine

// Whether the break is in the baseline, and no worse than it is there. `rule` is NULL for a type that is not
// there. NULL has nothing.
bool baseline_has(const struct baseline *baseline, const struct check_result *result,
                  const struct rule *rule);

// Writes all breaks, blessed before or not, to `path`: whole, or not at all.
MUST_USE struct error *baseline_write(const char *path, const struct check_result *results, size_t count);

#endif
