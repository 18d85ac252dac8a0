// Work that falls into independent slices, done by several threads.
#ifndef STRATA_BASE_SLICES_H
#define STRATA_BASE_SLICES_H

#include <stddef.h>

// Calls work(context, i) once for each i below `count`, on up to `threads` threads, the calling one among
// them: in any order, and returns when all are done. Threads that cannot be started are missed, not needed.
void slices_run(size_t count, unsigned threads, void (*work)(void *context, size_t slice), void *context);

#endif
