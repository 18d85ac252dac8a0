// SPDX-License-Identifier: MIT
// Orders of all types: by name, by group, by what became of them. Private to browse/.
#ifndef STRATA_BROWSE_BROWSE_INDEX_H
#define STRATA_BROWSE_BROWSE_INDEX_H

#include "browse/browse_model.h"

// Of `count` types of the files: their order by name, their namespaces; where two files are compared, who is whose
// counterpart. To be freed also when this fails.
MUST_USE struct error *index_order(const struct model_file *files, size_t files_count, uint32_t count,
                                   bool compares, struct model_index *index);
void index_free(struct model_index *index);

// Their groups by source file, once their numbers are there. The caller frees both results.
MUST_USE struct error *index_by_file(const struct model_file *files, size_t files_count, uint32_t count,
                                     uint32_t **groups, const char ***names, uint32_t *groups_count);

#endif
