// SPDX-License-Identifier: MIT
// Names that have been judged, so that each is judged once a thread: a file has the same few thousand millions of times.
#ifndef STRATA_SCAN_JUDGED_NAMES_H
#define STRATA_SCAN_JUDGED_NAMES_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct judged_names {
    uintptr_t *slots; // where the text stands, and in the top bit whether it fits; 0: free
    size_t slots_count, used;
};

// Whether `name` fits. It must live, unchanged, as long as `judged`: it is known by its place. Fails only when memory is
// short.
MUST_USE struct error *judged_names_fit(struct judged_names *judged, const char *name,
                                        bool (*fits)(void *context, const char *name), void *context,
                                        bool *result);
void judged_names_free(struct judged_names *judged);

#endif
