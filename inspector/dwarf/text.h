// Texts of the debug information by their text_id.
#ifndef STRATA_DWARF_TEXT_H
#define STRATA_DWARF_TEXT_H

#include "base/bytes.h"
#include "dwarf/abbrev.h"
#include "dwarf/unit.h"

// The text that `id`, captured in `unit`, names; NULL when it leads nowhere. Borrowed from the section.
// Thread-safe.
const char *text_of(const struct unit *unit, uint64_t id);

// The same with its length, NUL not counted; .data is NULL when it leads nowhere.
struct bytes text_bytes_of(const struct unit *unit, uint64_t id);

// TEXT_INDEX becomes TEXT_STR by way of the unit's string offsets; other ids stay. 0 when it leads nowhere.
uint64_t text_resolve_index(const struct unit *unit, uint64_t id);

#endif
