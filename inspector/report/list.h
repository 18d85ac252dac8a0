// One line a type: what `strata list` knows of each, and its formats.
#ifndef STRATA_REPORT_LIST_H
#define STRATA_REPORT_LIST_H

#include "report/report.h"

// Numbers only, no graph: a list of a million types keeps a million of these. Texts are borrowed.
struct type_summary {
    const char *name;
    const char *kind;          // "struct", ...
    const char *language;      // NULL: not told
    const char *declared_file; // NULL: not told
    uint64_t declared_line;
    bool size_known;
    uint64_t size_bytes, align_bytes; // align 0: unknown
    uint64_t members;                 // and variants
    uint64_t holes, cache_lines, straddlers, copies;
    uint64_t own_waste_bits, deep_waste_bits;
    uint64_t hot_members, contended_lines; // see layout/sharing.h
    uint64_t savings_bytes;                // by a better order of members; 0 also where none is suggested
};

void list_text(struct output *output, const struct report_document *document,
               const struct type_summary *summaries, size_t count);
void list_json(struct output *output, const struct report_document *document,
               const struct type_summary *summaries, size_t count); // strata.list/1
void list_csv(struct output *output, const struct report_document *document,
              const struct type_summary *summaries, size_t count);

#endif
