// SPDX-License-Identifier: MIT
// Names that have been judged, so that each is judged once a thread: a file has the same few thousand millions of times.
#ifndef STRATA_SCAN_JUDGED_NAMES_H
#define STRATA_SCAN_JUDGED_NAMES_H

#include "base/error.h"
#include "type/name_fit.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHORT_NAMES = 256 };

struct judged_names {
    // Names of up to seven bytes by what they say, as each of them stands in many places: the compiler puts them into the DIEs. In
    // the low byte whether it fits; 0: free.
    uint64_t short_names[SHORT_NAMES];
    uintptr_t *slots; // where the text stands, and in the top bit whether it fits; 0: free
    size_t slots_count, used;
};

// Whether `name` fits. It must live, unchanged, as long as `judged`: it is known by its place. Fails only when memory is
// short.
MUST_USE struct error *judged_names_fit(struct judged_names *judged, const char *name, name_rule *fits,
                                        void *context, bool *result);
// From now on a name that has been judged does not fit.
void judged_names_refuse(struct judged_names *judged, const char *name);
void judged_names_free(struct judged_names *judged);

#endif
