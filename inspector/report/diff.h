// SPDX-License-Identifier: MIT
// Differences between two files, type by type: text, JSON (strata.diff/1), Markdown for a pull request. Of two folders, file by
// file, the same document has a part for each (JSON: strata.diffs/1).
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
    bool is_repeated;        // an earlier file of the folders has the same: people need not read it twice
};

struct diff_totals {
    size_t changed, added, removed, alike;
};

// The formats are diff_writers. Items come in this order: all that changed, then what was added, then what
// was removed.
struct diff_document {
    struct report_document document; // first; its file is the newer one
    struct report_file old_file;
    struct diff_totals totals;          // complete at end_file
    const struct diff_folders *folders; // NULL: of two files; what follows is for folders
    const char *path;                   // below both
    bool in_old, in_new;                // with debug information; where it is in one alone there are no items
    bool lacks_debug;                   // it is in the other folder, too, without debug information
    size_t types_count;                 // of a file that is in one
    size_t repeated;                    // complete at end_file
};

// Two folders. Complete when the document is finished; must live until then.
struct diff_folders {
    const char *old_path, *new_path;
    size_t both, differ,
        differ_repeated; // files in both; those that differ, and those that do only as earlier ones do
    size_t only_old, only_new;
    struct diff_totals totals; // each truly different definition, or change of one, once
};

#endif
