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

struct type_words {
    char **words; // files first, each group in its order; the caller's array of borrowed words
    size_t files_count, count;
};

// The first word is a file where input_is_path says so. Of the others a word is a file that exists and has a slash or a dot in its name, since
// a bare word behind a file is a type, whatever lies in the folder: ./word is a file. /word/ behind the first is a pattern. Where no word is a file so, the first is one that is a
// folder or can be read. Free the words.
MUST_USE struct error *type_words_split(const struct type_arguments *arguments, struct type_words *words);

// Where no such type was found: says of words that were taken for types that there are files of their names.
void type_words_explain(const struct type_words *words);

// Whether they mean more than one file: several, or a folder.
bool type_words_are_several(const struct type_words *words);

#endif
