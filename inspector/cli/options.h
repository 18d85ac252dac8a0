// SPDX-License-Identifier: MIT
// Options that commands share, as a child parser for glibc's argp, and how a command line is parsed.
#ifndef STRATA_CLI_OPTIONS_H
#define STRATA_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;
struct writer;

enum colour_when { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

enum { DEBUG_FOLDERS_MOST = 15 };

#define SPREADSHEET_HELP                                                                                     \
    "make CSV safe for a spreadsheet: an apostrophe before what it would run as a formula"

struct common_options {
    // Set before parsing: the formats that --format takes, see report/writers.h; or why it takes none.
    const struct writer *const *writers;
    const char *why_no_format;
    const struct writer *writer; // the first without --format; NULL: there are none
    uint64_t cacheline_bytes;
    unsigned threads;                                  // 0: as many as there are processors
    const char *debug_folders[DEBUG_FOLDERS_MOST + 1]; // NULL-terminated
    unsigned debug_folders_count;
    const char *dwo_folders[DEBUG_FOLDERS_MOST + 1]; // NULL-terminated
    unsigned dwo_folders_count;
    bool stay;          // follow no debug link
    bool fetch;         // ask debuginfod's servers
    bool first;         // of each name the first definition: of commands that have the option
    bool cache;         // keep what was found in a file for the next time
    const char *slice;  // of a universal file; NULL: see universal.h
    bool any_expansion; // read what is compressed however much it grows
    const char *source; // one of type_source_formats; NULL: the richest that a file holds
    const char *base;   // the file that a split BTF continues; NULL: found where it can be
    bool spreadsheet;   // of commands with CSV: see there
    bool hex;
    enum colour_when colour;
};

// The only child of a command's parser. Its input is a struct common_options; the command hands it over in
// ARGP_KEY_INIT as child_inputs[0].
extern const struct argp_child common_children[];
// For a command that has further children.
extern const struct argp options_argp;

// The same with --color alone, of all common options.
extern const struct argp colour_argp;

// argp_parse with our exit status for wrong usage: argp itself prints and exits then.
void options_parse(const struct argp *argp, int argc, char **argv, void *input);

// A positive number, or argp_error.
uint64_t options_number(struct argp_state *state, const char *name, const char *text, uint64_t most);

// A number from `least` to `most`, decimal or with 0x, or argp_error.
uint64_t options_range(struct argp_state *state, const char *name, const char *text, uint64_t least,
                       uint64_t most);

// What a help_filter returns: the text that was written for argp, which frees it, or `text` where memory is short. Ends `help`.
char *options_help(struct output *help, const char *text);

// The number of a word among word(0), word(1), ... up to NULL, or argp_error with all there are.
unsigned options_word(struct argp_state *state, const char *name, const char *text,
                      const char *(*word)(unsigned number));

// The arguments "[FILE] [TYPE...]" of a command, borrowed from argv; see input_open_types.
struct type_arguments {
    char **words;
    size_t count;
};

// For ARGP_KEY_ARGS of commands that take them.
struct type_arguments options_take_types(const struct argp_state *state);

#endif
