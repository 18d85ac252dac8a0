// SPDX-License-Identifier: MIT
// A look while it is made; private to gomap/.
#ifndef STRATA_GOMAP_MAP_LOOK_PARTS_H
#define STRATA_GOMAP_MAP_LOOK_PARTS_H

#include "gomap/heap.h"
#include "gomap/map_look.h"

enum {
    NESTING_MOST = 32,      // values within values
    BLOCK_BYTES = 64 << 10, // of an array, looked at in one go
    VARIABLE_BYTES_MOST = 64 << 20,
};

struct look_root {
    const char *name;
    const struct type *type;
    uint64_t address;
};

// `count` values of the type, one behind the other.
struct look_item {
    uint64_t address, count;
    struct walk_type *type;
    uint32_t path;
    bool is_header; // of a map; else values of the type, which for maps are pointers to headers
};

// Headers are known by their address, whatever leads to them.
#define SEEN_HEADER UINT32_MAX

struct look_seen {
    uint64_t address;
    uint32_t type;  // number of the type, or SEEN_HEADER; 0: a free slot
    uint32_t found; // of a map: its number and 1
    uint64_t count;
};

// A dynamic type that was asked for.
struct look_dynamic {
    uint64_t rtype; // 0: free
    struct walk_type *type;
    bool is_direct;
};

struct map_looker {
    struct go_program *program;
    const struct memory_target *target;
    struct type_maker *maker;
    struct walk_types *types;
    struct dynamic_types dynamic;
    struct page_cache *pages;
    struct arena names;
    VEC(struct look_root) roots;
    struct look_dynamic *dynamics;
    size_t dynamics_count, dynamics_used;
    uint64_t dynamics_secret; // of the slots' hashes: addresses are the program's
    uint64_t objects_most;
    bool only_rooted;
    unsigned address_bytes;
    uint64_t itab_type_offset;
};

// One look while it is made.
struct looking {
    struct map_looker *looker;
    struct map_look *look;
    VEC(struct look_item) queue;
    size_t next;
    struct look_seen *seen;
    size_t seen_slots, seen_used;
    uint64_t seen_secret; // likewise
    uint64_t chunks_left;
    uint8_t *block;
    // Where the value that is looked at lies within its item: steps that are added to a path when something is found.
    struct look_way {
        struct path_step step;
        uint32_t number; // in the steps; PATH_NONE: not added yet
    } way[NESTING_MOST + 4];
    size_t way_length;
};

// Puts a variable into the queue.
void look_push_root(struct looking *looking, const char *name, uint64_t address, struct walk_type *type);

// Everything that is in the queue, and what that leads to.
void look_at_queue(struct looking *looking);

// Puts a header into the queue unless it was met. `before`: the step that leads to it; PATH_NONE: none.
void look_push_header(struct looking *looking, uint64_t address, struct walk_type *type, uint32_t before);

// For a map that does not go through the queue.
void look_mark_met(struct looking *looking, uint64_t address);

// Whether the header at the address was met.
bool look_has_met(struct looking *looking, uint64_t address);

// Where there is no debug information: the words of data and bss that hold maps are the roots.
void look_at_words(struct looking *looking, struct go_heap *heap);

// What lies in the heap and was not met.
void look_at_heap(struct looking *looking, struct go_heap *heap);

#endif
