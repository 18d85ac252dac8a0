// SPDX-License-Identifier: MIT
// SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.49), as GitHub's code scanning accepts it ("SARIF support for
// code scanning"): every result has a place in a file, every rule is described, no two results have one
// fingerprint. What all logs of strata's have in common; a writer is sarif_open, an encode that calls
// sarif_result, sarif_take and sarif_finish.
//
// The results of all files are one array. Rules follow them, since only then it is known which were broken.
#ifndef STRATA_REPORT_SARIF_H
#define STRATA_REPORT_SARIF_H

#include "report/document.h"

struct sarif_rule {
    const char *id;
    const char *name;  // one word for people, without spaces
    const char *level; // "note", "warning", "error"
    const char *summary, *description, *help;
};

// 3.27. Texts are borrowed for the call.
struct sarif_result {
    const struct sarif_rule *rules; // of the log: the same for all of its results, at most 64
    unsigned rule;                  // which of them
    bool is_indexed;                // all of them will be in the log
    const char *message;            // a link in it, "[text](target)", is one: see sarif_message_name
    const char *folder, *file;      // where it is declared, see source_path.h; file NULL or "": unknown
    bool is_given;                  // the file is one of the command line, not of the debug information
    uint64_t line;                  // 0: unknown
    const char *type_name;          // NULL: anonymous
    const char
        *fingerprint; // 3.27.17: the same for this finding in another run; two of a log may have the same
    bool is_suppressed;
};

// What writers keep while they write: their document_bytes is its size.
struct sarif_document {
    struct document document; // first
    struct sarif_prints *prints;
    size_t results_count;
    size_t placeless_count; // of types whose source file is not known: they are at the program's path
    size_t absolute_count;  // of absolute paths
    uint64_t broken_rules;  // bits
    bool has_root;
};

MUST_USE struct error *sarif_open(const struct writer *writer, const struct document_place *place,
                                  const struct document_about *about, struct document **document);
// Appends one result to a chunk, which is for sarif_take alone.
void sarif_result(struct output *chunk, const struct report_document *about,
                  const struct sarif_result *result);
MUST_USE struct error *sarif_take(struct document *document, const char *chunk, size_t size_bytes);
// With `broken_only`, rules that no result names are left out.
MUST_USE struct error *sarif_finish(struct document *document, const struct sarif_rule *rules, size_t count,
                                    bool broken_only);
void sarif_discard(struct document *document);

// In a message "[text](target)" is a link (3.11.6): a name that looks like one is no link.
void sarif_message_name(struct output *output, const char *name);

#endif
