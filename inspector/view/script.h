// SPDX-License-Identifier: MIT
// A stack of views without a terminal and without a person: keys from a script, screens as text.
#ifndef STRATA_VIEW_SCRIPT_H
#define STRATA_VIEW_SCRIPT_H

#include "view/canvas_export.h"
#include "view/view.h"
#include <stdio.h>

struct view_script {
    const char *keys;   // as key_script_next reads them ("i100 s5 <Down>3 b"); NULL: none
    bool prints_frames; // the screen before the first key and after each, not only the last one
    int rows, columns;
    enum canvas_format format;
    enum theme theme;
};

// Presses the keys until they end or a view wants to quit, and writes screens to `to`. A script that is wrong
// is ERROR_USAGE; what comes before the mistake is done.
MUST_USE struct error *view_script_run(struct view_stack *views, const struct view_script *script, FILE *to);

#endif
