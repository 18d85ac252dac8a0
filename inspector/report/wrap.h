// SPDX-License-Identifier: MIT
// Words in lines of a screen's width.
#ifndef STRATA_REPORT_WRAP_H
#define STRATA_REPORT_WRAP_H

#include "report/report.h"

// Writes words from the column on; what would be longer than a line goes on in the next, below `indent`. Ends the line. The
// text is made safe.
void text_wrapped(struct output *output, const struct report_style *style, const char *text, size_t column,
                  size_t indent);

#endif
