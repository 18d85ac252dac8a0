// SPDX-License-Identifier: MIT
// Differences between two files, type by type: text, JSON (strata.diff/1), Markdown for a pull request.
#ifndef STRATA_REPORT_DIFF_H
#define STRATA_REPORT_DIFF_H

#include "layout/diff.h"
#include "report/report.h"

// A type that is in one file only, or in both and different. All is borrowed until the item is encoded.
struct diff_type {
    const char *name;          // NULL: anonymous
    const char *kind_word;     // "struct", ...
    const char *declared_file; // in the newer file that has it; NULL: unknown
    uint64_t declared_line;
    bool in_old, in_new;
    bool size_known;
    uint64_t size_bytes;     // of a type that is in one file only
    const struct diff *diff; // of one that is in both
};

struct diff_totals {
    size_t changed, added, removed, alike;
};

// The formats are diff_writers. Items come in this order: all that changed, then what was added, then what
// was removed.
struct diff_document {
    struct report_document document; // first; its file is the newer one
    struct report_file old_file;
    struct diff_totals totals; // complete at end_file
};

#endif
