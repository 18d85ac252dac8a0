// SPDX-License-Identifier: MIT
// Two folders, file by file: which of the older one is which of the newer one, by their paths below them.
//
//     old-build/lib/a.o ─┬─ lib/a.o
//     new-build/lib/a.o ─┘
//     old-build/gone.o  ─── gone.o, in the older one alone
#ifndef STRATA_CLI_FOLDER_PAIRS_H
#define STRATA_CLI_FOLDER_PAIRS_H

#include "source/file_set.h"

struct folder_pair {
    const char *path;                // below its folder
    const char *old_path, *new_path; // to open it; NULL: the folder has not got it
};

struct folder_pairs {
    struct file_set old_set, new_set;
    VEC(struct folder_pair) pairs; // in the order of their paths; texts are the sets'
};

// Says what of the folders cannot be looked at: *status is that of an unreadable input then, else unchanged. To be freed also when
// this fails.
MUST_USE struct error *folder_pairs_read(const char *old_folder, const char *new_folder,
                                         struct folder_pairs *pairs, int *status);
void folder_pairs_free(struct folder_pairs *pairs); // all zero is fine

// Whether the path is that of a folder of files, and not of a file that is made of one (a .dSYM).
bool path_is_folder(const char *path);

#endif
