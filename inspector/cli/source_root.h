// SPDX-License-Identifier: MIT
// --source-root: where the sources are, by every name that debug information may have for it.
#ifndef STRATA_CLI_SOURCE_ROOT_H
#define STRATA_CLI_SOURCE_ROOT_H

#include "base/error.h"
#include "report/source_path.h"

#define SOURCE_ROOT_HELP "for machines, name source files below DIR relative to it"

// An absolute folder need not exist here: the program may have been compiled elsewhere. A relative one must. `folder` NULL
// leaves all empty. To be freed when this succeeds.
MUST_USE struct error *source_root_open(const char *folder, struct source_root *root);
void source_root_free(struct source_root *root); // all zero is fine

#endif
