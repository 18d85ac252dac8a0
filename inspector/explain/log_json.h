// SPDX-License-Identifier: MIT
// The texts in a line of a JSON logger. A line may be cut, or hold more than one document: what reads as texts is
// taken, nothing is required to be valid.
#ifndef STRATA_EXPLAIN_LOG_JSON_H
#define STRATA_EXPLAIN_LOG_JSON_H

#include "base/output.h"

// Calls take(context, text) for each text that can hold a program's output: those of several lines, and those under
// names that loggers use for messages. Texts with a stack come last. `text` is NUL-terminated, without escapes, and the
// taker's for the call. *stream becomes what names the program: its pod, container, process. False: the line is no JSON.
bool log_json_texts(const char *line, struct output *scratch, struct output *stream,
                    void (*take)(void *context, char *text), void *context);

#endif
