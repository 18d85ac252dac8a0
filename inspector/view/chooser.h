// SPDX-License-Identifier: MIT
// A box with a few things to choose, a view on top of another: a row each, its values left and right.
#ifndef STRATA_VIEW_CHOOSER_H
#define STRATA_VIEW_CHOOSER_H

#include "view/view.h"

enum { CHOICES_MAX = 8 };

struct choice {
    const char *title;
    const char *const *names;
    uint8_t count, current; // count is at least 1, current below it
};

struct chooser_request {
    const char *title;        // "a new map"
    const char *enter, *stay; // what Enter and Esc do, in a word
    uint32_t closing_key;     // that opened it: closes it too
    struct choice choices[CHOICES_MAX];
    size_t choices_count; // at least 1
    void *state;          // of the callback
    // Enter: it is closed; `chosen` has a value for each choice.
    struct error *(*done)(void *state, const uint8_t chosen[CHOICES_MAX]);
};

struct chooser {
    struct view_stack *stack;
    struct chooser_request request;
    size_t row;
    uint8_t chosen[CHOICES_MAX];
};

// Opens it on the stack. `chooser` must not move, and the request's texts and state are borrowed, until it is
// closed.
void chooser_open(struct chooser *chooser, struct view_stack *stack, const struct chooser_request *request);

#endif
