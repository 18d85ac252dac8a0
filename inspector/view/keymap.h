// Which key does what in the live view: one table that the keys, the help line and the help page are read
// from.
#ifndef STRATA_VIEW_KEYMAP_H
#define STRATA_VIEW_KEYMAP_H

#include "view/view.h"

enum action {
    ACTION_NONE,
    ACTION_INTENT, // the binding's intent, with the count as its number
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_ZOOM_OUT,
    ACTION_ZOOM_IN,
    ACTION_BYTES,
    ACTION_EVENTS,
    ACTION_FOLLOW,
    ACTION_HELP,
    ACTION_TIME_BACK,
    ACTION_TIME_ON,
    ACTION_TIME_START,
    ACTION_TIME_END,
    ACTION_ASK_FIND, // opens a prompt, or takes the count
    ACTION_ASK_PUT,
    ACTION_ASK_TIME,
    ACTION_SETUP,
    ACTION_LEAVE, // what is open
};

// When a key is worth a place in the help line.
enum {
    WHEN_PAUSED = 1,
    WHEN_PLAYING = 2,
    WHEN_PAST = 4, // there is a later event
    WHEN_RANGING = 8,
    WHEN_ALWAYS = 15,
    WHEN_HELP_ONLY = 0,
};

struct binding {
    uint32_t code;
    enum action action;
    enum intent_kind intent;
    unsigned default_count; // the intent's number when none is given
    unsigned when;
    const char *cap;   // "space"
    const char *label; // "play"; one or two words
    const char *help;  // a line
};

// All bindings, in the order of the help page; a group begins where `code` is 0, its title is `help`.
const struct binding *keymap_bindings(size_t *count);

// NULL when the key is bound to nothing.
const struct binding *keymap_find(uint32_t code);

#endif
