// SPDX-License-Identifier: MIT
// One line a type: what `strata list` writes. Items are struct type_summary, see query/columns.h.
#ifndef STRATA_REPORT_LIST_H
#define STRATA_REPORT_LIST_H

#include "query/columns.h"
#include "report/writer.h"

struct list_document {
    struct report_document document; // first
    size_t lines_count;              // of items: known before the first
    // Of a list of several files all that were read, in their order; NULL: there is one, document.file.
    const struct report_file *files;
    size_t files_count;
};

// Which parts of a description (enum describe_part) the columns that the format has ask for.
unsigned list_needs(const struct writer *writer);

#endif
