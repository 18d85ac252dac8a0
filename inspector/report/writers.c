// SPDX-License-Identifier: MIT
#include "report/writers.h"

const struct writer *const show_writers[] = {&show_text, &show_json, &show_csv, NULL};
const struct writer *const report_writers[] = {&report_html,       &report_json,   &report_markdown,
                                               &report_csv,        &report_ndjson, &report_sqlite,
                                               &report_postgresql, &report_sarif,  NULL};
const struct writer *const list_writers[] = {&list_text, &list_json, &list_csv, NULL};
// The same formats as the list's: its --format picks them.
const struct writer *const holders_writers[] = {&holders_text, &holders_json, &holders_csv, NULL};
const struct writer *const pack_writers[] = {&pack_text, &pack_json, NULL};
const struct writer *const diff_writers[] = {&diff_text, &diff_json, &diff_markdown, NULL};
const struct writer *const check_writers[] = {
    &check_text, &check_json, &check_markdown, &check_junit, &check_sarif, &check_github, NULL};
const struct writer *const verify_writers[] = {&verify_text, &verify_json, NULL};
const struct writer *const maps_writers[] = {&maps_text, &maps_json, &maps_csv, NULL};
const struct writer *const lab_writers[] = {&lab_text, &lab_json, NULL};
const struct writer *const explain_writers[] = {&explain_text, &explain_json, NULL};
