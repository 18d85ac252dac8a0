// SPDX-License-Identifier: MIT
// The types of many files, each truly different one once: files are read side by side, a few at a time, and closed again. What is kept is a
// summary for each different type.
//
//     files   │a.o b.o c.o d.o│e.o f.o …   rounds
//     threads   ▓▓  ▓▓  ▓▓  ▓▓             each reads files of its own
//     fold      1   2   3   4   in order, so the result does not depend on the threads
#ifndef STRATA_CLI_MANY_FILES_H
#define STRATA_CLI_MANY_FILES_H

#include "cli/input_files.h"
#include "cli/options.h"
#include "query/fold.h"
#include "query/select.h"
#include "report/report.h"

struct many_options {
    const struct common_options *common;
    char *const *patterns; // of types; none: all with members
    size_t patterns_count;
    enum select_also also;
    unsigned needs;       // parts of the summaries: enum describe_part
    const char *contains; // only types that hold this one by value, at any depth; NULL: all
};

struct many_files {
    struct input_files *files; // borrowed
    struct fold fold;
    VEC(struct report_file) read; // the files that were read, in their order; texts are of the fold's arena
    size_t *numbers;              // of all files: which of `read` it is, or SIZE_MAX
    char **missing; // by pattern: what was said of the first file without it; NULL: some file has it
};

// Reads them all. A file that cannot be read is said at once, in the order of the files, and *status becomes its own; so is a pattern that
// fits nothing in any file. ERROR_NOT_FOUND when none does. To be freed also when this fails.
MUST_USE struct error *many_files_read(struct input_files *files, const struct many_options *options,
                                       struct many_files *many, int *status);
void many_files_free(struct many_files *many, const struct many_options *options);

#endif
