// SPDX-License-Identifier: MIT
// The index of a .dwp: many .dwo files in one, whose sections stand one behind the other.
//
//     .debug_info.dwo    │ unit 1 │ unit 2 │ …        offsets in a unit count from its own parts of the other sections
//     .debug_abbrev.dwo  │ part 1 │ part 2 │ …
//     .debug_cu_index    unit 2: .debug_info from 0x3a, .debug_abbrev from 0x1c0, …
//
// Version 5 is DWARF 5, section 7.3.5; version 2 is GNU's for DWARF 4, of the same form with other numbers for sections.
#ifndef STRATA_DWARF_PACKAGE_H
#define STRATA_DWARF_PACKAGE_H

#include "base/error.h"
#include "base/notices.h"
#include "dwarf/unit.h"

struct package;

// Reads the indexes; *package is NULL where the object has none. A damaged one is a problem: its units have no parts then, and most
// cannot be read. The caller's. Fails when memory is short, and with ERROR_UNSUPPORTED where a section is too
// large for an index.
MUST_USE struct error *package_read(const struct object *object, struct problems *problems,
                                    struct package **package);
void package_free_at(struct package **pointer); // for CLEANUP(package_free_at); NULL is fine

// Sets the unit's bases, and its abbrev_offset in the whole section; a unit that the index does not know is left as it is.
// `package` may be NULL. Thread-safe.
void package_place(const struct package *package, struct unit *unit);

#endif
