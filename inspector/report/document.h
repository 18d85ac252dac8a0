// What reports that are one growing text have in common: a file that replaces the old one at the end, and
// counts.
#ifndef STRATA_REPORT_DOCUMENT_H
#define STRATA_REPORT_DOCUMENT_H

#include "report/out_file.h"
#include "report/sink.h"

struct document {
    struct report_sink sink; // first, so that a sink is a document
    struct out_file *file;
    struct output output;      // into the file
    struct report_about about; // borrowed texts
    size_t files_count;        // begun
    size_t types_count;        // taken of the file under way
    size_t all_types_count;    // taken
};

static inline struct document *document_of(struct report_sink *sink)
{
    return (struct document *)sink;
}

// A document of `size_bytes`, all zero behind the common part.
MUST_USE struct error *document_open(const struct report_kind *kind, const char *path, size_t size_bytes,
                                     const struct report_about *about, struct document **document);

// Counts, and writes a chunk behind `between` when it is not the first of its file.
void document_take(struct document *document, const char *between, const char *chunk, size_t size_bytes);

// What was written reaches its place; frees the document.
MUST_USE struct error *document_finish(struct document *document);
void document_discard(struct report_sink *sink);

#endif
