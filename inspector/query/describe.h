// A type of a walk as reports want it.
#ifndef STRATA_QUERY_DESCRIBE_H
#define STRATA_QUERY_DESCRIBE_H

#include "query/select.h"
#include "query/walk.h"
#include "report/report.h"

// Which of several different definitions of one name and kind each selected type is.
struct definitions {
    unsigned *numbers, *counts; // by position: 1 of 1 when alone
};

MUST_USE struct error *definitions_number(const struct selection *selection, struct definitions *definitions);
void definitions_free(struct definitions *definitions);

// What a report tells of a type, and what it points to.
struct description {
    struct report_type report;
    struct pack pack;
    struct sharing sharing;
};

// Fills the description from the item, with the best order and who shares cache lines; what it needs of its
// own lives in the worker's scratch arena. It points into itself: it must not be copied.
MUST_USE struct error *describe_type(struct walk_worker *worker, const struct walk_item *item,
                                     const struct definitions *definitions, const struct rows_options *rows,
                                     struct description *description);

#endif
