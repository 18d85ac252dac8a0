// SPDX-License-Identifier: MIT
// A small file read whole: rules, a baseline. Not for programs, which are mapped (object/image.h).
#ifndef STRATA_BASE_READ_TEXT_H
#define STRATA_BASE_READ_TEXT_H

#include "base/error.h"

// "-" is standard input. A file of more than `most` bytes is refused with `kind` as what it is too large for ("a file of
// rules"). A FIFO that nobody has open for writing is empty: it is not waited for. The caller frees *text, which is NULL
// after an error. Thread-safe.
MUST_USE struct error *read_text(const char *path, size_t most, const char *kind, char **text,
                                 size_t *size_bytes);

#endif
