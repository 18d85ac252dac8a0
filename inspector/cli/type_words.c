// SPDX-License-Identifier: MIT
#include "cli/type_words.h"

#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "object/archive.h"
#include "object/bundle.h"
#include "object/recognize.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_later_file(const char *word)
{
    const size_t length = strlen(word);
    const bool is_pattern = length > 2 && word[0] == '/' && word[length - 1] == '/';
    if (archive_names_member(word))
        return true;
    return !is_pattern && (strchr(word, '/') || strchr(word, '.')) && access(word, F_OK) == 0;
}

// Where nothing else is a file: what can be read in one.
static bool is_readable(const char *word)
{
    struct stat status;
    bool is_one = false;
    const int descriptor = open(word, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return false;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
        error_free(recognize_file(descriptor, &is_one));
    close(descriptor);
    return is_one || S_ISDIR(status.st_mode);
}

// The first word is a file where input_is_path says so. Of the others a word is a file that exists and has a slash or a dot in its name, since
// a bare word behind a file is a type, whatever lies in the folder: ./word is a file. /word/ behind the first is a pattern. Where no word is a
// file so, the first is one that is a folder or can be read. Free the words.
static struct error *split(const struct type_arguments *arguments, struct type_words *words)
{
    const size_t count = arguments->count;
    *words = (struct type_words){.words = calloc(count + 1, sizeof(char *)), .count = count};
    bool *is_file = calloc(count + 1, sizeof(*is_file));
    if (!words->words || !is_file) {
        free(is_file);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < count; i++) {
        is_file[i] = i ? is_later_file(arguments->words[i]) : input_is_path(arguments->words[i]);
        words->files_count += is_file[i];
    }
    for (size_t i = 1; i < count && !words->files_count; i++) {
        is_file[i] = is_readable(arguments->words[i]);
        words->files_count += is_file[i];
    }
    for (size_t i = 0, file = 0, type = words->files_count; i < count; i++)
        words->words[is_file[i] ? file++ : type++] = arguments->words[i];
    free(is_file);
    return NULL;
}

// Where no such type was found: says of words that were taken for types that there are files of their names.
static void explain(const struct type_words *words)
{
    for (size_t i = words->files_count; words->files_count && i < words->count; i++) {
        const char *word = words->words[i];
        char text[256];
        if (access(word, F_OK) != 0)
            continue;
        snprintf(text, sizeof(text), "%.80s was taken for a type; the file of that name is ./%.80s", word,
                 word);
        say_note(text);
    }
}

// Whether they mean more than one file: several, or a folder.
static bool are_several(const struct type_words *words)
{
    struct stat status;
    return words->files_count > 1 || (words->files_count == 1 && stat(words->words[0], &status) == 0 &&
                                      S_ISDIR(status.st_mode) && !bundle_is(words->words[0]));
}

int type_words_run(const struct type_arguments *arguments, bool libraries, const struct type_words_ways *ways,
                   void *context)
{
    struct type_words words;
    struct input input = {0};
    int status;
    struct error *error = split(arguments, &words);
    if (error)
        status = say_error(error);
    else if (are_several(&words) || (libraries && words.files_count))
        status = ways->many(context, &words);
    else
        status = ways->one(context, &input, &(struct type_arguments){words.words, words.count});
    if (status == EXIT_USAGE)
        explain(&words);
    input_close(&input);
    free(words.words);
    return status;
}
