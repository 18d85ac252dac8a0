// The live view in a terminal: keys, signals, time.
#ifndef STRATA_WATCH_WATCH_LOOP_H
#define STRATA_WATCH_WATCH_LOOP_H

#include "watch/watch_player.h"
#include "view/term_curses.h"

struct loop_figures {
    uint64_t frames, frame_ns; // drawn, and what drawing them took in all
};

// Runs until the person quits, or a signal asks for it; the terminal is restored then. Blocks SIGWINCH,
// SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP and SIGQUIT, and takes them one after the other, so that nothing
// happens in the middle of anything. Returns in *signal_number the one that ended it, or 0.
MUST_USE struct error *watch_loop(struct watch_player *player, const struct term_options *options,
                                  struct loop_figures *figures, int *signal_number);

#endif
