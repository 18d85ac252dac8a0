// SPDX-License-Identifier: MIT
// How a file that a user names is to be read.
#ifndef STRATA_OBJECT_FILE_WISH_H
#define STRATA_OBJECT_FILE_WISH_H

#include <stdbool.h>

// All zero, which NULL stands for: as most are.
struct file_wish {
    const char *slice;  // of a universal file: "arm64", as lipo calls it; NULL: see universal.h
    bool any_expansion; // what is compressed as a whole may grow however much
};

#endif
