// SPDX-License-Identifier: MIT
// The text of a template's name while it grows. Internal to template_name.c and template_value.c.
#ifndef STRATA_DWARF_TEMPLATE_TEXT_H
#define STRATA_DWARF_TEMPLATE_TEXT_H

#include "dwarf/die.h"
#include "dwarf/template_name.h"

struct template_text {
    size_t length;
    bool is_void; // it cannot be spelled, or is too long
    char bytes[TEMPLATE_NAME_BYTES_MOST];
};

void template_text_add(struct template_text *text, const char *more);

// A value of a base type as clang's literal: "3U", "(short)-3", "'a'", "true".
void template_value_spell(struct template_text *text, const struct die *type,
                          const struct die_attribute *value);

// The value in the bits of the type at hand, as a number with a sign. False when it is none.
bool template_value_number(const struct die *type, const struct die_attribute *value, bool is_signed,
                           int64_t *number);

#endif
