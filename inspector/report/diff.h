// Differences between two files, type by type: text, JSON (strata.diff/1), Markdown for a pull request.
#ifndef STRATA_REPORT_DIFF_H
#define STRATA_REPORT_DIFF_H

#include "layout/diff.h"
#include "report/report.h"

struct diff_document {
    struct report_file old_file, new_file;
    struct report_style style;
};

// A type that is in one file only, or in both and different.
struct diff_type {
    const char *name;          // NULL: anonymous
    const char *kind_word;     // "struct", ...
    const char *declared_file; // in the newer file that has it; NULL: not told
    uint64_t declared_line;
    bool in_old, in_new;
    bool size_known;
    uint64_t size_bytes;     // of a type that is in one file only
    const struct diff *diff; // of one that is in both
};

struct diff_totals {
    size_t changed, added, removed, alike;
};

struct diff_format {
    const char *name; // "text", "json", "markdown"
    void (*begin)(struct output *output, const struct diff_document *document);
    // First all that changed, then what was added, then what was removed.
    void (*type)(struct output *output, const struct diff_document *document, const struct diff_type *type,
                 size_t number);
    void (*end)(struct output *output, const struct diff_document *document,
                const struct diff_totals *totals);
};

// The format of that name; NULL: there is none.
const struct diff_format *diff_format_named(const char *name);

#endif
