// SPDX-License-Identifier: MIT
// One shape for every kind of document and every format. What of an item (a type, a line of a list, a
// verdict) belongs into it is encoded by any thread; the chunks then come in order, so that the document does
// not depend on the number of threads.
//
//     encode(item) ─► chunk ┐
//     encode(item) ─► chunk ┼─ in order ─►  begin_file, take(chunk) …, end_file  ─►  finish
//     encode(item) ─► chunk ┘               once for each file
//
// Each kind of document has one table of writers, see writers.h, and one struct that its items are. A
// format's word stands in its writer and nowhere else.
#ifndef STRATA_REPORT_WRITER_H
#define STRATA_REPORT_WRITER_H

#include "base/notices.h"
#include "report/report.h"
#include <stdbool.h>

struct document; // one that is open, see document.h: it belongs to one thread at a time

// Where a document goes: to a file that replaces an older one at the end ("-" is standard output), or, when
// `output` is not NULL, into that, which stays the caller's: it must live until finish or discard.
struct document_place {
    const char *path;
    struct output *output;
};

// What a document says of the run. The text must live until finish or discard.
struct document_about {
    const char *version;  // of strata
    const char *homepage; // of strata, a URI; NULL or "": none
    uint64_t cacheline_bytes;
    const struct source_root *source_root; // as in struct report_document; NULL: none
    struct notice_sink *notices;           // what is odd about the document; NULL: nobody listens
    // What follows is for documents that many programs write, see ndjson.c and postgresql.c.
    unsigned parts;         // files of a partitioned folder; 0: one file
    unsigned slice, slices; // this program's share of the files, from 1; 0 of 0: all
    unsigned wait_seconds;  // how long a database that went away is waited for
    const char *types;      // the types that were asked for, as text; NULL: all
};

// A file that could not be read, for documents that say so.
struct report_left_out {
    const char *path;
    const char *message; // of the error
};

enum { WRITER_ENDINGS_MOST = 3 };

struct writer {
    const char *name;                               // --format NAME, and NAME:PATH
    const char *endings[WRITER_ENDINGS_MOST];       // of paths, as help has them
    const char *other_endings[WRITER_ENDINGS_MOST]; // and those that help passes over
    const char *meaning;                            // for help; NULL: the name says it all
    unsigned needs;                                 // parts of a described type: enum describe_part
    size_t document_bytes;                          // of what `open` makes; 0: struct document
    const char *first, *between; // before a file's first chunk, and the others; NULL: nothing
    const char *server;          // what stands behind "NAME:" when that is no path: "CONNINFO"; NULL: a path
    bool in_parts;               // can be a folder of document_about.parts files

    // Each function but encode may be NULL: then it is what document.h says, or nothing.
    MUST_USE struct error *(*open)(const struct writer *writer, const struct document_place *place,
                                   const struct document_about *about, struct document **document);
    // What `about` points to must live until end_file.
    MUST_USE struct error *(*begin_file)(struct document *document, const struct report_document *about);
    // A pure function of its arguments, called by any thread. An empty chunk is not taken.
    MUST_USE struct error *(*encode)(struct output *chunk, const struct report_document *about,
                                     const void *item);
    MUST_USE struct error *(*take)(struct document *document, const char *chunk, size_t size_bytes);
    // ERROR_UNSUPPORTED: the document cannot hold this file and has a row that says so; it goes on.
    MUST_USE struct error *(*end_file)(struct document *document, const struct report_document *about);
    // Whether the document holds this very file already, so that nobody needs to read it.
    MUST_USE struct error *(*has_file)(struct document *document, const struct report_document *about,
                                       bool *has);
    // Between files. NULL: the document says nothing of files that cannot be read.
    MUST_USE struct error *(*leave_out)(struct document *document, const struct report_left_out *file);
    // Both free the document. When finish fails, or after discard, an older file is as it was.
    MUST_USE struct error *(*finish)(struct document *document);
    void (*discard)(struct document *document);
};

// The functions of a document's writer, or what stands for them.
MUST_USE struct error *writer_open(const struct writer *writer, const struct document_place *place,
                                   const struct document_about *about, struct document **document);
MUST_USE struct error *writer_begin_file(struct document *document, const struct report_document *about);
MUST_USE struct error *writer_end_file(struct document *document, const struct report_document *about);
MUST_USE struct error *writer_has_file(struct document *document, const struct report_document *about,
                                       bool *has);
MUST_USE struct error *writer_leave_out(struct document *document, const struct report_left_out *file);
MUST_USE struct error *writer_finish(struct document *document);
void writer_discard(struct document *document);

// Encodes and takes one item: for documents of one thread.
MUST_USE struct error *writer_add(struct document *document, const struct report_document *about,
                                  const void *item);

// Chunks of several documents in one output, on their way from the threads that encode: each item's chunks
// are appended, and taken in the same order later.
MUST_USE struct error *chunks_encode(struct output *chunks, struct document *const *documents, size_t count,
                                     const struct report_document *about, const void *item);
MUST_USE struct error *chunks_take(const struct output *chunks, struct document *const *documents);

// Of a NULL-terminated table the writer of that name; NULL: there is none.
const struct writer *writer_named(const struct writer *const *writers, const char *name);

// By the ending of `text`, or by the name before its first colon ("json:-"). *path is what is to be written,
// in `text`. ERROR_USAGE says what there is.
MUST_USE struct error *writer_of_path(const struct writer *const *writers, const char *text,
                                      const struct writer **writer, const char **path);

#endif
