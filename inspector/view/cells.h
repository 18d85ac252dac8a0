// SPDX-License-Identifier: MIT
// Small sums that the dividing of a screen into cells is made of.
#ifndef STRATA_VIEW_CELLS_H
#define STRATA_VIEW_CELLS_H

#include <stdint.h>

// The least wins where there is room for neither.
static inline int cells_limit(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

// Of a number in decimal.
static inline int cells_of_number(uint64_t number)
{
    int count = 1;
    for (; number > 9; number /= 10)
        count++;
    return count;
}

// At least 1. What stands in rows of a power of two keeps its shape.
static inline int cells_power_of_two(int number)
{
    int power = 1;
    while (power * 2 <= number)
        power *= 2;
    return power;
}

#endif
