// SPDX-License-Identifier: MIT
// The Go program that repeats experiments on real Go: the files of inspector/lab/go, built into strata.
#ifndef STRATA_LAB_LAB_GO_FILES_H
#define STRATA_LAB_LAB_GO_FILES_H

#include <stddef.h>

struct embedded_file {
    const char *name;
    const unsigned char *data;
    size_t size_bytes;
};

extern const struct embedded_file lab_go_files[]; // ends with a NULL name

#endif
