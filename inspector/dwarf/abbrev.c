// SPDX-License-Identifier: MIT
#include "dwarf/abbrev.h"

const struct abbrev *abbrev_find_sparse(const struct abbrev_table *table, uint64_t code)
{
    size_t low = 0, high = table->sparse_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (table->sparse[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->sparse_count && table->sparse[low].code == code ? table->sparse[low].abbrev : NULL;
}
