// SPDX-License-Identifier: MIT
// DWARF as a source of types: scan/ makes its indexes, build/ its graphs. Private to source/.
#ifndef STRATA_SOURCE_SOURCE_DWARF_H
#define STRATA_SOURCE_SOURCE_DWARF_H

#include "base/notices.h"
#include "source/type_source.h"

// As type_source_open. ERROR_NO_DEBUG when all types are in .dwo files and none is there.
MUST_USE struct error *source_dwarf_open(const char *path, const struct type_source_options *options,
                                         struct notice_sink *notices, struct type_source **source);

struct unit;
struct unit_table;

// The same, of a file whose types were named before, by units at this place: see unit_table_open_at.
MUST_USE struct error *source_dwarf_open_at(const char *path, const struct type_source_options *options,
                                            struct notice_sink *notices, struct unit *place,
                                            size_t units_count, struct type_source **source);

// The units of a source opened here, where all are of one file that is no archive; else NULL. Borrowed.
const struct unit_table *source_dwarf_single(const struct type_source *source);

#endif
