// SPDX-License-Identifier: MIT
// The list of a program's maps as a view: the largest first, Enter or a click opens one, Backspace or Esc goes back.
#ifndef STRATA_WATCH_LIVE_LIST_H
#define STRATA_WATCH_LIVE_LIST_H

#include "view/view.h"
#include "watch/live_program.h"

struct live_list {
    struct view_stack *stack;
    struct live_program *program; // borrowed
    size_t selected, first, page;
    bool can_leave; // there is something below
    void *state;    // of the callback
    struct error *(*chosen)(void *state, size_t row);
};

// Opens it on the stack. `list` must not move until it is closed.
void live_list_open(struct live_list *list);

#endif
