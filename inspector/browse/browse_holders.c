// SPDX-License-Identifier: MIT
#include "browse/browse_holders.h"

#include <stdlib.h>
#include <string.h>

void holders_close(struct holders *holders)
{
    holders_search_free(&holders->search);
    free(holders->name);
    *holders = (struct holders){0};
}

struct error *holders_open(struct holders *holders, const struct model *model, size_t file, const char *name)
{
    char *copy = strdup(name); // it may be that of the holders that are shown
    holders_close(holders);
    holders->name = copy;
    holders->file = file;
    if (!copy)
        return &error_out_of_memory;
    struct query query = model->files[file].query;
    query.notices = NULL; // the model has told them
    query.progress = NULL;
    RETURN_IF_ERROR(holders_find(&query, &model->files[file].selection, copy, &holders->search));
    holders->search.walk.query = NULL;
    holders->is_shown = true;
    return NULL;
}
