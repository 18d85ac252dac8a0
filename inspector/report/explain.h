// SPDX-License-Identifier: MIT
// What `strata explain` found. Items are struct cause; the formats are explain_writers.
#ifndef STRATA_REPORT_EXPLAIN_H
#define STRATA_REPORT_EXPLAIN_H

#include "explain/cause.h"
#include "explain/program_facts.h"
#include "report/report.h"

struct explain_document {
    struct report_document document; // first; its file is not used
    const char *log_path;
    const struct go_log *log;
    const struct program_facts *program; // NULL: none was given
    size_t nil_pointers; // dereferences of nil and faults that are none of a map, or cannot be told to be
};

#endif
