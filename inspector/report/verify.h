// SPDX-License-Identifier: MIT
// What `strata verify` found, as text and as a document (strata.verify/1).
#ifndef STRATA_REPORT_VERIFY_H
#define STRATA_REPORT_VERIFY_H

#include "check/verify.h"
#include "report/report.h"

// One part of the report: strata itself, or a file.
struct verify_part {
    const struct report_file *file;       // NULL: strata itself
    struct crosscheck *check;             // NULL: nothing to lay side by side in it
    size_t target;                        // the file's column in `check`, or VERIFY_NO_TARGET
    const struct verify_abi *abi;         // NULL: not recomputed
    const struct verify_sources *sources; // NULL: the file has one format only
    const char *const *notes;             // things worth saying, a sentence each
    size_t notes_count;
};

// What strata found of one or several files: the formats are verify_writers, items struct verify_part.
struct verify_document {
    struct report_document document; // first; its file is not used: each part names its own
    bool explain;                    // how each witness knows
    bool all;                        // subjects and types that agree too
    size_t findings;                 // of all parts; complete at end_file
};

// Disagreements in the part.
size_t verify_findings(const struct verify_part *part);

#endif
