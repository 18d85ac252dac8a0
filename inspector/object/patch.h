// SPDX-License-Identifier: MIT
// Numbers in sections that are being relocated.
#ifndef STRATA_OBJECT_PATCH_H
#define STRATA_OBJECT_PATCH_H

#include "object/relocate.h"

#include <endian.h>
#include <string.h>

// Kernel modules bring six million of them: numbers are loaded whole, not byte by byte.
static inline uint64_t number_get(const uint8_t *place, unsigned size_bytes, bool big_endian)
{
    uint16_t half;
    uint32_t word;
    uint64_t wide;
    switch (size_bytes) {
    case 2:
        memcpy(&half, place, sizeof(half));
        return big_endian ? be16toh(half) : le16toh(half);
    case 4:
        memcpy(&word, place, sizeof(word));
        return big_endian ? be32toh(word) : le32toh(word);
    case 8:
        memcpy(&wide, place, sizeof(wide));
        return big_endian ? be64toh(wide) : le64toh(wide);
    default:
        return *place;
    }
}

static inline void number_put(uint8_t *place, unsigned size_bytes, bool big_endian, uint64_t value)
{
    uint16_t half = big_endian ? htobe16((uint16_t)value) : htole16((uint16_t)value);
    uint32_t word = big_endian ? htobe32((uint32_t)value) : htole32((uint32_t)value);
    uint64_t wide = big_endian ? htobe64(value) : htole64(value);
    switch (size_bytes) {
    case 2:
        memcpy(place, &half, sizeof(half));
        break;
    case 4:
        memcpy(place, &word, sizeof(word));
        break;
    case 8:
        memcpy(place, &wide, sizeof(wide));
        break;
    default:
        *place = (uint8_t)value;
    }
}

// Adds to the number at `offset` of the section. Errors: ERROR_BAD_FORMAT where it leaves the section.
MUST_USE struct error *patch_add(const struct relocate_place *target, uint64_t offset, unsigned size_bytes,
                                 bool big_endian, uint64_t value);

#endif
