// SPDX-License-Identifier: MIT
// The types of many files, each truly different one once. What is kept is a summary for each different type.
#ifndef STRATA_CLI_MANY_TYPES_H
#define STRATA_CLI_MANY_TYPES_H

#include "cli/files_walk.h"
#include "query/fold.h"

struct many_types {
    struct files_walk walk; // what is wanted of it stands here before many_types_run: common, libraries, also
    unsigned needs;         // parts of the summaries: enum describe_part
    const char *contains;   // only types that hold this one by value, at any depth; NULL: all
    struct fold fold;
    char **missing; // by pattern: what was said of the first file without it; NULL: some file has it
};

// As files_walk_run; a pattern that fits nothing in any file is said.
int many_types_run(struct many_types *many, const struct type_words *words, files_walk_write *write,
                   void *context);
void many_types_free(struct many_types *many);

#endif
