// SPDX-License-Identifier: MIT
#include "dwarf/unit.h"

#include "dwarf/unit_growth.h"

const struct unit *unit_at(const struct unit_table *table, enum section_id section, uint64_t offset)
{
    const size_t info_count =
        table->growth ? unit_growth_reach(table->growth, offset) : table->info_units_count;
    const size_t limit = section == SECTION_INFO ? info_count
                         : table->growth         ? info_count
                                                 : table->units_count;
    size_t low = section == SECTION_INFO ? 0 : info_count;
    size_t high = limit;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->units[middle].end_offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < limit && table->units[low].offset <= offset && unit_is_ready(&table->units[low])
               ? &table->units[low]
               : NULL;
}

const struct unit *unit_by_signature(const struct unit_table *table, uint64_t signature)
{
    const struct unit_signatures *signatures = table->by_signature;
    size_t low = 0, high = signatures->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (signatures->units[middle]->type_signature < signature)
            low = middle + 1;
        else
            high = middle;
    }
    return low < signatures->count && signatures->units[low]->type_signature == signature &&
                   unit_is_ready(signatures->units[low])
               ? signatures->units[low]
               : NULL;
}
