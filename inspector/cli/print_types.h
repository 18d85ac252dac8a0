// A document on its way to one output, with a part for each type of a selection. Several threads write parts
// (see walk.h); they come out in the order of the selection.
//
//     begin │ part 1 │ between │ part 2 │ between │ … │ end
#ifndef STRATA_CLI_PRINT_TYPES_H
#define STRATA_CLI_PRINT_TYPES_H

#include "query/walk.h"
#include "report/report.h"

struct typewise_document {
    const struct report_document *document;
    // A report format's, see report.h.
    void (*begin)(struct output *output, const struct report_document *document);
    const char *between;
    void (*end)(struct output *output, const struct report_document *document);
    // Writes one type, not empty unless `between` is, to worker->output. Called by any thread, for different
    // types at once.
    struct error *(*part)(void *context, struct walk_worker *worker, const struct walk_item *item);
    void *context;
};

// An error leaves the document without its end. As walk_types, types that cannot be read are given to the query's notices
// and passed over.
MUST_USE struct error *print_types(const struct query *query, const struct selection *selection,
                                   const struct typewise_document *typewise, struct output *output);

#endif
