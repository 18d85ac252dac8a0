// SPDX-License-Identifier: MIT
// RFC 4180: fields in quotes where needed, quotes doubled, lines that end in CR LF.
#ifndef STRATA_REPORT_CSV_H
#define STRATA_REPORT_CSV_H

#include "base/output.h"
#include "report/report.h"

// One text field; NULL is an empty one. Bytes that are no UTF-8 become U+FFFD. For a spreadsheet, see the style, a
// text that it would take for a formula gets an apostrophe in front: OWASP, "CSV Injection".
void csv_text(struct output *output, const struct report_style *style, const char *text);

// A comma, and the number when it is known.
void csv_number(struct output *output, bool is_known, uint64_t number);

#endif
