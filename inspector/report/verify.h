// What `strata verify` found, as text and as a document (strata.verify/1).
#ifndef STRATA_REPORT_VERIFY_H
#define STRATA_REPORT_VERIFY_H

#include "check/verify.h"
#include "report/report.h"

// One part of the report: strata itself, or a file.
struct verify_part {
    const struct report_file *file; // NULL: strata itself
    struct crosscheck *check;       // NULL: nothing to lay side by side in it
    size_t target;                  // the file's column in `check`, or VERIFY_NO_TARGET
    const struct verify_abi *abi;   // NULL: not recomputed
    const char *const *notes;       // things worth saying, a sentence each
    size_t notes_count;
};

struct verify_look {
    struct report_style style;
    bool explain; // how each witness knows
    bool all;     // subjects and types that agree too
};

void verify_text(struct output *output, const struct verify_look *look, const struct verify_part *part);

// A document is begin, parts with a comma between, end.
void verify_json_begin(struct output *output);
void verify_json_part(struct output *output, const struct verify_look *look, const struct verify_part *part);
void verify_json_end(struct output *output, size_t findings);

// Disagreements in the part.
size_t verify_findings(const struct verify_part *part);

#endif
