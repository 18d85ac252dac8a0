// SPDX-License-Identifier: MIT
#include "layout/align.h"

#include "base/attributes.h"
#include "type/language.h"

#include <elf.h>
#include <string.h>

enum { MACHINE_WASM = 0x4157 }; // of no registry, but what tools use

// Sources: System V ABI of each machine (table of scalar types); for i386, figure 2-1 of the Intel386 psABI:
// 8-byte scalars keep 4-byte alignment inside structs. For m68k, the SysV port's `short` alignment of all
// larger types. _BitInt: the psABIs of x86-64 and i386 (8 and 4); elsewhere compilers have changed it. For
// s390x, section "Fundamental types": long double aligns to 8. For SuperH, `long long` to
// 4.
static const struct {
    uint16_t machine;
    unsigned bits; // 0: both classes
    struct abi abi;
} machines[] = {
    {EM_X86_64, 64, {"x86-64", 8, 16, 16, 8, 0}},
    {EM_X86_64, 32, {"x32", 8, 16, 16, 8, 0}},
    {EM_386, 0, {"i386", 4, 16, 16, 4, ABI_VECTORS_VARY}},
    {EM_IAMCU, 0, {"iamcu", 4, 4, 4, 0, 0}},
    {EM_ARM, 0, {"arm", 8, 8, 8, 0, ABI_UNNAMED_BITS_ALIGN | ABI_ALIGN_UNSTATED | ABI_VECTORS_CAPPED}},
    {EM_AARCH64, 0, {"aarch64", 8, 16, 16, 0, ABI_PREDICATES | ABI_UNNAMED_BITS_ALIGN | ABI_VECTORS_CAPPED}},
    {EM_PPC, 0, {"ppc", 8, 16, 16, 0, 0}},
    {EM_PPC64, 0, {"ppc64", 8, 16, 16, 0, 0}},
    {EM_RISCV, 64, {"riscv64", 8, 16, 16, 0, ABI_VECTORS_VARY | ABI_ALIGN_UNSTATED}},
    {EM_RISCV, 32, {"riscv32", 8, 16, 16, 0, ABI_VECTORS_VARY | ABI_ALIGN_UNSTATED}},
    {EM_S390, 64, {"s390x", 8, 8, 16, 0, ABI_WIDE_VARIES}},
    {EM_S390, 32, {"s390", 8, 8, 8, 0, 0}},
    {EM_68K, 0, {"m68k", 2, 2, 16, 0, ABI_BITS_FREE | ABI_ALIGN_UNSTATED}},
    {EM_MIPS, 64, {"mips64", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_MIPS, 32, {"mips", 8, 8, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_SPARC, 0, {"sparc", 8, 8, 8, 0, ABI_ALIGN_UNSTATED}},
    {EM_SPARCV9, 0, {"sparc64", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_LOONGARCH, 0, {"loongarch", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_ALPHA, 0, {"alpha", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_IA_64, 0, {"ia64", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_PARISC, 0, {"hppa", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {EM_SH, 0, {"sh", 4, 4, 8, 0, ABI_ALIGN_UNSTATED}},
    {EM_AVR, 0, {"avr", 1, 1, 1, 0, 0}},
    {EM_MSP430, 0, {"msp430", 2, 2, 2, 0, ABI_ALIGN_UNSTATED}},
    {EM_BPF, 0, {"bpf", 8, 16, 16, 0, 0}},
    {EM_XTENSA, 0, {"xtensa", 8, 16, 16, 0, ABI_ALIGN_UNSTATED}},
    {MACHINE_WASM, 64, {"wasm64", 8, 16, 16, 0, 0}},
    {MACHINE_WASM, 32, {"wasm32", 8, 16, 16, 0, 0}},
};

// Where a system has rules of its own. Windows: "x64 ABI conventions" and what gcc and clang keep of it for mingw
// (-mms-bitfields is their default): bit-fields in units of their type, on i386 8-byte scalars at 8. macOS: "Writing ARM64 code
// for Apple platforms" and clang: there, unnamed bit-fields align nothing; arm and ppc had ABIs in which 8-byte scalars align
// to 4 or to 8, by version and place.
static const struct {
    enum platform platform;
    uint16_t machine;
    struct abi abi;
} platforms[] = {
    {PLATFORM_WINDOWS, EM_X86_64, {"x86-64", 8, 16, 16, 8, ABI_BITS_MICROSOFT}},
    {PLATFORM_WINDOWS, EM_386, {"i386", 8, 16, 16, 4, ABI_BITS_MICROSOFT | ABI_VECTORS_VARY}},
    {PLATFORM_WINDOWS, EM_ARM, {"arm", 8, 8, 8, 0, ABI_BITS_MICROSOFT}},
    {PLATFORM_WINDOWS, EM_AARCH64, {"aarch64", 8, 16, 16, 0, ABI_BITS_MICROSOFT}},
    {PLATFORM_DARWIN, EM_AARCH64, {"aarch64", 8, 16, 16, 0, ABI_VECTORS_CAPPED}},
    {PLATFORM_DARWIN, EM_ARM, {"arm", 8, 8, 8, 0, ABI_GUESS}},
    {PLATFORM_DARWIN, EM_PPC, {"ppc", 8, 16, 16, 0, ABI_GUESS}},
    {PLATFORM_DARWIN, EM_PPC64, {"ppc64", 8, 16, 16, 0, ABI_GUESS}},
};

const struct abi *abi_of_platform(uint16_t elf_machine, unsigned address_bits, enum platform platform)
{
    for (size_t i = 0; i < ARRAY_LENGTH(platforms); i++)
        if (platforms[i].platform == platform && platforms[i].machine == elf_machine)
            return &platforms[i].abi;
    return abi_of_machine(elf_machine, address_bits);
}

static const struct abi natural = {"unknown", 16, 64, 64, 0, 0};
static const struct abi guess = {"unknown", 16, 64, 64, 0, ABI_GUESS};

const struct abi *abi_natural(void)
{
    return &natural;
}

// All machines of the table with 64-bit addresses align what has up to 8 bytes to its size, all with 32-bit ones (but
// the m68k) what has up to 4.
static const struct abi unstated_64 = {"unknown", 8, 0, 0, 0, 0}, unstated_32 = {"unknown", 4, 0, 0, 0, 0};

const struct abi *abi_of_machine(uint16_t elf_machine, unsigned address_bits)
{
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].machine == elf_machine && (!machines[i].bits || machines[i].bits == address_bits))
            return &machines[i].abi;
    if (elf_machine == EM_NONE && address_bits)
        return address_bits == 64 ? &unstated_64 : &unstated_32;
    return &guess;
}

uint64_t align_allowed(uint64_t value, uint64_t limit)
{
    uint64_t lowest = value & -value;
    return lowest && lowest < limit ? lowest : limit;
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

// _BitInt(65) and wider: an array of words, not a scalar of its size.
static bool is_wide_bitint(const struct type *type)
{
    return type->kind == TYPE_BASE && type->size_bytes > 8 && type->name && strstr(type->name, "_BitInt");
}

static bool is_varying_integer(const struct abi *abi, const struct type *type)
{
    bool is_integer = type->encoding == ENCODING_SIGNED || type->encoding == ENCODING_UNSIGNED;
    return (abi->open & ABI_WIDE_VARIES) && type->kind == TYPE_BASE && type->size_bytes == 16 && is_integer;
}

uint64_t abi_scalar_align_bytes(const struct abi *abi, const struct type *type)
{
    // A Go variable of a func type is a pointer to a closure: it has a size, and aligns as one.
    bool is_go_func = type->kind == TYPE_FUNCTION && language_family(type->language) == FAMILY_GO;
    if ((type->kind == TYPE_FUNCTION && !is_go_func) || type->kind == TYPE_STRING)
        return 1;
    if (!type->size_known || !type->size_bytes)
        return 0;
    if (align_is_valid(type->wide_align_bytes))
        return type->wide_align_bytes;
    uint64_t size_bytes = type->size_bytes;
    if (type->kind == TYPE_OTHER || type->kind == TYPE_VOID)
        return 0;
    // A pointer to a member function is a pair of words.
    if (type->kind == TYPE_MEMBER_POINTER && type->address_bytes)
        return at_most(align_allowed(type->address_bytes, 8), abi->word_bytes);
    if (is_wide_bitint(type) && abi->bitint_bytes)
        return abi->bitint_bytes;
    if (is_varying_integer(abi, type))
        return type->size_bytes;
    if (type->kind == TYPE_BASE && type->encoding == ENCODING_COMPLEX_FLOAT)
        size_bytes /= 2; // as its real part
    if (!abi->wide_bytes && size_bytes > abi->word_bytes)
        return 0;
    // The 12 bytes of i386's long double align to 4: the largest power of two in the size.
    uint64_t natural_bytes = align_allowed(size_bytes, 64);
    uint64_t result = at_most(natural_bytes, size_bytes > 8 ? abi->wide_bytes : abi->word_bytes);
    // Go aligns its 8-byte scalars to the word on every 32-bit machine, arm and mips included
    // (cmd/compile/internal/types/size.go, RegSize).
    if (language_family(type->language) == FAMILY_GO && type->address_bytes)
        result = at_most(result, align_allowed(type->address_bytes, 8));
    return result;
}

uint64_t abi_scalar_guess_bytes(const struct abi *abi, const struct type *type)
{
    bool is_opaque_register = type->kind == TYPE_BASE && type->size_bytes > 32; // of AMX, MMA and the like
    if (type->kind == TYPE_FUNCTION || type->kind == TYPE_STRING)
        return 0;
    if ((is_wide_bitint(type) && !abi->bitint_bytes) || is_varying_integer(abi, type))
        return at_most(type->address_bytes ? type->address_bytes : 1, 8);
    return (abi->open & ABI_GUESS) || is_opaque_register;
}

// Measured of gcc 12 to 16 and clang 14 to 21 on each machine: a vector aligns to its size but for these.
uint64_t abi_vector_least_bytes(const struct abi *abi, const struct type *type)
{
    const struct type *element = type->target ? type_strip(type->target) : NULL;
    const bool is_predicate = element && element->size_bytes == 1 &&
                              element->encoding == ENCODING_UNSIGNED_CHARACTER && type->size_bytes <= 8;
    if (abi->open & ABI_GUESS)
        return 1;
    // i386: gcc without SSE aligns one of 8 bytes in a struct as it does a double.
    if (abi->word_bytes < 8 && (abi->open & ABI_VECTORS_VARY))
        return type->size_bytes == 8 ? abi->word_bytes : 0;
    if (abi->open & (ABI_VECTORS_VARY | ABI_WIDE_VARIES))
        return type->size_bytes > 8 ? 8 : 0;
    return (abi->open & ABI_PREDICATES) && is_predicate ? 2 : 0;
}

uint64_t abi_vector_align_bytes(const struct abi *abi, const struct type *type)
{
    const bool is_capped = type->size_bytes <= 16 || (abi->open & ABI_VECTORS_CAPPED);
    return align_allowed(type->size_bytes, is_capped ? abi->vector_bytes : UINT64_C(1) << 28);
}
