// SPDX-License-Identifier: MIT
// The pages of large mappings, by several threads.
#ifndef STRATA_OBJECT_PAGES_H
#define STRATA_OBJECT_PAGES_H

#include <stddef.h>
#include <stdint.h>

// Gives the pages of a whole mapping back, on that many threads, where they are so many that this takes longer than starting one:
// a mapping that is to be unmapped, which one thread would do. What stood in it is lost.
void pages_drop(void *mapping, size_t size_bytes, unsigned threads);

// Gives the whole pages among these back, which are a file's, mapped to be read.
void pages_let_go(const uint8_t *start, uint64_t size_bytes);

#endif
