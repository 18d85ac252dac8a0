// SPDX-License-Identifier: MIT
// Writes what is on the screen to a file, for others to look at: asks for its name, whose end says how.
#ifndef STRATA_VIEW_SHARE_H
#define STRATA_VIEW_SHARE_H

#include "view/canvas_export.h"
#include "view/prompt.h"

struct share {
    struct view_stack *stack;
    struct prompt prompt;
    enum theme theme;
};

// Opens the prompt on the stack. `share` must not move until it is closed. A file that is there already is
// not written over.
void share_open(struct share *share, struct view_stack *stack, enum theme theme);

#endif
