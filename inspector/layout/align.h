// SPDX-License-Identifier: MIT
// The alignment rules of machines: what debug information takes for granted and does not state.
#ifndef STRATA_LAYOUT_ALIGN_H
#define STRATA_LAYOUT_ALIGN_H

#include "base/platform.h"
#include "type/type.h"

enum abi_open {
    ABI_GUESS = 1,      // the machine is not known: what is said is natural alignment, and a guess
    ABI_PREDICATES = 2, // AArch64: small vectors of unsigned char may be predicates of SVE, which align to 2
    ABI_VECTORS_VARY = 4,     // RISC-V: fixed-length vectors of RVV align to 8 at most, others to their size
    ABI_WIDE_VARIES = 8,      // s390x: __int128 and vectors align to 8 or 16, by options and by compiler
    ABI_BITS_FREE = 16,       // m68k: bit-fields lie bit to bit and have no alignment
    ABI_ALIGN_UNSTATED = 64,  // gcc states no alignment of types there: it keeps strict alignment
    ABI_VECTORS_CAPPED = 128, // ARM: no vector aligns to more than vector_bytes, whatever its size
    ABI_BITS_MICROSOFT =
        256, // a bit-field shares the unit of the one before it only where both types have one size
    ABI_UNNAMED_BITS_ALIGN = 32, // AAPCS: unnamed bit-fields align the record as named ones do
};

// How one machine's ABI places scalars inside a struct. Read-only, static; any thread may use it.
struct abi {
    const char *name;    // "x86-64"
    uint64_t word_bytes; // most alignment of an integer or a float of up to 8 bytes
    uint64_t wide_bytes; // of a 16-byte one: long double, __int128, _Float128; 0: nothing is known of the
                         // alignment of what is larger than word_bytes
    uint64_t
        vector_bytes; // of a vector of up to 16 bytes; larger ones align to their size, save where capped
    uint64_t bitint_bytes; // of a _BitInt of more than 64 bits; 0: unknown
    unsigned open;         // enum abi_open, or-ed: what the ABI leaves to options
};

// Natural alignment, for types that are of no machine. Never NULL.
const struct abi *abi_natural(void);

// The rules for an ELF machine (EM_*) of that class (32 or 64 bits: x32 is EM_X86_64 with 32). A machine that
// strata does not know gets natural alignment and the name "unknown"; so does 0, no machine, with 0 bits. Where the
// machine is not stated but the size of its addresses is (a BTF by itself), what is larger than these has no
// known alignment: on 32-bit machines the rules for 8-byte numbers differ. The result is never NULL.
const struct abi *abi_of_machine(uint16_t elf_machine, unsigned address_bits);

// The same for a file of that platform: Windows and macOS have rules of their own for some machines.
const struct abi *abi_of_platform(uint16_t elf_machine, unsigned address_bits, enum platform platform);

// Alignment inside a struct, in bytes, of a type that is no record, array, typedef or qualifier. 0: unknown.
uint64_t abi_scalar_align_bytes(const struct abi *abi, const struct type *type);

// Alignment, in bytes, of a vector type of a known size.
uint64_t abi_vector_align_bytes(const struct abi *abi, const struct type *type);

// Where the alignment is only the most that such a type has, since the ABI has several rules and what tells
// them apart is not in the debug information: the least, in bytes. 0: it is no guess.
uint64_t abi_scalar_guess_bytes(const struct abi *abi, const struct type *type);
// The same of vectors, where options decide.
uint64_t abi_vector_least_bytes(const struct abi *abi, const struct type *type);

// The largest power of two that divides `value`; `limit`, a power of two, when nothing smaller does.
uint64_t align_allowed(uint64_t value, uint64_t limit);

// Whether `alignment`, in bytes, can be one: a power of two, and no larger than an object file can ask for
// (gcc takes up to 2^28). Anything else in a file is no statement.
static inline bool align_is_valid(uint64_t alignment)
{
    return alignment && !(alignment & (alignment - 1)) && alignment <= UINT64_C(1) << 32;
}

#endif
