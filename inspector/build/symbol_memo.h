// SPDX-License-Identifier: MIT
// Symbols of an object that were looked up before: object_find_symbol goes through the whole table for each, and the classes that
// need them (std::ostream has a virtual base) come back in unit after unit.
#ifndef STRATA_BUILD_SYMBOL_MEMO_H
#define STRATA_BUILD_SYMBOL_MEMO_H

#include "base/arena.h"
#include "object/object.h"

struct known_symbol;

// Belongs to one thread, and to one object. Starts zeroed.
struct symbol_memo {
    struct known_symbol *slots; // open addressing; a power of two of them, or none
    size_t slots_count, used;
    struct arena names;
};

// As object_find_symbol.
bool symbol_memo_find(struct symbol_memo *memo, const struct object *object, const char *name,
                      uint64_t *address, uint64_t *size_bytes);

void symbol_memo_free(struct symbol_memo *memo);

#endif
