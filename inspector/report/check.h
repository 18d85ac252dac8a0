// What broke the rules: for people, and for the tools that gate changes.
#ifndef STRATA_REPORT_CHECK_H
#define STRATA_REPORT_CHECK_H

#include "check/rules.h"
#include "report/report.h"

// One rule asked of one type.
struct check_result {
    const char *type_name;     // or the pattern of a type that is not there
    const char *kind_word;     // "struct", ...; NULL: there is no such type
    const char *declared_file; // NULL: not told
    uint64_t declared_line;    // of the member that it is about, else of the type; 0: not told
    const char *rule_text;     // "" when the type is not there
    const char *rule_id;       // "size", "no-type", ...
    unsigned rule_line;        // in the file of rules
    const char *message;       // NULL: kept
    bool is_blessed;           // broken, but no worse than the baseline has it
    bool has_value;
    uint64_t value;
};

struct check_document {
    struct report_file file;
    const char *rules_path;
    struct report_style style;
    const struct check_result *results;
    size_t count;
};

// Results that are broken and not blessed.
size_t check_breaks(const struct check_document *document);

typedef void check_format(struct output *output, const struct check_document *document);

// "text", "junit" (XML), "sarif" (2.1.0), "github" (workflow commands); NULL: there is none.
check_format *check_format_named(const char *name);

#endif
