// SPDX-License-Identifier: MIT
// Who holds a type, in many files: each different holding once.
#ifndef STRATA_CLI_MANY_HOLDERS_H
#define STRATA_CLI_MANY_HOLDERS_H

#include "cli/files_walk.h"
#include "query/holders.h"

struct many_holding {
    struct holding holding; // its texts are of the arena, as the others
    const char *holder, *kind_word;
    size_t file, files, last_file; // the first that has it, and how many do: numbers of those that were read
};

struct many_holders {
    struct files_walk
        walk; // what is wanted of it stands here before many_holders_run: common, libraries, also
    const char *held;
    VEC(struct many_holding) list; // in the order in which they were met
    uint64_t secret;               // of the slots' hashes
    size_t *slots;                 // open addressing: numbers of the list, from 1 on
    size_t slots_count;
    struct arena texts;
    bool is_held;          // some file has the type
    struct error *missing; // what the first file without it said
};

// As files_walk_run. ERROR_NOT_FOUND is said where no file has the type that is held.
int many_holders_run(struct many_holders *many, const struct type_words *words, files_walk_write *write,
                     void *context);
void many_holders_free(struct many_holders *many);

#endif
