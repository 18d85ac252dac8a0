// SPDX-License-Identifier: MIT
// Files of rules, as commands are handed them.
#ifndef STRATA_CLI_RULES_FILE_H
#define STRATA_CLI_RULES_FILE_H

#include "check/rules.h"

// Reads the file, "-": standard input. Errors: the system's, and what rules_parse says.
MUST_USE struct error *rules_read(const char *path, struct rules **rules);

#endif
