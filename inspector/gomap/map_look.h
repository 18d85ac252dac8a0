// SPDX-License-Identifier: MIT
// One look at all maps that a program's variables lead to:
//
//     variables ─► values ─► structs, arrays, slices, pointers, interfaces, maps ─► … ─► maps, each once
//
// Breadth first, so that a map has its shortest path. The program is not stopped; its memory is read by pages, those
// of a whole step with one call. All work is bounded, whatever the memory says.
#ifndef STRATA_GOMAP_MAP_LOOK_H
#define STRATA_GOMAP_MAP_LOOK_H

#include "base/arena.h"
#include "gomap/go_program.h"
#include "gomap/map_entries.h"
#include "gomap/map_path.h"
#include "gomap/walk_type.h"
#include "memory/freeze.h"

struct map_found {
    struct map_survey survey; // address, header as it was read, figures
    uint32_t path;            // its last step; PATH_NONE: no variable leads to it
    const struct type *type;  // the map's, borrowed from the maker; NULL: unknown
    bool is_likely;           // the type is the only one that fits, and not proved
    uint32_t aliases;         // other ways to it
    bool has_changed;         // its header was another one when all was read
};

struct map_look {
    VEC(struct map_found) maps; // in the order they were met; behind those with a path, the ones without
    struct path_steps steps;
    uint64_t variables, objects; // that were looked at
    uint64_t changed;            // maps with has_changed
    bool is_cut;                 // there was more than the work that is allowed
    bool is_incomplete;          // memory was short
    struct pages_work work;
};

struct map_looker;

struct map_looker_options {
    uint64_t objects_most; // 0: some millions
    bool only_rooted;      // leave out the maps that no variable leads to
};

// The program is borrowed until map_looker_close. Reads its variables once.
MUST_USE struct error *map_looker_open(struct go_program *program, const struct map_looker_options *options,
                                       struct map_looker **looker);
void map_looker_close(struct map_looker *looker); // NULL is fine

// Looks. The result is the caller's (map_look_free); what its maps borrow lives until map_looker_close.
MUST_USE struct error *map_looker_look(struct map_looker *looker, struct map_look *look);
void map_look_free(struct map_look *look);

// Reads the figures of some of a look's maps again while no thread of the process runs: `numbers` are theirs in
// look->maps. Nothing is discovered then, so the process stands still for the few calls that this takes. Errors as of
// freeze_take.
MUST_USE struct error *map_looker_freeze(struct map_looker *looker, struct map_look *look,
                                         const uint32_t *numbers, size_t count, struct freeze_report *report);

// Whether a variable of that name is a map, nil or not.
bool map_looker_has_map(const struct map_looker *looker, const char *name);

// The pages of the latest look, and the types, for who wants to read more of what was found.
struct page_cache *map_looker_pages(struct map_looker *looker);

#endif
