// SPDX-License-Identifier: MIT
// How a map was reached, as a person would write it: "main.pages.cache.items", "main.Nested[\"o2\"]",
// "main.Held.(map[string]uint16)".
//
// The steps of all paths are one tree: a step knows the one before it.
#ifndef STRATA_GOMAP_MAP_PATH_H
#define STRATA_GOMAP_MAP_PATH_H

#include "base/arena.h"
#include "base/vec.h"
#include "gomap/go_program.h"
#include "gomap/map_shape.h"
#include "gomap/map_text.h"

enum path_step_kind {
    STEP_ROOT,  // a variable, by name
    STEP_FIELD, // ".name"
    STEP_INDEX, // "[3]"
    STEP_KEY,   // "[key]" of a map, whose text is read when it is asked for
    STEP_IN_KEY,
    STEP_TYPE, // ".(type)" of an interface
};

#define PATH_NONE UINT32_MAX

struct path_step {
    uint32_t before; // PATH_NONE: the first
    uint8_t kind;    // enum path_step_kind
    union {
        const char *name;     // ROOT, FIELD, TYPE
        uint64_t index;       // INDEX
        uint64_t key_address; // KEY, IN_KEY
    };
    const struct map_shape *shape; // KEY, IN_KEY
};

struct path_steps {
    VEC(struct path_step) list;
    const struct dynamic_types
        *dynamic; // tells the types of keys that are interfaces; borrowed from the looker
};

// Adds a step and returns its number; PATH_NONE when memory is short or there are too many.
uint32_t path_add(struct path_steps *steps, const struct path_step *step);

// Whether there are as many steps as there may be.
bool path_is_full(const struct path_steps *steps);

// The path with all indexes and keys as "[*]": what paths of one pattern share. NULL when memory is short.
const char *path_pattern(const struct path_steps *steps, uint32_t last, struct arena *arena);

// The path with keys as they are now. Names are those of the program, keys are escaped.
const char *path_text(const struct path_steps *steps, uint32_t last, struct map_texts *texts,
                      struct page_cache *pages, struct arena *arena);

#endif
