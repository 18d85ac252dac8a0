// SPDX-License-Identifier: MIT
// The values of attributes, read from their bytes.
#ifndef STRATA_DWARF_DIE_VALUE_H
#define STRATA_DWARF_DIE_VALUE_H

#include "base/bytes.h"
#include "dwarf/die.h"

// Reads the value, of a plain form (form_is_plain), at the reader's position into the attribute, whose name and form are set; the reader is
// behind it then. `implicit_value` is that of DW_FORM_implicit_const, which stands in the abbrev. A value of
// a form that is not plain, or that is not whole, is unreadable.
void die_value_read(const struct unit *unit, struct byte_reader *reader, int64_t implicit_value,
                    struct die_attribute *attribute);

#endif
