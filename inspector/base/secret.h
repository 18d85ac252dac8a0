// SPDX-License-Identifier: MIT
// Numbers that nobody who makes a file can know, and hashes with them. A table whose keys come from a file is looked up by
// such a hash: names cannot be chosen to meet in one place of it, nor two things to be taken for one.
#ifndef STRATA_BASE_SECRET_H
#define STRATA_BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

// Fills `secret` with the system's random numbers, or, where it has none yet, from addresses and the time. Thread-safe.
void secret_draw(void *secret, size_t size_bytes);

// XXH3 of the data, seeded. Another secret, another hash: none of them may be stored or shown. Thread-safe.
uint64_t secret_hash(uint64_t secret, const void *data, size_t size_bytes);
uint64_t secret_hash_text(uint64_t secret, const char *text);

// Of a number, such as an address of another process, for the place in a table: 40 bits, in a few instructions. Thread-safe.
static inline uint64_t secret_hash_number(uint64_t secret, uint64_t number)
{
    const uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15) + secret;
    return (mixed ^ mixed >> 32) * UINT64_C(0xd6e8feb86659fd93) >> 24;
}

#endif
