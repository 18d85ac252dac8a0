// SPDX-License-Identifier: MIT
#include "dwarf/die.h"

const struct die_attribute *die_attribute_search(const struct die *die, uint16_t name)
{
    for (size_t i = 0; i < die->attributes_count; i++)
        if (die->attributes[i].name == name)
            return &die->attributes[i];
    return NULL;
}
