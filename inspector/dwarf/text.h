// SPDX-License-Identifier: MIT
// Texts of the debug information by their text_id.
#ifndef STRATA_DWARF_TEXT_H
#define STRATA_DWARF_TEXT_H

#include "base/bytes.h"
#include "dwarf/abbrev.h"
#include "dwarf/unit.h"

// Texts may overlap, so that a small file can hold a hundred thousand names of megabytes: hashing and copying
// them would take hours. In the place of longer names stands TEXT_TOO_LONG; real ones stay far below.
enum { TEXT_BYTES_MOST = 64 << 10 };
#define TEXT_TOO_LONG "(a name of more than 64 KiB)"

// The text that `id`, captured in `unit`, names; NULL when it leads nowhere. Borrowed from the section, or
// static. Thread-safe.
const char *text_of(const struct unit *unit, uint64_t id);

// The same with its length, NUL not counted; .data is NULL when it leads nowhere.
struct bytes text_bytes_of(const struct unit *unit, uint64_t id);

// The text at `offset` of a section; NULL when it is none, or never ends.
const char *text_at(struct bytes section, uint64_t offset);

// TEXT_INDEX becomes TEXT_STR by way of the unit's string offsets; other ids stay. 0 when it leads nowhere.
uint64_t text_resolve_index(const struct unit *unit, uint64_t id);

#endif
