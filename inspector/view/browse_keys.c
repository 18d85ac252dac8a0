// SPDX-License-Identifier: MIT
// The keys and signs of the type browser.
#include "view/browse_keys.h"

#define NO_OTHER 0, NULL
#define DO(action) action, 0, 0
#define GROUP(title)                                                                                         \
    {                                                                                                        \
        0, DO(BROWSE_NOTHING), 0, "", "", title, NO_OTHER                                                    \
    }

static const struct key_binding bindings[] = {
    GROUP("going about"),
    {PRESS_ENTER, DO(BROWSE_ENTER), WHEN_LIST | WHEN_PAGE, "Enter", "open",
     "list: to the layout, or into the group; layout: the member's type", NO_OTHER},
    {PRESS_BACKSPACE, DO(BROWSE_BACK), WHEN_PAGE, "Bksp", "back", "back to where you came from", NO_OTHER},
    {PRESS_TAB, DO(BROWSE_OTHER_PANE), WHEN_BESIDE, "Tab", "layout", "from the list to the layout and back",
     WHEN_PAGE, "list"},
    {PRESS_UP, DO(BROWSE_UP), 0, "Up", "", "up; a click selects, a second one opens, the wheel scrolls",
     NO_OTHER},
    {PRESS_DOWN, DO(BROWSE_DOWN), 0, "Down", "", "down", NO_OTHER},
    {'k', DO(BROWSE_UP), 0, "k", "", "as Up", NO_OTHER},
    {'j', DO(BROWSE_DOWN), 0, "j", "", "as Down", NO_OTHER},
    {PRESS_PAGE_UP, DO(BROWSE_PAGE_UP), 0, "PgUp", "", "a page up", NO_OTHER},
    {PRESS_PAGE_DOWN, DO(BROWSE_PAGE_DOWN), 0, "PgDn", "", "a page down", NO_OTHER},
    {PRESS_HOME, DO(BROWSE_FIRST), 0, "Home", "", "the first", NO_OTHER},
    {PRESS_END, DO(BROWSE_LAST), 0, "End", "", "the last", NO_OTHER},
    {' ', DO(BROWSE_UNFOLD), WHEN_PAGE, "space", "unfold",
     "its own members in place, offsets from the start; again folds", NO_OTHER},
    {PRESS_RIGHT, DO(BROWSE_UNFOLD), 0, "Right", "", "as space; in the list: to the layout", NO_OTHER},
    {'l', DO(BROWSE_UNFOLD), 0, "l", "", "as Right", NO_OTHER},
    {PRESS_LEFT, DO(BROWSE_FOLD), 0, "Left", "", "fold; else back to the list", NO_OTHER},
    {'h', DO(BROWSE_FOLD), 0, "h", "", "as Left", NO_OTHER},
    {'u', DO(BROWSE_HOLDERS), WHEN_LIST | WHEN_PAGE, "u", "holders",
     "who holds or points to this type, and in which member", NO_OTHER},
    {']', DO(BROWSE_NEXT_DEFINITION), 0, "]", "", "the next definition of this name", NO_OTHER},
    {'[', DO(BROWSE_DEFINITION_BEFORE), 0, "[", "", "the one before", NO_OTHER},
    {'e', DO(BROWSE_EDIT), 0, "e", "edit", "where it is declared, in $EDITOR", NO_OTHER},
    {'x', DO(BROWSE_BYTES), 0, "x", "bytes", "the map of bytes, or none", NO_OTHER},
    GROUP("the list"),
    {'/', DO(BROWSE_FILTER), WHEN_LIST, "/", "filter",
     "words, /regex/, .member, size > 64 && holes > 0; as you type", NO_OTHER},
    {'s', DO(BROWSE_SORT), WHEN_LIST, "s", "sort", "sort by the next column; a click on its title does, too",
     NO_OTHER},
    {'S', DO(BROWSE_REVERSE), 0, "S", "", "turn the order round", NO_OTHER},
    {'g', DO(BROWSE_GROUP), WHEN_LIST, "g", "group",
     "by namespace or package, by source file, not at all; with sums", NO_OTHER},
    {'t', DO(BROWSE_KIND), 0, "t", "", "records, structs, classes, unions, enums, all", NO_OTHER},
    {'L', DO(BROWSE_LANGUAGE), 0, "L", "", "all languages, or one of those that there are", NO_OTHER},
    {'H', DO(BROWSE_LIBRARY), 0, "H", "", "hide the types of the standard library, or show them", NO_OTHER},
    {'d', DO(BROWSE_CHANGED_ONLY), WHEN_COMPARING, "d", "all", "comparing: only what differs, or all",
     NO_OTHER},
    GROUP("trying another order"),
    {'K', DO(BROWSE_MOVE_UP), WHEN_PAGE, "K", "move up", "move the member up", NO_OTHER},
    {'J', DO(BROWSE_MOVE_DOWN), WHEN_PAGE, "J", "down", "move the member down", NO_OTHER},
    {'p', DO(BROWSE_BEST), WHEN_PAGE, "p", "best", "the smallest order", NO_OTHER},
    {'z', DO(BROWSE_UNDO), WHEN_TRYING, "z", "undo", "take the last step back", NO_OTHER},
    {'y', DO(BROWSE_PRINT), WHEN_TRYING, "y", "source", "print its source when you leave (again: do not)",
     NO_OTHER},
    {'w', DO(BROWSE_SAVE), WHEN_TRYING, "w", "save",
     "add the order to a file for pack --order-file and check --rules", NO_OTHER},
    {'a', DO(BROWSE_ALIGN), WHEN_TRYING, "a", "align",
     "raise its alignment, twofold up to a cache line; then none", NO_OTHER},
    {'+', DO(BROWSE_PAD), WHEN_TRYING, "+", "pad", "a byte of padding before the member (8+: eight)",
     NO_OTHER},
    {'-', DO(BROWSE_UNPAD), 0, "-", "", "a byte less", NO_OTHER},
    {'c', DO(BROWSE_CACHELINE), 0, "c", "", "cache lines of 64, 128, 256 or 32 bytes", NO_OTHER},
    {'Y', DO(BROWSE_COPY), 0, "Y", "", "copy the source, by OSC 52, which the terminal must allow", NO_OTHER},
    GROUP("all"),
    {PRESS_ESCAPE, DO(BROWSE_LEAVE), 0, "Esc", "", "leave the tried order, the layout, the filter, the group",
     NO_OTHER},
    {'W', DO(BROWSE_SHARE), 0, "W", "", "write the screen to a file: as text, with colours, as SVG",
     NO_OTHER},
    {PRESS_REDRAW, DO(BROWSE_REDRAW), 0, "Ctrl-L", "", "draw the screen anew", NO_OTHER},
    {'?', DO(BROWSE_HELP), WHEN_LAST, "?", "help", "this page", NO_OTHER},
    {PRESS_F1, DO(BROWSE_HELP), 0, "F1", "", "as ?", NO_OTHER},
    {'q', DO(BROWSE_QUIT), WHEN_LAST, "q", "quit", "quit", NO_OTHER},
};

const struct keymap browse_keymap = {bindings, ARRAY_LENGTH(bindings)};

static const struct legend_entry signs[] = {
    {"░░░", STYLE_HOLE, "nobody uses these bytes: a hole, or padding at the end"},
    {"???", STYLE_DIM, "the debug information does not tell"},
    {"┄┄┄", STYLE_RULE, "here a cache line begins"},
    {"◀", STYLE_WARN, "a member crosses a cache line, and need not"},
    {"●", STYLE_WARN, "false sharing: threads contend for it and for another in its line"},
    {"○", STYLE_DIM, "an atomic or a lock, alone of its kind in its cache line"},
    {"▸ ▾", STYLE_DIM, "has members of its own: space unfolds and folds them"},
    {"~ + -", STYLE_WARN, "differs, was added, was removed"},
    {"·", STYLE_DIM, "not known, or not yet"},
};

const struct legend browse_legend = {signs, ARRAY_LENGTH(signs)};
