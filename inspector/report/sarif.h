// SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.49): what every log of strata's has in common.
//
//     sarif_begin, sarif_rule …, sarif_rules_end, results with ",\n" between, sarif_end
#ifndef STRATA_REPORT_SARIF_H
#define STRATA_REPORT_SARIF_H

#include "report/writer.h"

struct sarif_rule {
    const char *id;
    const char *name, *level, *summary, *help; // NULL, all of them: the id says it all
};

enum { SARIF_NO_INDEX = -1 };

// 3.27. Texts are borrowed for the call.
struct sarif_result {
    const char *rule_id;
    int rule_index;          // among the rules of the log; SARIF_NO_INDEX: not given
    const char *level;       // "note", "warning", "error"
    const char *message;     // a link in it, "[text](target)", is one: see sarif_message_name
    const char *file;        // where it is declared; NULL: unknown
    uint64_t line;           // 0: unknown
    const char *type_name;   // NULL: anonymous
    const char *fingerprint; // 3.27.17: the same for this finding in another run
    bool is_suppressed;
};

void sarif_begin(struct output *output, const char *version);
void sarif_rule(struct output *output, const struct sarif_rule *rule, bool is_first);
void sarif_rules_end(struct output *output);
void sarif_result(struct output *output, const struct report_document *about,
                  const struct sarif_result *result);
void sarif_end(struct output *output);

// In a message "[text](target)" is a link (3.11.6): a name that looks like one is no link.
void sarif_message_name(struct output *output, const char *name);

#endif
