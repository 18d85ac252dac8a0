// SPDX-License-Identifier: MIT
// How BTF is written: the kernel's Documentation/bpf/btf.rst and include/uapi/linux/btf.h. Numbers of our own,
// since the header of an older system lacks the newer kinds.
//
//     header   magic u16, version u8, flags u8, header length u32,
//              types' offset and length u32, strings' offset and length u32   (offsets from the header's end)
//     types    records of 32-bit words, numbered from 1:  name │ info │ size or type │ what the kind adds
//     strings  texts with a NUL each, the first one empty
//
// A split BTF (of a kernel module) goes on where its base ends: its first type has the number after the base's
// last, its strings have offsets behind the base's.
#ifndef STRATA_BTF_FORMAT_H
#define STRATA_BTF_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BTF_MAGIC = 0xeb9f,
    BTF_MAGIC_SWAPPED = 0x9feb,
    BTF_VERSION = 1,
    BTF_HEADER_BYTES = 24, // of version 1; a longer header holds what is not needed here
    BTF_RECORD_BYTES = 12, // name, info, size or type
};

enum btf_kind {
    BTF_VOID, // number 0 stands for void, no record has this kind
    BTF_INT,
    BTF_PTR,
    BTF_ARRAY,
    BTF_STRUCT,
    BTF_UNION,
    BTF_ENUM,
    BTF_FWD,
    BTF_TYPEDEF,
    BTF_VOLATILE,
    BTF_CONST,
    BTF_RESTRICT,
    BTF_FUNC,
    BTF_FUNC_PROTO,
    BTF_VAR,
    BTF_DATASEC,
    BTF_FLOAT,
    BTF_DECL_TAG,
    BTF_TYPE_TAG,
    BTF_ENUM64,
    BTF_KINDS
};

// The info word: vlen in the low bits (16 of them in use for long, 24 reserved for it), kind, kind flag.
static inline uint32_t btf_info_vlen(uint32_t info)
{
    return info & 0xffffff;
}

static inline uint32_t btf_info_kind(uint32_t info)
{
    return info >> 24 & 0x7f;
}

static inline bool btf_info_flag(uint32_t info)
{
    return info >> 31;
}

// BTF_INT's own word.
enum { BTF_INT_SIGNED = 1, BTF_INT_CHAR = 2, BTF_INT_BOOL = 4 };

static inline uint32_t btf_int_encoding(uint32_t word)
{
    return word >> 24 & 0x0f;
}

static inline uint32_t btf_int_offset_bits(uint32_t word)
{
    return word >> 16 & 0xff;
}

static inline uint32_t btf_int_size_bits(uint32_t word)
{
    return word & 0xff;
}

// A member's place where the struct's kind flag is set: a bit-field's width above, the offset in bits below.
static inline uint32_t btf_place_width_bits(uint32_t place)
{
    return place >> 24;
}

static inline uint32_t btf_place_offset_bits(uint32_t place)
{
    return place & 0xffffff;
}

#endif
