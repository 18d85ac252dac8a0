// SPDX-License-Identifier: MIT
// A file as a command sees it: a source of types, and what to do with what is said of it.
#ifndef STRATA_CLI_INPUT_H
#define STRATA_CLI_INPUT_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "query/query.h"
#include "query/select.h"
#include "source/source_open.h"

// It points into itself: it must not be moved while it is open.
struct input {
    struct type_source *source;
    struct query query;      // about the source; its notices and progress go to the screen
    struct report_file file; // for documents; borrowed from the source
    struct screen_notices notices;
    struct screen_progress progress;
    bool is_kernel; // the running kernel, which nobody named
};

// Opens `path` as the options want it. Notices go to standard error at once. `input` is to be closed also when
// this fails.
MUST_USE struct error *input_open(struct input *input, const char *path, const struct common_options *common);

// As input_open of a file that was read before: what there was to notice has been said.
MUST_USE struct error *input_open_quietly(struct input *input, const char *path,
                                          const struct common_options *common);

// As input_open, for select_types with these patterns, which it does sooner then.
MUST_USE struct error *input_open_for(struct input *input, const char *path,
                                      const struct common_options *common, char *const *patterns,
                                      size_t patterns_count);

// Opens what the arguments "[FILE] [TYPE...]" mean, and selects the types: those of FILE where the first argument is an
// existing path, or looks like one; else those of the running kernel, which has a type of the first one's name, or
// one that it fits. Without arguments it is the running kernel, too. Errors: what select_types says, and where
// the first argument is neither, why it is not. `selection` is to be freed when this succeeds.
MUST_USE struct error *input_open_types(struct input *input, const struct type_arguments *arguments,
                                        const struct common_options *common, enum select_also also,
                                        struct selection *selection);

// Whether the first of such arguments is taken for a file: it exists, or has a slash as no type of C has.
bool input_is_path(const char *word);

// The first line of a text about the running kernel; nothing for a file, or for other formats.
void input_introduce(const struct input *input, const struct common_options *common, struct output *output);

// Says how many notices were too many. All zero is fine.
void input_close(struct input *input);

// What a query about an open source needs, and how documents name its file. Both borrow from the source.
struct query input_query(const struct type_source *source, const struct common_options *common,
                         unsigned threads, struct notice_sink *notices, struct progress_sink *progress);
struct report_file input_report_file(const struct type_source *source);

// Whether STRATA_CACHE asks for the cache: set, and neither empty nor 0.
bool input_environment_caches(void);

// How the options want files to be opened; borrows from them.
struct type_source_options input_source_options(const struct common_options *common);

#endif
