// SPDX-License-Identifier: MIT
// What a live map did with memory and chance, told by its own allocator, random source and events: all that
// the memory witness may know. Nothing here reads a field of a map by name.
#ifndef STRATA_CHECK_MEMORY_LOG_H
#define STRATA_CHECK_MEMORY_LOG_H

#include "hmapcore/hmap.h"

enum { LOG_RANGES_MOST = 4096 };

struct logged_range {
    uintptr_t start, end;
};

struct memory_log {
    struct logged_range ranges[LOG_RANGES_MOST]; // allocated and not released
    size_t ranges_count;
    bool is_full; // more than the log can hold: nothing may be concluded
    uint64_t draws_state, last_draw;
    struct hmap_context *context;
    // Called with each event after the log's own bookkeeping; may be NULL.
    void (*listener)(void *state, const struct hmap_event *event);
    void *listener_state;
};

// A context whose allocator, random numbers and events go through the log. Valid while the log is. The hash
// is by plain instructions, so that what is observed is the same on every machine.
void memory_log_context(struct memory_log *log, struct hmap_context *context, const struct hmap_type *type,
                        enum hmap_hash_algorithm algorithm, uint64_t seed);

// The same for a context that exists, but for its events: for the part of a Swiss map's that both kinds share.
void memory_log_attach(struct memory_log *log, struct hmap_context *context, uint64_t seed);

// Whether the bytes lie in memory that the map was given and has not released.
bool memory_log_holds(const struct memory_log *log, uintptr_t address, size_t size_bytes);

// The 8 bytes at `address` as a number; false when they are not the map's.
bool memory_log_word(const struct memory_log *log, uintptr_t address, uint64_t *word);

#endif
