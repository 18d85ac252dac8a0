// A type as one array of JSON, for readers of ours: the page and the database. Its fields stand in compact.def.
#ifndef STRATA_REPORT_COMPACT_H
#define STRATA_REPORT_COMPACT_H

#include "base/output.h"
#include "query/described.h"

// Needs all parts of the description.
void compact_type(struct output *output, const struct described_type *type);

// Of the tables that are made of it, see compact.def.
extern const int compact_version;

#endif
