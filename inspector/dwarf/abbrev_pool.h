// SPDX-License-Identifier: MIT
// Compiled abbrevs, each declaration once: the units of a program have tables of their own, but the same
// declarations under other codes. Of a kernel's 700 thousand a few thousand are different.
#ifndef STRATA_DWARF_ABBREV_POOL_H
#define STRATA_DWARF_ABBREV_POOL_H

#include "dwarf/abbrev_compile.h"

// Belongs to one thread. Starts zeroed. Pooled abbrevs live until abbrev_pool_free.
struct abbrev_pool {
    struct arena arena;
    struct abbrev_pool_slot *slots; // open addressing; a power of two of them
    size_t slots_count, used;
    struct compiler compiler;
};

// A declaration as it stands in .debug_abbrev, without its code.
struct abbrev_bytes {
    const uint8_t *data;
    uint32_t size_bytes;
    uint32_t unit_key; // what forms mean in the unit
    uint64_t hash;
};

struct abbrev_bytes abbrev_bytes_of(const struct unit *unit, const uint8_t *data, size_t size_bytes);

// Two steps on the way to abbrev_pool_find: bring what it looks at into the caches, first the place, then what stands there.
void abbrev_pool_prefetch(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes);
void abbrev_pool_prefetch_found(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes);

// NULL when the pool does not have it yet.
const struct abbrev *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes);

// Compiles what the pool does not have yet. NULL when memory is short.
const struct abbrev *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                     const struct declaration *declaration);

void abbrev_pool_free(struct abbrev_pool *pool);

#endif
