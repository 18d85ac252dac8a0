// SPDX-License-Identifier: MIT
// A type as one array of JSON, for readers of ours: the page and PostgreSQL. Its fields stand in compact.def.
#ifndef STRATA_REPORT_COMPACT_H
#define STRATA_REPORT_COMPACT_H

#include "base/output.h"
#include "query/described.h"

// Needs all parts of the description.
void compact_type(struct output *output, const struct described_type *type);

// The same in pieces, for who cannot hold all of a type with a million members at once, and without what only this file says (where
// it is declared, how often, which one of its name it is) and what member types lead to: equal for equal layouts in any two
// files. See shape.h. The head is the type without rows and without the places of its best order. Rows `first` to before `end` as
// one array; those that the whole would leave out are left out, *written of them are there.
void compact_shape_head(struct output *output, const struct described_type *type);
void compact_shape_rows(struct output *output, const struct rows *rows, size_t first, size_t end,
                        size_t *written);

// Of the tables that are made of it, see compact.def.
extern const int compact_version;

#endif
