// SPDX-License-Identifier: MIT
// A type as strata.layout/1 has it, in the three pieces that an object is put together of: what it is, where this file
// declares it, how it is laid out. The braces around them are the caller's.
#ifndef STRATA_REPORT_JSON_TYPE_H
#define STRATA_REPORT_JSON_TYPE_H

#include "report/report.h"

void json_type_start(struct output *output, const struct described_type *type); // from "name" to "packed"
void json_type_of_file(struct output *output, const struct report_document *document,
                       const struct described_type *type);                     // ,"decl":…,"copies":…
void json_type_rest(struct output *output, const struct described_type *type); // ,"members":… and on

#endif
