// SPDX-License-Identifier: MIT
// Types of several files, each truly different one once: where copies are folded as an index folds those within one file.
#ifndef STRATA_QUERY_FOLD_H
#define STRATA_QUERY_FOLD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "query/columns.h"

// A type, and where it was met first. The summary's `copies` and `in_files` count all, its texts are the fold's.
struct folded {
    struct type_summary summary;
    uint64_t shape;  // of its entry in the index
    size_t file;     // number of the first file that has it
    size_t position; // in that file's selection
    size_t last_file;
};

struct fold {
    VEC(struct folded) types; // in the order in which they were met
    size_t *slots;            // open addressing: numbers of types, from 1 on; a power of two of them
    size_t slots_count;
    struct arena texts;
};

// All zero is an empty fold but for its arena.
void fold_init(struct fold *fold);
void fold_free(struct fold *fold);

// One more type; files come in their order. Types are one when name, kind and shape are the same and all that a summary says of their
// layout (not where they are declared): two machines may lay out one shape in two ways. Fails when memory is short.
MUST_USE struct error *fold_add(struct fold *fold, const struct type_summary *summary, uint64_t shape,
                                size_t file, size_t position);

#endif
