// SPDX-License-Identifier: MIT
// What documents that are one growing text have in common: where they go, and counts. Writers start from it.
#ifndef STRATA_REPORT_DOCUMENT_H
#define STRATA_REPORT_DOCUMENT_H

#include "report/out_file.h"
#include "report/writer.h"

// The first member of what a writer with more to keep makes.
struct document {
    const struct writer *writer;
    struct out_file *file;       // NULL: it goes into the caller's output
    struct output file_output;   // into the file
    struct output *output;       // where it goes
    struct document_about about; // borrowed texts
    size_t files_count;          // begun
    size_t items_count;          // taken of the file under way
    size_t all_items_count;      // taken
};

// A document of writer->document_bytes, all zero behind the common part, with its file open.
MUST_USE struct error *document_open(const struct writer *writer, const struct document_place *place,
                                     const struct document_about *about, struct document **document);

// Writes a chunk behind what its writer puts before it.
void document_take(struct document *document, const char *chunk, size_t size_bytes);

// What was written reaches its place, unless that is the caller's output: its errors are the caller's. Frees
// the document.
MUST_USE struct error *document_finish(struct document *document);
void document_discard(struct document *document);

// Appends `from`, which was kept, to `output`, and frees it.
void output_move(struct output *output, struct output *from);

#endif
