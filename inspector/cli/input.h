// A file as a command sees it: a source of types, and what to do with what is said of it.
#ifndef STRATA_CLI_INPUT_H
#define STRATA_CLI_INPUT_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "query/query.h"
#include "source/source_open.h"

// It points into itself: it must not be moved while it is open.
struct input {
    struct type_source *source;
    struct query query;      // about the source; its notices and progress go to the screen
    struct report_file file; // for documents; borrowed from the source
    struct screen_notices notices;
    struct screen_progress progress;
};

// Opens `path` as the options want it. Notices go to standard error at once. `input` is to be closed also when
// this fails.
MUST_USE struct error *input_open(struct input *input, const char *path, const struct common_options *common);

// Says how many notices were too many. All zero is fine.
void input_close(struct input *input);

// How the options want files to be opened; borrows from them.
struct type_source_options input_source_options(const struct common_options *common);

#endif
