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

// True for an expression that is an address of the program alone (DW_OP_addr).
bool location_is_address(struct bytes expression, unsigned address_bytes, bool big_endian, uint64_t *address);

// True for the expression that g++ and clang++ write for a virtual base: take the vtable's address from the
// object's first word, read the word `*below_bytes` below it, and add that to the object's address:
//
//     dup, deref, <constant>, minus, deref, plus
bool location_is_virtual_base(struct bytes expression, bool big_endian, uint64_t *below_bytes);

#endif
