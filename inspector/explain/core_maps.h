// SPDX-License-Identifier: MIT
// What a core that a dying program left says of the maps that a death may be of. Plain data.
#ifndef STRATA_EXPLAIN_CORE_MAPS_H
#define STRATA_EXPLAIN_CORE_MAPS_H

#include "base/vec.h"
#include <stdint.h>

struct core_map {
    const char *path;    // from a variable on: "main.theCache.items"; NULL: no variable leads to it
    uint64_t address;    // of its header
    uint64_t count;      // of entries, as the header has it
    bool is_writing;     // its writer's mark is set
    const char *held_by; // which words of the memory are its address, in words; NULL: it was not looked for
    bool is_of_variable; // the one that the code loads the map from
};

typedef VEC(struct core_map) core_maps_vec;

struct core_maps {
    core_maps_vec list;   // the likeliest first
    uint64_t of_type;     // maps of the type, or, when that is not known, of any
    uint64_t left_out;    // of these, not in the list
    bool has_variable;    // the variable that the code loads the map from could be read
    bool is_variable_nil; // it is nil
};

#endif
