// SPDX-License-Identifier: MIT
// Where the names of a unit's types stand that fit: walks over all DIEs by their lengths and looks at names alone.
//
//     unit ─► DIEs that may name a type ─► names that are not known to be unfit ─► fit? ─► positions, for a walk to hits
#ifndef STRATA_SCAN_NAME_WALK_H
#define STRATA_SCAN_NAME_WALK_H

#include "base/error.h"
#include "dwarf/unit_view.h"
#include "scan/byte_search.h"
#include "scan/judged_names.h"

// Whether a name fits; it is told in which unit it stands and by which text_id. Fails when memory is short.
struct name_judge {
    struct error *(*judge)(void *context, const struct unit *unit, const char *name, uint64_t id, bool *fits);
    void *context;
    const uint64_t
        *unfit; // bit i: the name at i in the unit's .debug_str is known not to fit; NULL: nothing is known
    uint64_t unfit_bits;
    const struct judged_names *judged; // where it keeps what it has found out
};

// Fills `positions` (emptied first), from the unit's header, ascending: where fitting names of DIEs stand that types may be called
// by. *is_done: false where the unit has anything that is not passed over by its length alone, or is broken: then
// nothing is known of it.
MUST_USE struct error *name_walk_unit(const struct unit_view *view, const struct name_judge *judge,
                                      struct positions *positions, bool *is_done);

// Whether a DIE with that abbrev, which may name a type, makes a definition of its own name: a declaration does not, nor does a variable
// of what has a name. `values` are the DIE's. For units in which no DIE of a type completes another.
bool name_may_define(const struct unit_view *view, const struct abbrev *abbrev, const uint64_t *values);

#endif
