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

struct list_format;

// By the word of --format: text, json (strata.list/1) or csv; NULL for any other.
const struct list_format *list_format_named(const char *word);

// A list is its start, its lines in pieces of any number, which may be written side by side to outputs of
// their own, and its end. `first` is the number of a piece's first line in the list.
void list_start(struct output *output, const struct report_document *document,
                const struct list_format *format, size_t lines_count);
void list_lines(struct output *output, const struct report_document *document,
                const struct list_format *format, const struct type_summary *const *summaries, size_t first,
                size_t count);
void list_end(struct output *output, const struct list_format *format);

#endif
