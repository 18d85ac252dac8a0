// SPDX-License-Identifier: MIT
// strata verify PID: the shapes of a running Go program's maps, by its debug information, by the types that it carries
// itself, and by what its memory shows.
#ifndef STRATA_CLI_VERIFY_PROCESS_H
#define STRATA_CLI_VERIFY_PROCESS_H

#include "check/verify.h"
#include "cli/options.h"

// `executable`: of a core, or of a process whose own cannot be read; NULL: it is found.
// States what there is and notes how many maps were looked at. The check is not judged. Errors as of go_program_open.
MUST_USE struct error *verify_process(struct verifying *verifying, const char *name, const char *executable,
                                      const struct common_options *common, struct notice_sink *notices);

#endif
