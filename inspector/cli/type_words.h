// SPDX-License-Identifier: MIT
// Which of the arguments "[FILE...] [TYPE...]" are files, and which are types.
//
//     a.o b.o foo       files a.o and b.o, type foo
//     foo build/        file build/, type foo: the order is free where it is plain which is which
//     foo bar           types of the running kernel
#ifndef STRATA_CLI_TYPE_WORDS_H
#define STRATA_CLI_TYPE_WORDS_H

#include "base/error.h"
#include "cli/options.h"

struct input;

struct type_words {
    char **words; // files first, each group in its order; an array of borrowed words
    size_t files_count, count;
};

// What a command does with them. Each returns the exit status.
struct type_words_ways {
    int (*many)(void *context,
                const struct type_words *words); // several files, a folder, or a core with its libraries
    // One file, or the running kernel, which input_open_types opens into `input`; that is closed afterwards.
    int (*one)(void *context, struct input *input, const struct type_arguments *arguments);
};

// Splits the words and goes the one way or the other; `libraries`: those of cores are asked for. Returns the exit status.
int type_words_run(const struct type_arguments *arguments, bool libraries, const struct type_words_ways *ways,
                   void *context);

#endif
