// SPDX-License-Identifier: MIT
#include "check/abi_bits.h"

static uint64_t sum_bits(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t rounded_up(uint64_t bits, uint64_t align_bytes)
{
    const uint64_t over_bits = bits % (8 * align_bytes);
    return over_bits ? sum_bits(bits, 8 * align_bytes - over_bits) : bits;
}

bool abi_bits_fit(const struct abi_bits *bits, uint64_t at_bits)
{
    return sum_bits(at_bits % (8 * bits->align_bytes), bits->size_bits) <= bits->storage_bits;
}

uint64_t abi_bits_place(const struct abi_bits *bits, uint64_t cursor_bits, bool packed)
{
    if (packed || !bits->size_bits || abi_bits_fit(bits, cursor_bits))
        return cursor_bits;
    return rounded_up(cursor_bits, bits->align_bytes);
}

uint64_t abi_bits_begin(const struct abi_bits *bits, uint64_t cursor_bits, struct abi_unit *unit)
{
    if (bits->storage_bits && bits->storage_bits == unit->storage_bits &&
        sum_bits(cursor_bits, bits->size_bits) <= unit->end_bits)
        return cursor_bits;
    const uint64_t free_bits = cursor_bits > unit->end_bits ? cursor_bits : unit->end_bits;
    *unit = (struct abi_unit){0};
    if (!bits->storage_bits)
        return free_bits;
    const uint64_t at_bits = rounded_up(free_bits, bits->align_bytes);
    *unit = (struct abi_unit){sum_bits(at_bits, bits->storage_bits), bits->storage_bits};
    return at_bits;
}
