// SPDX-License-Identifier: MIT
// strata explain --core: the maps of a core, beside the causes that a log gave.
#ifndef STRATA_CLI_EXPLAIN_CORE_H
#define STRATA_CLI_EXPLAIN_CORE_H

#include "base/notices.h"
#include "cli/options.h"
#include "explain/cause.h"

struct explain_core;

// Opens the core of a program and looks at all its maps. `executable` NULL: the core says which file it was. To be
// closed when this succeeds.
MUST_USE struct error *explain_core_open(const char *core, const char *executable,
                                         const struct common_options *options, struct notice_sink *notices,
                                         struct explain_core **opened);
void explain_core_close(struct explain_core *core); // NULL is fine

// Fills cause->core, whose texts go into the arena; to be freed with the cause.
MUST_USE struct error *explain_core_add(struct explain_core *core, struct arena *arena, struct cause *cause);

#endif
