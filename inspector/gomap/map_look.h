// One look at all maps that a program's variables lead to:
//
//     variables ─► values ─► structs, arrays, slices, pointers, interfaces, maps ─► … ─► maps, each once
//
// Breadth first, so that a map has its shortest path. The program is not stopped; its memory is read by pages, those
// of a whole step with one call. All work is bounded, whatever the memory says.
#ifndef STRATA_GOMAP_MAP_LOOK_H
#define STRATA_GOMAP_MAP_LOOK_H

#include "base/arena.h"
#include "gomap/map_entries.h"
#include "gomap/map_path.h"
#include "gomap/walk_type.h"
#include "memory/target.h"

// Gives the type graph of an rtype's address, for the dynamic types of interfaces; NULL where it knows none.
struct dynamic_types {
    const struct type *(*type_at)(void *context, uint64_t rtype);
    void *context;
};

struct map_found {
    struct map_survey survey; // address, header as it was read, figures
    uint32_t path;            // its last step; PATH_NONE: no variable leads to it
    const struct type *type;  // the map's, borrowed from the maker
    uint32_t aliases;         // other ways to it
    bool has_changed;         // its header was another one when all was read
};

struct map_look {
    VEC(struct map_found) maps; // in the order they were met
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
};

// All are borrowed until map_looker_close. Reads the variables of the source once. `source` is of the executable.
MUST_USE struct error *map_looker_open(const struct memory_target *target, const struct type_source *source,
                                       struct type_maker *maker, const struct dynamic_types *dynamic,
                                       const struct map_looker_options *options, struct map_looker **looker);
void map_looker_close(struct map_looker *looker); // NULL is fine

// Looks. The result is the caller's (map_look_free); what its maps borrow lives until map_looker_close.
MUST_USE struct error *map_looker_look(struct map_looker *looker, struct map_look *look);
void map_look_free(struct map_look *look);

// The pages of the latest look, and the types, for who wants to read more of what was found.
struct pages *map_looker_pages(struct map_looker *looker);

#endif
