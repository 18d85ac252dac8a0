// SPDX-License-Identifier: MIT
#include "layout/size_class.h"

#include <string.h>

uint64_t size_class_glibc_bytes(uint64_t request_bytes, const struct abi *abi, unsigned address_bytes)
{
    uint64_t word_bytes = address_bytes == 4 ? 4 : 8;
    bool has_wide_units = word_bytes == 8 || !strcmp(abi->name, "i386");
    uint64_t unit_bytes = has_wide_units ? 16 : 8, least_bytes = 4 * word_bytes;
    if (request_bytes > UINT64_MAX - word_bytes - unit_bytes)
        return UINT64_MAX;
    uint64_t chunk_bytes = (request_bytes + word_bytes + unit_bytes - 1) / unit_bytes * unit_bytes;
    return chunk_bytes < least_bytes ? least_bytes : chunk_bytes;
}
