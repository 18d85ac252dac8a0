// SPDX-License-Identifier: MIT
// Numbers rounded up to multiples.
#ifndef STRATA_BASE_ROUND_UP_H
#define STRATA_BASE_ROUND_UP_H

#include <stdint.h>

// The least multiple of `unit` (not 0) that is not below `value`; the largest one there is when that does not
// fit into 64 bits.
static inline uint64_t round_up(uint64_t value, uint64_t unit)
{
    uint64_t rest = value % unit;
    if (rest == 0)
        return value;
    return value > UINT64_MAX - (unit - rest) ? value - rest : value + (unit - rest);
}

#endif
