// SPDX-License-Identifier: MIT
// A line of a source file that a log names, where the file is at hand.
#ifndef STRATA_EXPLAIN_SOURCE_LINE_H
#define STRATA_EXPLAIN_SOURCE_LINE_H

#include "base/arena.h"
#include <stdint.h>

// NULL where it is not at hand. The path is a log's, which is not trusted: only a plain file with a name in .go or .s is
// read, by its absolute path, and no more than SOURCE_BYTES_MOST of it.
enum { SOURCE_BYTES_MOST = 8 << 20 };
const char *source_line_read(const char *path, uint64_t line, struct arena *arena);

#endif
