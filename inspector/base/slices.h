// SPDX-License-Identifier: MIT
// Work that falls into independent slices, done by several threads: the only place where strata starts threads
// to share work.
#ifndef STRATA_BASE_SLICES_H
#define STRATA_BASE_SLICES_H

#include <stddef.h>

// No work runs on more threads than this, whatever it is asked for.
enum { THREADS_MOST = 1024 };

// As many as there are processors to run them; at least 1, at most THREADS_MOST.
unsigned threads_available(void);

// Calls work(context, i) once for each i below `count`, on up to `threads` threads (0 stands for 1), the calling
// one among them: in any order, and returns when all are done. Threads that cannot be started are missed, not
// needed: then a thread does several slices, one after the other.
void slices_run(size_t count, unsigned threads, void (*work)(void *context, size_t slice), void *context);

#endif
