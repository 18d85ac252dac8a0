// SPDX-License-Identifier: MIT
// The terminal: what goes to standard output and standard error, and how.
#ifndef STRATA_CLI_SCREEN_H
#define STRATA_CLI_SCREEN_H

#include "base/error.h"
#include "base/notices.h"
#include "base/progress.h"
#include "cli/options.h"
#include "report/writer.h"
#include <stdbool.h>
#include <stdint.h>

// Colour, glyphs and width that fit standard output: colours on a terminal only and never with NO_COLOR,
// glyphs when the locale is UTF-8.
struct report_style screen_style(const struct common_options *common);

// An output to standard output through one large buffer.
struct output screen_output(void);

// Writes out what is left and frees the output. A full disk gives a message and EXIT_USAGE; a reader that went
// away (`| head`) ends quietly. Else `status`.
int screen_finish(struct output *output, int status);

// A document of the format that the options name, into `output`. What is odd about it is said.
// `root` is for machines, see source_root.h; NULL: none.
MUST_USE struct error *screen_document(const struct common_options *common, const struct source_root *root,
                                       struct output *output, struct document **document);

// Finishes the document, or discards it when there is an error. Returns the error, if any.
MUST_USE struct error *screen_end(struct document *document, struct error *error);

// Once, before anything is printed: what the C library writes to `stderr` (argp repeats what a person typed) is made
// safe for the terminal, too, and what it wrote to `stdout` counts as written only when it arrived.
void screen_guard(void);

// "strata: message" on standard error, made safe for the terminal. Takes the error; returns EXIT_USAGE.
int say_error(struct error *error);

// "strata: text": what a person should know, and no error.
// Says what is missing, a line each. The exit status: `status`, or that of a name that is none.
int say_missing(const struct notices *missing, int status);

void say_note(const char *text);

// Says lines as "strata: warning: line", the first ten of them; the rest is counted by say_notices_rest.
struct screen_notices {
    struct notice_sink sink;
    unsigned said, dropped;
};

struct screen_notices screen_notices(void);
void say_notices_rest(const struct screen_notices *notices);

// Draws the share done on standard error while something takes long, when that is a terminal.
struct screen_progress {
    struct progress_sink sink;
    bool is_on, is_drawn;
    const char *label;
    uint64_t started_ns, drawn_ns;
};

struct screen_progress screen_progress(void);

#endif
