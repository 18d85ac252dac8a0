// SPDX-License-Identifier: MIT
#include "build/type_builder.h"
#include "dwarf/location.h"

bool attribute_signed(const struct die_attribute *attribute, bool big_endian, int64_t *value)
{
    if (!attribute)
        return false;
    switch (attribute->kind) {
    case DIE_VALUE_UNSIGNED:
        *value = (int64_t)attribute->number;
        return true;
    case DIE_VALUE_SIGNED:
        *value = attribute->signed_number;
        return true;
    case DIE_VALUE_BLOCK:
        return location_evaluate(attribute->block, big_endian, NULL, value);
    default:
        return false;
    }
}

bool attribute_unsigned(const struct die_attribute *attribute, bool big_endian, uint64_t *value)
{
    int64_t number;
    if (!attribute_signed(attribute, big_endian, &number) ||
        (number < 0 && attribute->kind != DIE_VALUE_UNSIGNED))
        return false;
    *value = (uint64_t)number;
    return true;
}

bool attribute_is_set(const struct die_attribute *attribute)
{
    return attribute && attribute->kind == DIE_VALUE_UNSIGNED && attribute->number != 0;
}

struct die_ref attribute_reference(const struct die_attribute *attribute)
{
    bool usable = attribute && attribute->kind == DIE_VALUE_REFERENCE;
    return usable ? attribute->reference : (struct die_ref){0};
}

const char *attribute_text(const struct die_attribute *attribute)
{
    return attribute && attribute->kind == DIE_VALUE_TEXT && attribute->text[0] ? attribute->text : NULL;
}
