// SPDX-License-Identifier: MIT
// What the formats of `strata explain` share.
#ifndef STRATA_REPORT_EXPLAIN_PARTS_H
#define STRATA_REPORT_EXPLAIN_PARTS_H

#include "report/explain.h"

// The lines of death_advice that fit the cause; NULL ends them.
void explain_advice(const struct cause *cause, const char *advice[DEATH_ADVICE_MOST + 1]);

// One of them, with the map's type and name filled in. The text is not made safe.
void explain_advice_line(struct output *text, const struct cause *cause, const char *line);

#endif
