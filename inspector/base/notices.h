// SPDX-License-Identifier: MIT
// One-line texts about what was wrong with an input and did not stop the work. Two kinds of lists: notices are
// kept in the order in which they were added; problems carry a number to be ordered by, so that lists of several
// threads can be merged. Neither is thread-safe: each thread has its own.
#ifndef STRATA_BASE_NOTICES_H
#define STRATA_BASE_NOTICES_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

struct notices {
    VEC(char *) lines;
    bool is_incomplete; // one was lost, as memory was short
};

// Adds a line in printf's manner. When memory is short the line is lost, and the list says so.
void notices_add(struct notices *notices, const char *format, ...) PRINTF_LIKE(2, 3);

// Adds the error's message and frees the error; NULL adds nothing.
void notices_add_error(struct notices *notices, struct error *error);

void notices_free(struct notices *notices);

// Where a layer that does not print puts such lines as they come up. The sink decides what becomes of them.
struct notice_sink {
    // `line` is borrowed. Called by any thread, but never by two at once.
    void (*take)(struct notice_sink *sink, const char *line);
};

static inline void notice_give(struct notice_sink *sink, const char *line)
{
    if (sink)
        sink->take(sink, line);
}

#define PROBLEM_LAST UINT64_MAX

// What was wrong with the input and has been skipped, one line each: "a.out: .debug_info+0x1f3: unit of
// version 9, skipped". Each worker has its own list, merged in unit order.
struct problem {
    uint64_t order; // section offset or number of the unit, for a stable order; or PROBLEM_LAST
    char *text;
};

struct problems {
    struct problem *data;
    size_t length, capacity;
    bool is_incomplete; // one was lost, as memory was short: whoever owns the list fails with that
};

COLD void problems_add(struct problems *problems, uint64_t order, const char *format, ...) PRINTF_LIKE(3, 4);
void problems_give(const struct problems *problems, struct notice_sink *sink); // in the order of the list
void problems_free(struct problems *problems);

#endif
