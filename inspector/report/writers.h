// SPDX-License-Identifier: MIT
// Every kind of document with its formats. The first of a table is what is written when none is asked for.
#ifndef STRATA_REPORT_WRITERS_H
#define STRATA_REPORT_WRITERS_H

#include "report/writer.h"

// NULL-terminated. Behind each: what its items are.
extern const struct writer *const show_writers[];    // struct described_type with rows
extern const struct writer *const report_writers[];  // struct described_type with rows
extern const struct writer *const list_writers[];    // struct type_summary
extern const struct writer *const holders_writers[]; // struct report_holding
extern const struct writer *const pack_writers[];    // struct report_pack
extern const struct writer *const diff_writers[];    // struct diff_type
extern const struct writer *const check_writers[];   // struct check_result
extern const struct writer *const verify_writers[];  // struct verify_part
extern const struct writer *const maps_writers[];    // struct map_row
extern const struct writer *const lab_writers[];     // struct lab_result
extern const struct writer *const explain_writers[]; // struct cause

// Each format, a file or a part of one. Those of `report` and of `show` write the same items, but a report
// may hold several files.
extern const struct writer show_text, show_json, show_csv;
extern const struct writer report_html, report_json, report_markdown, report_csv, report_ndjson,
    report_sqlite, report_postgresql, report_sarif;
extern const struct writer list_text, list_json, list_csv;
extern const struct writer holders_text, holders_json, holders_csv;
extern const struct writer pack_text, pack_json;
extern const struct writer diff_text, diff_json, diff_markdown;
extern const struct writer check_text, check_json, check_markdown, check_junit, check_sarif, check_github;
extern const struct writer verify_text, verify_json;
extern const struct writer maps_text, maps_json, maps_csv;
extern const struct writer lab_text, lab_json;
extern const struct writer explain_text, explain_json;

#endif
