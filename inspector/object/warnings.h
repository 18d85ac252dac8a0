// One-line texts about things that did not stop an opening, collected in order. Not thread-safe.
#ifndef STRATA_OBJECT_WARNINGS_H
#define STRATA_OBJECT_WARNINGS_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/vec.h"

struct warnings {
    VEC(char *) lines;
};

// Adds a line in printf's manner. When memory is short the line is lost: a warning is never worth failing
// for.
void warnings_add(struct warnings *warnings, const char *format, ...) PRINTF_LIKE(2, 3);

// Adds the error's message and frees the error; NULL adds nothing.
void warnings_add_error(struct warnings *warnings, struct error *error);

void warnings_free(struct warnings *warnings);

#endif
