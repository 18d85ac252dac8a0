// SPDX-License-Identifier: MIT
// A stack of views in a terminal: keys, signals, time. Any view runs on it.
#ifndef STRATA_VIEW_LOOP_H
#define STRATA_VIEW_LOOP_H

#include "view/term_curses.h"
#include "view/view.h"

struct loop_figures {
    uint64_t frames, frame_ns; // drawn, and what bringing together and drawing them took in all
};

// Runs until a view wants to quit, or a signal asks for it; the terminal is restored then. Blocks all
// signals whose default is to end or stop the program (but for those of its own faults, and SIGTTIN and
// SIGTTOU), and takes them one after the other, so that nothing happens in the middle of anything. Returns in
// *signal_number the one that ended it, SIGHUP when the terminal went away without one, or 0. Ctrl-C stops
// what is under way, else it quits; Ctrl-Z suspends, whatever view is open. Reads the clock; one at a time.
MUST_USE struct error *loop_run(struct view_stack *views, const struct term_options *options,
                                struct loop_figures *figures, int *signal_number);

#endif
