// SPDX-License-Identifier: MIT
// A DIE with all its attributes, as the deep reader gives it.
#ifndef STRATA_DWARF_DIE_H
#define STRATA_DWARF_DIE_H

#include "base/bytes.h"
#include "dwarf/unit.h"

enum die_value_kind {
    DIE_VALUE_UNSIGNED, // constants, flags (0 or 1), section offsets, indexes already resolved
    DIE_VALUE_SIGNED,   // DW_FORM_sdata and implicit_const
    DIE_VALUE_TEXT,
    DIE_VALUE_BLOCK, // blocks, exprlocs, data16
    DIE_VALUE_REFERENCE,
    DIE_VALUE_ADDRESS,
    DIE_VALUE_UNREADABLE, // a reference that leads nowhere, a text outside its section
};

struct die_attribute {
    uint16_t name; // DW_AT_*
    uint16_t form; // DW_FORM_*
    enum die_value_kind kind;
    union {
        uint64_t number; // UNSIGNED, ADDRESS
        int64_t signed_number;
        const char *text; // borrowed from the section, or from the arena
        struct bytes block;
        struct die_ref reference;
    };
};

struct die {
    struct die_ref ref;
    uint16_t tag;
    struct die_attribute *attributes; // in the arena that was given
    size_t attributes_count;
    uint64_t marks; // bit name % 64 of each attribute's name
};

// The same, where the marks do not exclude it already.
const struct die_attribute *die_attribute_search(const struct die *die, uint16_t name);

// The attribute of that name; NULL when the DIE has none, as is the case most often.
static inline const struct die_attribute *die_attribute(const struct die *die, uint16_t name)
{
    return die->marks >> (name & 63) & 1 ? die_attribute_search(die, name) : NULL;
}

static inline void die_mark(struct die *die, uint16_t name)
{
    die->marks |= UINT64_C(1) << (name & 63);
}

#endif
