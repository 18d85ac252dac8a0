// SPDX-License-Identifier: MIT
// The steps of AES without instructions (FIPS 197), which the hashes of all machines are made of.
#ifndef HMAP_AES_STEPS_H
#define HMAP_AES_STEPS_H

#include <stdint.h>

// What AESENC does: shift the rows, substitute the bytes, mix the columns, add the key; in place.
void hmap_aes_round(uint8_t state[16], const uint8_t key[16]);
// Its first two steps alone.
void hmap_aes_substitute(uint8_t state[16]);

#endif
