// SPDX-License-Identifier: MIT
// Differences that were seen before: a type of a header changes in every object that includes it, and people want to read that once.
#ifndef STRATA_CLI_CHANGE_SET_H
#define STRATA_CLI_CHANGE_SET_H

#include "query/pairs.h"

struct change_set { // all zero is an empty one
    uint64_t secret; // of the slots' hashes, drawn with the first slots
    uint64_t *slots;
    size_t capacity, count;
};

// Adds what the pair is: the name with the fingerprints of both definitions. *is_new: it was not there yet. Fails only when memory is short.
MUST_USE struct error *change_set_add(struct change_set *set, const struct entry_pair *pair, bool *is_new);
void change_set_free(struct change_set *set);

#endif
