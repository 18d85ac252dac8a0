// SPDX-License-Identifier: MIT
// The quick pass (quick_unit.h) as a part of the scan.
#ifndef STRATA_SCAN_SCAN_QUICK_H
#define STRATA_SCAN_SCAN_QUICK_H

#include "scan/scan_unit.h"

// Adds the unit's definitions by the quick pass. *is_done: it could, and nothing is left to do for this unit. Fails
// when memory is short.
MUST_USE struct error *scan_quick(struct scanner *scanner, const struct unit_view *view, bool *is_done);

// When the last unit is scanned: brings the copies that the quick pass has counted into the table.
void scan_quick_finish(struct scanner *scanner);

#endif
