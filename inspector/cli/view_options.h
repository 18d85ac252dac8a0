// SPDX-License-Identifier: MIT
// Options of commands that draw a screen: how it is driven without a person, and how it looks. A child parser.
#ifndef STRATA_CLI_VIEW_OPTIONS_H
#define STRATA_CLI_VIEW_OPTIONS_H

#include "cli/options.h"
#include "view/loop.h"
#include "view/script.h"

#include <argp.h>

struct view_options {
    // Set before parsing: what the help shows of --keys; NULL: keys of a list.
    const char *keys_example;
    const char *keys; // NULL: none
    bool frames, no_mouse, figures;
    int rows, columns; // of printed screens; 0: the default
    unsigned theme_word;
    enum canvas_format format;
    int glyphs; // by option; 0: by locale and terminal
};

// The options' groups in the help begin at `group`; its input is a struct view_options, zeroed but for the example.
extern const struct argp view_argp;

// Whether screens are printed instead of shown: keys or frames are asked for, or there is no terminal.
bool view_is_scripted(const struct view_options *options);

// What goes for the stack of views before it is shown or printed.
void view_prepare(const struct view_options *options, struct view_stack *views);
enum theme view_theme(const struct view_options *options);

// Prints screens, or shows them until a view wants to quit, in colour but where --color or NO_COLOR want none. The signal that ended it
// goes to *signal_number; 0: none.
MUST_USE struct error *view_run(struct view_stack *views, const struct view_options *options,
                                enum colour_when colour, int *signal_number);

// Dies of the signal, as its sender expects. Nothing for 0.
void view_die_of(int signal_number);

#endif
