// SPDX-License-Identifier: MIT
// Summaries of many types, as lists keep them.
#ifndef STRATA_QUERY_SUMMARIZE_H
#define STRATA_QUERY_SUMMARIZE_H

#include "query/columns.h"
#include "query/walk.h"

// The summary of a walk's item with the parts of enum describe_part that are asked for; its best order is searched only
// where another order can save anything. Of its texts declared_file and declared_folder are those of the graph:
// summary_keep. Fails only when memory is short. Thread-safe: the worker is the thread's own.
MUST_USE struct error *summary_of_item(struct walk_worker *worker, const struct walk_item *item,
                                       unsigned parts, struct type_summary *summary);

// Whether the summary with these parts shows nothing of what the types' parts are called: struct walk, skips_names.
bool summary_skips_names(unsigned parts);

// Puts copies of the texts that die with the graph into `kept`.
MUST_USE struct error *summary_keep(struct type_summary *summary, struct arena *kept);

#endif
