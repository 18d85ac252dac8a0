// SPDX-License-Identifier: MIT
// Where a bit-field goes, by the System V and by Microsoft's rule.
//
//     int a:3; char b;      System V   a a a . . . . .  b              b lies in the unit of a
//                           Microsoft  a a a . . . . .  . . .  b       the unit, an int, is a's alone
#ifndef STRATA_CHECK_ABI_BITS_H
#define STRATA_CHECK_ABI_BITS_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stdint.h>

struct abi_bits {
    uint64_t size_bits;
    uint64_t storage_bits; // its type's size; 0: what is placed is no bit-field
    uint64_t align_bytes;
};

// The unit that Microsoft's rule keeps open.
struct abi_unit {
    uint64_t end_bits, storage_bits; // 0: none is open
};

// System V psABI, "Bit-Fields": a bit-field lies within one storage unit of its type; a unit begins wherever
// that type's alignment allows (i386: a unit of 8 bytes at each 4).
bool abi_bits_fit(const struct abi_bits *bits, uint64_t at_bits);

// By the System V rule; packed ones lie bit to bit.
uint64_t abi_bits_place(const struct abi_bits *bits, uint64_t cursor_bits, bool packed);

// By Microsoft's (gcc's manual, -mms-bitfields): where a member that may begin at `cursor_bits` starts to look for its
// place. A bit-field goes on in the unit before it when the types have one size and there is room, else a unit of its own
// begins; whatever else follows leaves the unit whole. *unit is what is open then.
uint64_t abi_bits_begin(const struct abi_bits *bits, uint64_t cursor_bits, struct abi_unit *unit);

#endif
