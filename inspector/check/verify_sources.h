// SPDX-License-Identifier: MIT
// Two sources of one program against each other: a kernel image has DWARF and BTF, made by different hands.
#ifndef STRATA_CHECK_VERIFY_SOURCES_H
#define STRATA_CHECK_VERIFY_SOURCES_H

#include "base/arena.h"
#include "base/error.h"
#include "source/type_source.h"

// A fact on which they differ: the first of a type.
struct sources_difference {
    const char *name, *kind_word; // of the type
    const char *field;            // NULL: the size of the type
    const char *what;             // "size", "offset", "name": of which quantity
    bool is_known[2];
    uint64_t bits[2]; // what each source says
};

struct verify_sources {
    const char *formats[2]; // "DWARF", "BTF"
    size_t names;           // that both know
    size_t members;         // of those that agree
    size_t alone[2];  // names that only one of them knows: no difference, formats leave out different things
    size_t ambiguous; // names of which they know different numbers of definitions, all of which agree
    struct sources_difference *differences; // by name
    size_t differences_count;
    struct arena arena; // keeps the texts
};

// Compares all types that both sources define under one name and kind: sizes, members' names, places and sizes.
// Every definition of one must be a definition of the other, where a typedef's target is defined at all.
// `sources` must stay open for the time of the call only. `result` is to be freed in any case.
MUST_USE struct error *verify_sources_compare(const struct type_source *const sources[2],
                                              const struct type_source_index_options *options,
                                              struct verify_sources *result);

void verify_sources_free(struct verify_sources *result);

#endif
