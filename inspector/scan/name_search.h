// SPDX-License-Identifier: MIT
// Where the bytes of wanted names stand: lets a look-up pass over units, and parts of units, that cannot hold
// them.
//
//     name ─► its offsets in .debug_str ─► those offsets as 4 (8) bytes, searched in the unit's bytes
//          └► the name itself, with its NUL, for names written in place
//
// A hit may be a coincidence (any 4 bytes may equal the offset); a name that is there is always hit.
#ifndef STRATA_SCAN_NAME_SEARCH_H
#define STRATA_SCAN_NAME_SEARCH_H

#include "base/error.h"
#include "dwarf/unit_view.h"
#include "scan/byte_search.h"

struct name_search;

// Positions from the unit's header, ascending. `everything`: the name may be anywhere in the unit.
struct name_hits {
    bool everything;
    struct positions positions;
};

// Prepares the search for qualified names, which must outlive it; the last component of each ("T<a::b>" of
// "ns::T<a::b>") is what stands in the file, or all of it. On up to `threads` threads, where the program has several files.
MUST_USE struct error *name_search_create(const struct unit_table *table, const char *const *names,
                                          size_t count, unsigned threads, struct name_search **search);
void name_search_free_at(struct name_search **pointer); // for CLEANUP(name_search_free_at); NULL is fine

// Fills `hits` (emptied first) for the unit. Thread-safe.
MUST_USE struct error *name_search_unit(const struct name_search *search, const struct unit *unit,
                                        struct name_hits *hits);

// Leaves out hits that cannot be the name of a type, as no code of an abbrev of a named type stands before
// them: most are names of members, parameters and variables. The rest may still be coincidences.
void name_hits_keep_types(struct name_hits *hits, const struct unit_view *view);

#endif
