// SPDX-License-Identifier: MIT
// What hmap_hash.c and hmap_hash_machines.c share: hashes of machines other than amd64, and the steps of AES.
#ifndef HMAP_HASH_MACHINES_H
#define HMAP_HASH_MACHINES_H

#include "hmap_internal.h"

// By algorithm: one of HMAP_HASH_AES_ARM64, HMAP_HASH_AES_386, HMAP_HASH_FALLBACK_32. Of the latter two the seed's and
// the result's low 32 bits count.
uint64_t hmap_machine_hash(const struct hmap_context *context, const void *data, uint64_t size_bytes,
                           uint64_t seed);
uint64_t hmap_machine_hash_word(const struct hmap_context *context, uint64_t word, unsigned size_bytes,
                                uint64_t seed);

// One round of AES without instructions, and its substitution with the shift of rows alone; in place.
void hmap_aes_round(uint8_t state[16], const uint8_t key[16]);
void hmap_aes_substitute(uint8_t state[16]);

#endif
