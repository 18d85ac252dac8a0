// SPDX-License-Identifier: MIT
// Whether debug information refers to an alternate file (dwz) in GNU's forms.
#ifndef STRATA_OBJECT_ALTERNATE_USE_H
#define STRATA_OBJECT_ALTERNATE_USE_H

#include "base/bytes.h"
#include <stdbool.h>

// By the forms of its declarations in .debug_abbrev. What is damaged there ends the look: others say so. DWARF 5's own forms
// (section 7.3.6) are single bytes, which only reading all declarations tells from others: whoever reads those looks for them.
bool abbrevs_use_alternate(struct bytes abbrevs);

#endif
