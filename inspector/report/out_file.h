// SPDX-License-Identifier: MIT
// A file that replaces an older one only when it is complete: it is written beside it, without a name where
// the file system can do that, and renamed at the end. A full disk or a kill leaves the old one whole. What
// is no regular file (a pipe, a terminal, /dev/stdout) is written directly.
#ifndef STRATA_REPORT_OUT_FILE_H
#define STRATA_REPORT_OUT_FILE_H

#include "base/attributes.h"
#include "base/error.h"
#include <stddef.h>

struct out_file;

// `path` "-" is standard output. A symbolic link is followed: what it points to is replaced.
MUST_USE struct error *out_file_open(const char *path, struct out_file **file);

// The path of the regular file that `path` is or will be, links followed, also those to what is not there yet; what is no regular
// file, and "-", stays as it is. The caller frees *resolved.
MUST_USE struct error *out_file_resolve(const char *path, char **resolved);

const char *out_file_path(const struct out_file *file); // as resolved; borrowed

// An output_write.
int out_file_write(void *file, const char *data, size_t size_bytes);

// The bytes reach the disk, then the old file is replaced. Frees `file`, also on errors: the old one stays
// then.
MUST_USE struct error *out_file_commit(struct out_file *file);

void out_file_discard(struct out_file *file); // NULL is fine

#endif
