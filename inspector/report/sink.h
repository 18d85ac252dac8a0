// A report on disk: one document of the types of several files. What of a type belongs into it is encoded by
// any thread; the chunks then come in order, so that the document does not depend on the number of threads.
//
//     encode(type) ─► chunk ┐
//     encode(type) ─► chunk ┼─ in order ─►  begin_file, take(chunk) …, end_file  ─►  finish
//     encode(type) ─► chunk ┘               once for each file
//
// Nothing replaces an older report before finish. A sink belongs to one thread at a time.
#ifndef STRATA_REPORT_SINK_H
#define STRATA_REPORT_SINK_H

#include "report/report.h"

struct report_about {
    const char *version; // of strata
    uint64_t cacheline_bytes;
};

struct report_kind;

struct report_sink {
    const struct report_kind *kind;
};

struct report_kind {
    const char *name; // "html": what stands before a colon in FORMAT:PATH
    const char *endings[3];
    MUST_USE struct error *(*open)(const char *path, const struct report_about *about,
                                   struct report_sink **sink);
    // A pure function of its arguments. An empty chunk is not taken.
    MUST_USE struct error *(*encode)(struct output *chunk, const struct report_document *document,
                                     const struct report_type *type);
    MUST_USE struct error *(*begin_file)(struct report_sink *sink, const struct report_document *document);
    MUST_USE struct error *(*take)(struct report_sink *sink, const char *chunk, size_t size_bytes);
    MUST_USE struct error *(*end_file)(struct report_sink *sink);
    // Both free the sink. When finish fails, or after discard, an older report is as it was.
    MUST_USE struct error *(*finish)(struct report_sink *sink);
    void (*discard)(struct report_sink *sink);
};

extern const struct report_kind report_kind_html, report_kind_json, report_kind_markdown, report_kind_csv,
    report_kind_sqlite, report_kind_sarif;

// By the ending of `text`, or by the name before its first colon ("json:-"). *path is what is to be written,
// in `text`. ERROR_USAGE tells what there is.
MUST_USE struct error *report_kind_of(const char *text, const struct report_kind **kind, const char **path);

#endif
