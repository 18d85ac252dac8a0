// SPDX-License-Identifier: MIT
// Compiled abbrevs, each declaration once: the units of a program have tables of their own, but the same
// declarations under other codes. Of a kernel's 700 thousand a few thousand are different.
#ifndef STRATA_DWARF_ABBREV_POOL_H
#define STRATA_DWARF_ABBREV_POOL_H

#include "dwarf/abbrev_compile.h"

// Of a table in the making: its parts, before they are copied to where they stay.
struct table_parts {
    VEC(const struct abbrev *) dense;
    VEC(struct abbrev_step) steps;
    VEC(struct coded_abbrev) sparse;
};

// Belongs to one thread. Starts zeroed. Pooled abbrevs live until abbrev_pool_free.
struct abbrev_pool {
    struct arena arena;
    struct abbrev_pool_slot *slots; // open addressing; a power of two of them
    size_t slots_count;
    VEC(struct abbrev_pool_entry) entries;
    struct compiler compiler;
    struct table_parts parts;
};

// What a table needs to know of an abbrev when it is made. It stands where the abbrev is looked up: nothing else has to be
// fetched.
struct abbrev_brief {
    const struct abbrev *abbrev;
    struct abbrev_step step;
    uint8_t type_name_at; // name_at of one that may name a type; else NAME_NOWHERE
    bool is_template_parameter : 1;
    bool is_of_supplement : 1;
    bool completes_type : 1;
};

// A declaration as it stands in .debug_abbrev, without its code. Seven bytes behind it are readable.
struct abbrev_bytes {
    const uint8_t *data;
    uint32_t size_bytes;
    uint32_t unit_key; // what forms mean in the unit
    uint64_t hash;
};

struct abbrev_bytes abbrev_bytes_of(const struct unit *unit, const uint8_t *data, size_t size_bytes);

// NULL when the pool does not have it yet. Valid until something is added.
const struct abbrev_brief *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes);

// Compiles what the pool does not have yet. NULL when memory is short. Likewise.
const struct abbrev_brief *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                           const struct declaration *declaration);

void abbrev_pool_free(struct abbrev_pool *pool);

#endif
