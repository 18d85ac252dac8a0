// SPDX-License-Identifier: MIT
// Hashes of machines other than amd64, for hmap_hash.c.
#ifndef HMAP_HASH_MACHINES_H
#define HMAP_HASH_MACHINES_H

#include "hmap_internal.h"

// By algorithm: one of HMAP_HASH_AES_ARM64, HMAP_HASH_AES_386, HMAP_HASH_FALLBACK_32. Of the latter two the seed's and
// the result's low 32 bits count.
uint64_t hmap_machine_hash(const struct hmap_context *context, const void *data, uint64_t size_bytes,
                           uint64_t seed);
uint64_t hmap_machine_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                                uint64_t seed);

#endif
