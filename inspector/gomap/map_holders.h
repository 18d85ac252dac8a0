// SPDX-License-Identifier: MIT
// Who holds a map: the words of a program's writable memory that are its address.
//
//     data, bss ─► a variable, by name      spans of objects ─► an object of the heap      spans of stacks ─► a goroutine
//
// Words are taken as they are: one that a function has left behind on its stack counts, and so does garbage.
#ifndef STRATA_GOMAP_MAP_HOLDERS_H
#define STRATA_GOMAP_MAP_HOLDERS_H

#include "base/arena.h"
#include "base/vec.h"
#include "gomap/go_program.h"
#include "gomap/map_shape.h"

struct map_holders {
    VEC(const char *)
    variables; // "main.sessions", "main.theCache+0x8"; the first VARIABLES_MOST, in the arena
    uint64_t words_of_variables;    // all of them
    uint64_t objects, object_bytes; // words in objects of the heap; how large the first one's object is
    uint64_t object_address;        // of the first one's object
    uint64_t stacks;                // words on goroutines' stacks
    bool is_cut;                    // there is more memory than is looked through
};

// Looks through the memory of a core or process for words that are `address`, which is not 0. What cannot be read is passed
// over. To be freed in any case.
MUST_USE struct error *map_holders_find(struct go_program *program, uint64_t address, struct arena *arena,
                                        struct map_holders *holders);
void map_holders_free(struct map_holders *holders);

#endif
