// SPDX-License-Identifier: MIT
// Who holds a type: what the list shows instead of types, while a person asks for it. Of a kernel the search takes seconds,
// so a thread looks meanwhile:
//
//     holders_look ─► holders_looking, until holders_poll has them (or holders_stop) ─► is_shown, until holders_close
//
// Those that are shown stay until others are found.
#ifndef STRATA_BROWSE_BROWSE_HOLDERS_H
#define STRATA_BROWSE_BROWSE_HOLDERS_H

#include "browse/browse_model.h"
#include "query/holders.h"

struct holders_work;

struct holders {
    bool is_shown;
    char *name; // of the type that is held
    size_t file;
    struct holders_search search;
    struct holders_work *work; // NULL: nobody looks
};

// Begins to look in one file of the model, whose types must all be there and stay. Starts with {0}. A search that is under
// way is stopped.
MUST_USE struct error *holders_look(struct holders *holders, const struct model *model, size_t file,
                                    const char *name);

// The type that is looked for, and how much of the work is done, of 100; NULL: none is. Not to be kept.
const char *holders_looking(const struct holders *holders, unsigned *percent);

// Takes what was found when the search has ended; waits for that when asked to. *has_come: these are new ones.
MUST_USE struct error *holders_poll(struct holders *holders, bool waits, bool *has_come);

void holders_stop(struct holders *holders); // the search; what is shown stays

void holders_close(struct holders *holders);

#endif
