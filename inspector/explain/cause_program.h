// SPDX-License-Identifier: MIT
// What the program that wrote a log adds to a cause: the runtime's call, the map's type and name; and whether it is that
// program at all.
#ifndef STRATA_EXPLAIN_CAUSE_PROGRAM_H
#define STRATA_EXPLAIN_CAUSE_PROGRAM_H

#include "explain/cause.h"
#include "explain/program.h"

// Adds to a cause of cause_of_death, and to program->facts how many frames fit. *is_of_map becomes true where the program's
// code shows that a memory fault was one of a map. Texts go into the arena or are the program's. The only error is that
// memory is short.
MUST_USE struct error *cause_add_program(struct cause *cause, struct program *program, struct arena *arena,
                                         bool *is_of_map);

#endif
