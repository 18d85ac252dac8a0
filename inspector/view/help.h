// SPDX-License-Identifier: MIT
// The help page, a view on top of another: its keys and the signs on its screen. Keys that move scroll, / searches,
// any other key closes it; q goes on to the view below.
#ifndef STRATA_VIEW_HELP_H
#define STRATA_VIEW_HELP_H

#include "view/keymap.h"
#include "view/prompt.h"
#include "view/view.h"

struct help_page {
    struct view_stack *stack;
    const struct keymap *keymap;
    struct legend legend; // count 0: none
    int scroll;           // lines above the box
    struct prompt prompt;
    char sought[32]; // "": nothing
    int found;       // line
};

// Opens it on the stack. `page` must not move, and all is borrowed, until it is closed.
void help_open(struct help_page *page, struct view_stack *stack, const struct keymap *keymap,
               struct legend legend);

#endif
