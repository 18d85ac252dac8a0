// SPDX-License-Identifier: MIT
// A memory that remembers what was read through it, so that one can go back in time: what changed between two looks is
// kept, in blocks of 64 bytes, and nothing else.
//
//     memory_history_open(process)          reads go to the process, and are remembered
//     memory_history_frame(log, 1 … n)      what is read from now on belongs to that look
//     memory_history_go(log, k)             reads are answered with what was known after look k; what was never read by
//                                       then cannot be read
//     memory_history_go(log, 0)             back to the process
//
// Belongs to one thread.
#ifndef STRATA_MEMORY_MEMORY_HISTORY_H
#define STRATA_MEMORY_MEMORY_HISTORY_H

#include "memory/memory.h"

struct memory_history;

// `under` is borrowed; NULL: there is only what is put in. *memory is to be read from, and is closed with the log; at most some most_bytes are kept: when
// they are full all is forgotten, and memory_history_first says from which look on there is something.
MUST_USE struct error *memory_history_open(struct memory *under, size_t most_bytes,
                                           struct memory_history **log, struct memory **memory);

void memory_history_frame(struct memory_history *log, uint32_t frame);
void memory_history_go(struct memory_history *log, uint32_t frame);
uint32_t memory_history_first(const struct memory_history *log);

// When it is full nothing more is remembered, instead of all being forgotten: for a recording, which must be whole.
void memory_history_keep(struct memory_history *log);

// Some bytes of the caller's for the look that is under way, once a look; zeros for looks that have none.
enum { MEMORY_MARK_BYTES = 32 };
struct memory_mark {
    uint8_t bytes[MEMORY_MARK_BYTES];
};
void memory_history_mark(struct memory_history *log, const struct memory_mark *mark);
struct memory_mark memory_history_marked(const struct memory_history *log, uint32_t frame);

// The last look that was marked and that all there was room for is of; 0: none.
uint32_t memory_history_last(const struct memory_history *log);

// What changed of a block in a look: a bit of the mask a byte. `number` is the address divided by the block's size.
enum { MEMORY_HISTORY_BLOCK_BYTES = 64 };
struct memory_history_part {
    uint32_t frame;
    uint64_t number, mask;
    uint8_t bytes[MEMORY_HISTORY_BLOCK_BYTES];
};

// As if it had been read in the look that is under way.
void memory_history_put(struct memory_history *log, const struct memory_history_part *part);
// The parts by look; *at is 0 at first. False: there are no more.
bool memory_history_next(const struct memory_history *log, size_t *at, struct memory_history_part *part);

// How long the reads of the memory under it took so far, without the remembering.
uint64_t memory_history_read_ns(const struct memory_history *log);

#endif
