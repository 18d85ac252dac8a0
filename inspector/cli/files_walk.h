// SPDX-License-Identifier: MIT
// How a command goes through several files: they are read side by side, a few at a time, and closed again; what came of each is taken in
// their order. So notices, and what is kept, do not depend on the threads.
//
//     files     │a.o b.o c.o d.o│e.o f.o …   rounds
//     threads     ▓▓  ▓▓  ▓▓  ▓▓             read, each files of its own
//     walk        1   2   3   4              take, in order
#ifndef STRATA_CLI_FILES_WALK_H
#define STRATA_CLI_FILES_WALK_H

#include "cli/input_files.h"
#include "cli/options.h"
#include "cli/type_words.h"
#include "query/query.h"
#include "query/select.h"
#include "report/report.h"

struct files_walk;

// A file under way: everything that it needs is its own, so that threads do not meet.
struct walked_file {
    const struct files_walk *walk;
    const char *path;
    size_t number; // of all files
    unsigned threads;
    struct error *error;
    struct notice_sink sink; // into `notices`
    struct notices notices;
    struct arena texts;
    struct report_file file; // texts are of the arena
    void *found;             // what the command keeps of it: zeroes at first
};

struct files_walk_ops {
    size_t found_bytes;
    // The file is open. By any thread, for different files at once; what outlives the file goes into `found` and `texts`.
    struct error *(*read)(struct walked_file *file, const struct query *query);
    // In the order of the files, those that were read; it is the last of walk->read. Texts are borrowed until the end of the call.
    struct error *(*take)(struct files_walk *walk, const struct walked_file *file);
    void (*forget)(void *found);
    // All were taken, and there is one at least. ERROR_NOT_FOUND: none has what was asked for. Of patterns that fit nothing it says so.
    struct error *(*end)(struct files_walk *walk, int *status);
};

struct files_walk {
    const struct files_walk_ops *ops;
    void *context; // theirs
    const struct common_options *common;
    bool libraries; // of cores, too
    enum select_also also;
    // What the words mean, and what came of them.
    struct input_files files;
    char *const *patterns; // of types; none: all with members
    size_t patterns_count;
    VEC(struct report_file) read; // the files that were read, in their order
    size_t *numbers;              // of all files: which of `read` it is, or SIZE_MAX
    struct arena texts;           // of `read`
};

// Writes what came of the files, one at least.
typedef struct error *files_walk_write(void *context, int *status);

// Reads them all, and calls write(context, status). What cannot be read is said at once, in the order of the files, and makes the exit
// status, which is returned. To be freed.
int files_walk_run(struct files_walk *walk, const struct type_words *words, files_walk_write *write,
                   void *context);
void files_walk_free(struct files_walk *walk);

// The text into the arena; NULL stays NULL. False: memory is short.
MUST_USE bool files_walk_keep(struct arena *arena, const char **text);

// No file has it: what the first said, and how many others there are.
MUST_USE struct error *files_walk_not_found(const struct files_walk *walk, const char *said);

#endif
