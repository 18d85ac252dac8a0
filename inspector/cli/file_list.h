// SPDX-License-Identifier: MIT
// A list of files, a path a line, and a program's share of it: what a job of many tasks works on.
#ifndef STRATA_CLI_FILE_LIST_H
#define STRATA_CLI_FILE_LIST_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

// Every slices-th path, from the slice-th on, as `split -n r/SLICE/SLICES` deals them out. 0 of 0: all.
struct file_slice {
    unsigned slice, slices;
};

// "3/8". False: it is no such thing.
bool file_slice_parse(const char *text, struct file_slice *slice);

// Whether the path of that number, from 0, belongs to the slice.
static inline bool file_slice_has(const struct file_slice *slice, size_t number)
{
    return !slice->slices || number % slice->slices == slice->slice - 1;
}

// Cuts the list into its lines and calls each(context, path) for those that are not empty; the paths live as long as *text,
// which the caller frees. `path` "-" is standard input. `each` returns false when memory is short.
MUST_USE struct error *file_list_read(const char *path, char **text, bool (*each)(void *context, char *path),
                                      void *context);

#endif
