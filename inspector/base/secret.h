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

#endif
