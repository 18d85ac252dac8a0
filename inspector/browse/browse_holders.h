// SPDX-License-Identifier: MIT
// Who holds a type: what the list shows instead of types, while a person asks for it.
#ifndef STRATA_BROWSE_BROWSE_HOLDERS_H
#define STRATA_BROWSE_BROWSE_HOLDERS_H

#include "browse/browse_model.h"
#include "query/holders.h"

struct holders {
    bool is_shown;
    char *name; // of the type that is held
    size_t file;
    struct holders_search search;
};

// Looks for them in one file of the model, whose types must all be there. Starts with {0}.
MUST_USE struct error *holders_open(struct holders *holders, const struct model *model, size_t file,
                                    const char *name);
void holders_close(struct holders *holders);

#endif
