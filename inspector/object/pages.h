// SPDX-License-Identifier: MIT
// The pages of large mappings, by several threads.
#ifndef STRATA_OBJECT_PAGES_H
#define STRATA_OBJECT_PAGES_H

#include <stddef.h>

// Gives the pages of a whole mapping back, on that many threads, where they are so many that this takes longer than starting one:
// a mapping that is to be unmapped, which one thread would do. What stood in it is lost.
void pages_drop(void *mapping, size_t size_bytes, unsigned threads);

#endif
