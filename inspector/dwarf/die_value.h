// The values of attributes, read from their bytes.
#ifndef STRATA_DWARF_DIE_VALUE_H
#define STRATA_DWARF_DIE_VALUE_H

#include "base/bytes.h"
#include "dwarf/die_reader.h"

// Whether the form, a known one, is read here: numbers, flags, references and texts. Addresses, blocks and
// expressions are libdwarf's.
bool die_value_is_plain(uint64_t form);

// Reads the value at the reader's position into the attribute, whose name and form are set; the reader is
// behind it then. `implicit_value` is that of DW_FORM_implicit_const, which stands in the abbrev. A value of
// a form that is not plain, or that is not whole, is unreadable.
void die_value_read(const struct unit *unit, struct byte_reader *reader, int64_t implicit_value,
                    struct die_attribute *attribute);

#endif
