// SPDX-License-Identifier: MIT
// What the keys of the type browser do. The session that shows it carries it out.
#ifndef STRATA_VIEW_BROWSE_KEYS_H
#define STRATA_VIEW_BROWSE_KEYS_H

#include "view/keymap.h"
#include "view/press.h"

enum browse_action {
    BROWSE_NOTHING,
    BROWSE_UP,
    BROWSE_DOWN,
    BROWSE_PAGE_UP,
    BROWSE_PAGE_DOWN,
    BROWSE_FIRST,
    BROWSE_LAST,
    BROWSE_OTHER_PANE,
    BROWSE_ENTER,
    BROWSE_UNFOLD,
    BROWSE_FOLD,
    BROWSE_BACK,
    BROWSE_LEAVE, // Esc
    BROWSE_NEXT_DEFINITION,
    BROWSE_DEFINITION_BEFORE,
    BROWSE_HOLDERS,
    BROWSE_EDIT,
    BROWSE_BYTES,
    BROWSE_FILTER,
    BROWSE_SORT,
    BROWSE_REVERSE,
    BROWSE_KIND,
    BROWSE_LANGUAGE,
    BROWSE_LIBRARY,
    BROWSE_GROUP,
    BROWSE_CHANGED_ONLY,
    BROWSE_MOVE_UP, // a member, as all below
    BROWSE_MOVE_DOWN,
    BROWSE_BEST,
    BROWSE_ALIGN,
    BROWSE_PAD,
    BROWSE_UNPAD,
    BROWSE_CACHELINE,
    BROWSE_UNDO,
    BROWSE_PRINT,
    BROWSE_COPY,
    BROWSE_SAVE,
    BROWSE_SHARE,
    BROWSE_REDRAW,
    BROWSE_HELP,
    BROWSE_QUIT,
};

// Bits of a binding's `when`.
enum {
    WHEN_LIST = 1,   // the keys are the list's
    WHEN_PAGE = 2,   // the layout's
    WHEN_TRYING = 4, // an order is tried
    WHEN_COMPARING = 8,
    WHEN_BESIDE = 16, // there is another pane
};

extern const struct keymap browse_keymap;
extern const struct legend browse_legend;

#endif
