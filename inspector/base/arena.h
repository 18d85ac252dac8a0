// SPDX-License-Identifier: MIT
// Bump allocation: many small objects that live and die together. Not thread-safe; each worker has its own.
#ifndef STRATA_BASE_ARENA_H
#define STRATA_BASE_ARENA_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *newest;
    uint8_t *next; // first free byte of the newest chunk
    uint8_t *end;
    bool has_failed;           // memory was short for something in it, since arena_init or arena_free
    size_t allocated_bytes;    // all chunks together, for reports of memory use
    struct arena_chunk *spare; // kept by arena_reset for what comes, zeroed
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena); // frees everything at once; the arena may be used again

// As arena_free, but large chunks stay, for an arena that is filled over and over: to clear a page costs a tenth of
// giving it back and getting another.
void arena_reset(struct arena *arena);

// A place in an arena, to come back to.
struct arena_mark {
    struct arena_chunk *chunk;
    uint8_t *next;
};

static inline struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->newest, arena->next};
}

// Gives back what was allocated since the mark, so that what comes next finds it in the nearest cache; where that took another
// chunk, it stays allocated.
void arena_rewind(struct arena *arena, struct arena_mark mark);

// Takes over all that `from` holds, which is empty then: what was allocated there lives as long as `arena`.
void arena_adopt(struct arena *arena, struct arena *from);

// Zeroed memory of `size_bytes`, aligned to 16; NULL when memory is short. A size of 0 gives a unique
// pointer.
MUST_USE void *arena_alloc(struct arena *arena, size_t size_bytes);

// `count` objects of `size_bytes`; NULL also when the product overflows.
MUST_USE void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes);

// A NUL-terminated copy of `length` bytes.
MUST_USE char *arena_copy_text(struct arena *arena, const char *text, size_t length);

// Text in printf's manner.
MUST_USE char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
