// SPDX-License-Identifier: MIT
// The experiments on real Go: a program built by the toolchain that is there, and asked one experiment at a
// time.
#ifndef STRATA_LAB_LAB_GO_H
#define STRATA_LAB_LAB_GO_H

#include "lab/lab.h"

#include "base/error.h"

enum { LAB_GO_PATH_BYTES = 512 };

struct lab_go {
    char folder[LAB_GO_PATH_BYTES]; // of the sources and the program; "" when there is none
    char program[LAB_GO_PATH_BYTES + 8];
};

// Builds the program with `tool`, or, when that is NULL, with the `go` on the PATH, or the newest one below
// /usr/lib that is installed. Takes seconds the first time. Its folder is below TMPDIR, or /tmp; SIGTERM, SIGINT and
// SIGHUP remove it before they end the program. lab_go_end in any case.
MUST_USE struct error *lab_go_build(struct lab_go *go, const char *tool);
void lab_go_end(struct lab_go *go);

// Runs one experiment; *is_known is false when the program has none of that name. `version` is Go's,
// "go1.23.5", in the notebook's arena.
MUST_USE struct error *lab_go_run(const struct lab_go *go, const char *name, struct lab_notebook *notebook,
                                  const char **version, bool *is_known);

#endif
