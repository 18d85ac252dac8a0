// SPDX-License-Identifier: MIT
// The pieces that every JSON document of strata is written with. `key` comes with all that stands before the
// value: ",\"bits\":".
#ifndef STRATA_REPORT_JSON_PARTS_H
#define STRATA_REPORT_JSON_PARTS_H

#include "base/error.h"
#include "report/report.h"

void json_number(struct output *output, const char *key, uint64_t number);
void json_number_or_null(struct output *output, const char *key, bool is_known, uint64_t number);
void json_quoted(struct output *output, const char *key, const char *text); // NULL is null; made safe

// {"path", "build_id", "machine", "bits", "endian"} as all schemas have it.
void json_file(struct output *output, const char *key, const struct report_file *file);

// The file's path, see source_path.h; nothing when the file is not known.
void json_path(struct output *output, const char *key, const struct report_document *about,
               const char *folder, const char *file);

// {"file", "line", "path"} as all schemas have it: the file as the compiler wrote it, and its path, see source_path.h.
// null when neither file nor line is known.
void json_declared(struct output *output, const char *key, const struct report_document *about,
                   const char *folder, const char *file, uint64_t line);

// As end_file of a writer whose document ends with its list of items.
struct document;
MUST_USE struct error *json_items_end(struct document *document, const struct report_document *about);

#endif
