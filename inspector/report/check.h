// SPDX-License-Identifier: MIT
// What broke the rules: for people, and for the tools that gate changes. The formats are check_writers: text,
// json (strata.check/1), markdown, junit (XML), sarif (2.1.0), github (workflow commands). Items are struct check_result.
#ifndef STRATA_REPORT_CHECK_H
#define STRATA_REPORT_CHECK_H

#include "check/results.h"
#include "report/report.h"

struct check_document {
    struct report_document document; // first
    const char *rules_path;
    size_t files_count;                 // that are checked: some formats differ when there are several
    bool junit_places;                  // attributes "file" and "line" in JUnit, which not every reader knows
    const struct check_result *results; // all of them: some formats begin with counts
    size_t count;
};

// Results that are broken and not blessed.
size_t check_breaks(const struct check_document *document);

// Results that are broken and blessed.
size_t check_blessed(const struct check_document *document);

#endif
