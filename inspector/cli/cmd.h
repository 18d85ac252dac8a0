// SPDX-License-Identifier: MIT
// A subcommand: its name, a line for the help, and what runs it. Each stands at the end of its own file and in the table of
// commands.c, nowhere else: help, completions and the man page's tables come from there. Exit statuses are of all commands
// alike.
#ifndef STRATA_CLI_CMD_H
#define STRATA_CLI_CMD_H

#include "base/output.h"

struct argp;
struct writer;

enum exit_status {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1, // a check failed, a difference was found
    EXIT_USAGE = 2,    // wrong usage, or an input that cannot be read
};

// What an option's or an argument's value may be, for completions.
struct value_words {
    const char *option;                   // "sort"; NULL: the arguments
    const char *words;                    // separated by spaces, or
    void (*write)(struct output *output); // writes them so; NULL: `words`
    bool is_file, is_folder;              // instead of words
};

struct command {
    const char *name;
    const char *arguments; // "FILE [TYPE …]"
    const char *summary;
    const struct writer *const *outputs; // their names follow the summary; NULL: none
    const struct argp *argp;
    const struct writer *const *writers; // of --format; NULL: none
    const struct value_words *values;    // ends with all zero; NULL: none
    bool only_reads; // writes nothing but its output, starts nothing; see give_up.h for the others
    // argv[0] is "strata NAME", for argp's messages. Returns an exit_status.
    int (*run)(int argc, char **argv);
};

// In the order of help; NULL-terminated.
extern const struct command *const commands[];
extern const struct command command_words; // beside them: for the build and for completions

// NULL: there is none.
const struct command *command_named(const char *name);

#endif
