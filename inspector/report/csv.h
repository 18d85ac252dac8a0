// RFC 4180: fields in quotes where needed, quotes doubled, lines that end in CR LF.
#ifndef STRATA_REPORT_CSV_H
#define STRATA_REPORT_CSV_H

#include "report/report.h"

// One text field; NULL is an empty one. Bytes that are no UTF-8 become U+FFFD.
void csv_text(struct output *output, const char *text);

// A comma, and the number when it is known.
void csv_number(struct output *output, bool is_known, uint64_t number);

// The line of column titles, and the lines of one type. With `has_path`, or a path, each begins with the path
// of the file that the type is of: several files may share a table.
void csv_header(struct output *output, bool has_path);
void csv_rows(struct output *output, const char *path, const struct described_type *type);

#endif
