// SPDX-License-Identifier: MIT
// The few DWARF expressions that places and sizes of data are written in (DWARF 5 section 2.5): a bounded
// stack machine without memory. Thread-safe.
#ifndef STRATA_DWARF_LOCATION_H
#define STRATA_DWARF_LOCATION_H

#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

// Runs `expression`. `start` lies on the stack first when it is not NULL: an object's address, 0 for an
// offset into it. False when the expression needs memory or registers, has an unknown operation, or is
// broken.
bool location_evaluate(struct bytes expression, bool big_endian, const int64_t *start, int64_t *value);

// What an expression of a fixed place begins with.
enum location_start {
    LOCATION_ELSEWHERE, // no such expression
    LOCATION_ADDRESS,   // DW_OP_addr
    LOCATION_NUMBER,    // DW_OP_addrx, DW_OP_GNU_addr_index: an address's number (address_list.h)
};

// `expression` as an address of the program, or its number, and a distance from there: DW_OP_addr or one of its kind, alone, or
// with a DW_OP_plus_uconst, as compilers write it for variables that they have put into one.
enum location_start location_place(struct bytes expression, unsigned address_bytes, bool big_endian,
                                   uint64_t *address_or_number, uint64_t *distance_bytes);

// True for the expression that g++ and clang++ write for a virtual base: take the vtable's address from the
// object's first word, read the word `*below_bytes` below it, and add that to the object's address:
//
//     dup, deref, <constant>, minus, deref, plus
bool location_is_virtual_base(struct bytes expression, bool big_endian, uint64_t *below_bytes);

#endif
