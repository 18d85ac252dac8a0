// SPDX-License-Identifier: MIT
// Where a layer that does not print says how far a long work is. The sink decides what becomes of it.
#ifndef STRATA_BASE_PROGRESS_H
#define STRATA_BASE_PROGRESS_H

#include <stdint.h>

struct progress_sink {
    // A work begins; one at a time. `label` ("scanning") lives until the end.
    void (*begin)(struct progress_sink *sink, const char *label);
    // `done` of `total`, of any unit. Called by any thread, but never by two at once; often, so it must be quick.
    void (*update)(struct progress_sink *sink, uint64_t done, uint64_t total);
    void (*end)(struct progress_sink *sink); // (not "stop": cmocka 2 has a macro of that name)
};

// The same; a sink that is NULL takes nothing.
static inline void progress_start(struct progress_sink *sink, const char *label)
{
    if (sink)
        sink->begin(sink, label);
}

static inline void progress_update(struct progress_sink *sink, uint64_t done, uint64_t total)
{
    if (sink)
        sink->update(sink, done, total);
}

static inline void progress_stop(struct progress_sink *sink)
{
    if (sink)
        sink->end(sink);
}

#endif
