// SPDX-License-Identifier: MIT
// Which types hold a type: what `strata list --holders` writes, a line a member. Of several files each different one stands once.
#ifndef STRATA_REPORT_HOLDERS_H
#define STRATA_REPORT_HOLDERS_H

#include "query/holders.h"
#include "report/writer.h"

// Items of the formats, holders_writers. Borrowed until the item is encoded.
struct report_holding {
    const struct holding *holding;
    const char *holder, *kind_word; // the type that has the member
    const char *in_path;            // of several files, the first that has it
    size_t in_files;                // and how many do
};

struct holders_document {
    struct report_document document; // first
    const char *held;                // the name of the type that is held
    size_t lines_count;
    const struct report_file *files; // NULL: one, the document's
    size_t files_count;
};

#endif
