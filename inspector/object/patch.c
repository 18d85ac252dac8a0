// SPDX-License-Identifier: MIT
#include "object/patch.h"

#include <inttypes.h>

struct error *patch_add(const struct relocate_place *target, uint64_t offset, unsigned size_bytes,
                        bool big_endian, uint64_t value)
{
    if (offset > target->size_bytes || size_bytes > target->size_bytes - offset)
        return error_create(ERROR_BAD_FORMAT,
                            "%s: relocation at 0x%" PRIx64 " leaves its section of 0x%" PRIx64 " bytes",
                            target->name, offset, target->size_bytes);
    uint8_t *place = target->data + offset;
    number_put(place, size_bytes, big_endian, number_get(place, size_bytes, big_endian) + value);
    return NULL;
}
