// SPDX-License-Identifier: MIT
// What comes through a pipe, kept where it can be mapped as a file can.
#ifndef STRATA_OBJECT_STREAM_H
#define STRATA_OBJECT_STREAM_H

#include "base/error.h"

// Reads all that comes through `descriptor` into a nameless file in memory; the caller closes *kept. Stops at
// the first bytes when they begin no ELF file, BTF, archive or compressed file: what has no end is not waited for. `path` is for
// messages. Errors: those of the system, nothing came (ERROR_BAD_FORMAT), not ELF (ERROR_BAD_FORMAT).
MUST_USE struct error *stream_keep(int descriptor, const char *path, int *kept);

// A pipe can be read once, but more than one reader may want to look: where standard input is one, all that comes
// is kept, and the copy takes its place. Errors as of stream_keep.
MUST_USE struct error *stream_settle_input(void);

#endif
