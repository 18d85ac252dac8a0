// SPDX-License-Identifier: MIT
// Root DIEs: the few facts of a unit that reading the rest needs. Internal to unit.c.
#ifndef STRATA_DWARF_UNIT_ROOT_H
#define STRATA_DWARF_UNIT_ROOT_H

#include "base/error.h"
#include "dwarf/unit.h"

// Fills in what `units`, whose headers are read, take from their root DIEs, on several threads. errors[i] is
// what was wrong with unit i, NULL when nothing was; the errors are the caller's.
void unit_roots_read(struct unit *units, size_t count, unsigned threads, struct error **errors);

#endif
