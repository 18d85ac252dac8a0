// RFC 4180: fields in quotes where needed, quotes doubled, lines that end in CR LF.
#ifndef STRATA_REPORT_CSV_H
#define STRATA_REPORT_CSV_H

#include "base/output.h"

// One text field; NULL is an empty one. Bytes that are no UTF-8 become U+FFFD.
void csv_text(struct output *output, const char *text);

// A comma, and the number when it is known.
void csv_number(struct output *output, bool is_known, uint64_t number);

#endif
