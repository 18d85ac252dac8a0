// SPDX-License-Identifier: MIT
// What came of asking rules of types: plain data, for documents and for a baseline.
#ifndef STRATA_CHECK_RESULTS_H
#define STRATA_CHECK_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One rule asked of one type. All texts are borrowed.
struct check_result {
    const char *file_path;       // where several files are checked; NULL: there is one
    const char *type_name;       // or the pattern of a type that is not there
    const char *kind_word;       // "struct", ...; NULL: there is no such type
    const char *declared_file;   // NULL: unknown
    const char *declared_folder; // that it is relative to; NULL: unknown
    uint64_t declared_line;      // of the member that it is about, else of the type; 0: unknown
    const char *rule_text;       // "" when the type is not there
    const char *rule_id;         // "size", "no-type", ...
    unsigned rule_line;          // in the file of rules
    const char *message;         // NULL: kept
    bool is_blessed;             // broken, but no worse than the baseline has it
    bool has_value;
    uint64_t value;
};

// Broken and not blessed.
static inline bool check_result_breaks(const struct check_result *result)
{
    return result->message && !result->is_blessed;
}

#endif
