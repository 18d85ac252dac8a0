// SPDX-License-Identifier: MIT
// The types of a selection into documents. Several threads describe and encode types (see query/walk.h); the
// chunks come in the order of the selection.
#ifndef STRATA_CLI_WRITE_TYPES_H
#define STRATA_CLI_WRITE_TYPES_H

#include "query/walk.h"
#include "report/writer.h"

struct writing {
    struct document *const *documents;
    size_t documents_count;
    const struct report_document *about;
    const char *progress_label;
    // Makes an item of a type and hands it to writing_add. Called by any thread, for different types at once.
    struct error *(*visit)(void *context, struct walk_worker *worker, const struct walk_item *item);
    void *context;
    struct error *error; // the first of a writer; NULL at first
    // NULL at first; then why a document does not hold the file, which is no failure (report/writer.h). The caller frees it.
    struct error *refused;
};

// Encodes the item for all documents, into the worker's output.
MUST_USE struct error *writing_add(const struct writing *writing, struct walk_worker *worker,
                                   const void *item);

// The parts of a description that the documents need.
unsigned writing_needs(const struct writing *writing);

// One file: begin_file, its types, end_file. An error leaves the documents without their end. As walk_types,
// types that cannot be read give a warning and are passed over.
MUST_USE struct error *write_types(const struct query *query, const struct selection *selection,
                                   struct writing *writing);

#endif
