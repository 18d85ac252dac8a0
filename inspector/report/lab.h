// SPDX-License-Identifier: MIT
// What `strata lab` found. Items are struct lab_result; the formats are lab_writers.
#ifndef STRATA_REPORT_LAB_H
#define STRATA_REPORT_LAB_H

#include "lab/lab.h"
#include "report/report.h"

struct lab_document {
    struct report_document document; // first; its file is not used
    bool with_go;                    // real Go was asked, too
    size_t tally[LAB_VERDICTS];      // how many came out how
    bool is_whole;                   // text: with the evidence, not a line each
};

// An experiment done, and what real Go said of it. All is borrowed until the item is encoded.
struct lab_result {
    const struct lab_experiment *experiment;
    const struct lab_notebook *here, *on_go;
    bool has_go;
    const char *go_version; // NULL: unknown
};

#endif
