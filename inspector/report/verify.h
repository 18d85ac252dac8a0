// What `strata verify` found, as text and as a document (strata.verify/1).
#ifndef STRATA_REPORT_VERIFY_H
#define STRATA_REPORT_VERIFY_H

#include "check/abi_recompute.h"
#include "check/crosscheck.h"
#include "report/report.h"

// One difference of a recomputed type. Texts are the caller's.
struct verify_difference {
    const char *field; // NULL: the size
    uint64_t recorded_bits, computed_bits;
    bool may_be_unnamed_bits; // C and C++: these leave nothing in the debug information but their space
};

struct verify_abi_row {
    const char *name, *kind_word;
    const char *declared_file; // NULL: not told
    uint64_t declared_line;
    enum abi_verdict verdict;
    unsigned reasons;
    const struct verify_difference *differences;
    size_t differences_count;
};

// All types of a file, recomputed.
struct verify_abi {
    const char *abi_name;
    struct verify_abi_row *rows; // one a type, in the order of the file
    size_t rows_count;
    size_t verdict_counts[ABI_VERDICTS], reason_counts[ABI_REASONS];
};

// One part of the report: strata itself, or a file.
struct verify_part {
    const struct report_file *file; // NULL: strata itself
    struct crosscheck *check;       // NULL: nothing to lay side by side in it
    size_t target;                  // the file's column in `check`; SIZE_MAX: none
    const struct verify_abi *abi;   // NULL: not recomputed
    const char *const *notes;       // things worth saying, a sentence each
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
