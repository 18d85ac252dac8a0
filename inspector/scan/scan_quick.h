// SPDX-License-Identifier: MIT
// The quick pass (quick_unit.h) as a part of the scan.
#ifndef STRATA_SCAN_SCAN_QUICK_H
#define STRATA_SCAN_SCAN_QUICK_H

#include "scan/scan_unit.h"

// Adds the unit's definitions by the quick pass. *is_done: it could, and nothing is left to do for this unit. Fails
// when memory is short.
MUST_USE struct error *scan_quick(struct scanner *scanner, const struct unit_view *view, bool *is_done);

// Brings the copies that the quick pass has counted so far into the table, but those of what another thread has identified:
// scanner->quick_elsewhere.
void scan_quick_finish(struct scanner *scanner);

// What the scanner itself has found out of the key; false: another one has, or nobody.
bool scan_quick_identity(const struct scanner *scanner, uint64_t key, uint64_t *identity);

// How often the scanner has met a key of its quick_elsewhere.
uint32_t scan_quick_copies(const struct scanner *scanner, uint64_t key);

#endif
