// SPDX-License-Identifier: MIT
// From bytes to the lines that a Go program wrote: what loggers, containers and terminals put around them is taken off.
//
//     journald, containers, loggers   a prefix before each line      stays: log_prefix.h knows it again
//     JSON loggers                    {"msg":"panic: …\n\ngor…"}      each text, unescaped, is lines of its own
//     key=value loggers, rsyslog      \n or #012 for a new line       unescaped
//     terminals                       colours, carriage returns      taken off
#ifndef STRATA_EXPLAIN_LOG_LINES_H
#define STRATA_EXPLAIN_LOG_LINES_H

#include "base/error.h"
#include "base/output.h"
#include "base/vec.h"

enum { LOG_LINE_BYTES_MOST = 8 << 20 }; // what a line has more is passed over

// A line of the program's output. `text` is NUL-terminated, holds no other NUL, and is the taker's for the call.
struct log_line {
    char *text;
    uint64_t number;    // of the line in the log
    bool is_own_stream; // it came in a document of its own: lines before and behind are others'
    const char *stream; // what tells mixed programs apart in such a document; "" else
};

typedef struct error *log_take(void *context, const struct log_line *line);

struct log_lines {
    log_take *take;
    void *context;
    struct output line; // that is coming in
    struct output scratch, text, stream;
    uint64_t number;
    uint64_t cut_lines;
    bool is_passing_over; // the rest of a line that is too long
};

MUST_USE struct error *log_lines_add(struct log_lines *lines, const char *data, size_t size_bytes);
MUST_USE struct error *log_lines_end(struct log_lines *lines); // a last line without a newline
void log_lines_free(struct log_lines *lines);

#endif
