// SPDX-License-Identifier: MIT
// Names that have been judged, so that each is judged once a thread: a file has the same few thousand millions of times.
#ifndef STRATA_SCAN_JUDGED_NAMES_H
#define STRATA_SCAN_JUDGED_NAMES_H

#include "base/error.h"
#include "type/name_fit.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHORT_NAMES = 256, SHORT_MOST = 7, SHORT_FITS = 1, SHORT_UNFIT = 2 };

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
static inline size_t judged_short_slot(uint64_t text)
{
    return text * UINT64_C(0x9e3779b97f4a7c15) >> 56;
}

// Whether the text at `name`, of which eight bytes are readable, is a short name that has been judged and does not fit. False may mean
// anything.
static inline bool judged_names_know_unfit(const struct judged_names *judged, const uint8_t *name)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t text;
    memcpy(&text, name, sizeof(text));
    const uint64_t ends = (text - ones) & ~text & ones << 7; // the lowest bit set is that of the first NUL
    if (!ends)
        return false;
    text &= (ends & -ends) / 0x80 - 1;
    return judged->short_names[judged_short_slot(text)] == (text << 8 | SHORT_UNFIT);
#else
    (void)judged, (void)name;
    return false;
#endif
}

// From now on a name that has been judged does not fit.
void judged_names_refuse(struct judged_names *judged, const char *name);
void judged_names_free(struct judged_names *judged);

#endif
