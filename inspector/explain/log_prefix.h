// SPDX-License-Identifier: MIT
// What a logger puts before each line ("Nov 28 12:00:01 host app[71]: "), learnt from a line whose beginning is known
// and found again in others: numbers may differ, as a time does, but not those in brackets, which are a process's.
#ifndef STRATA_EXPLAIN_LOG_PREFIX_H
#define STRATA_EXPLAIN_LOG_PREFIX_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>

enum { LOG_PREFIX_BYTES = 256 }; // longer ones are none

struct log_prefix {
    char text[LOG_PREFIX_BYTES]; // with "" for no prefix
};

// False when it is too long.
bool log_prefix_learn(struct log_prefix *prefix, const char *line, size_t length);

// The line behind such a prefix; NULL: it has another.
const char *log_prefix_skip(const struct log_prefix *prefix, const char *line);

#endif
