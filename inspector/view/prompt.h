// SPDX-License-Identifier: MIT
// A prompt in the last line of the screen, a view on top of another: asks for a number, a name, or a filter
// that works while it is typed.
#ifndef STRATA_VIEW_PROMPT_H
#define STRATA_VIEW_PROMPT_H

#include "view/view.h"

enum { PROMPT_BYTES = 256, PROMPT_PAST = 8 };

struct prompt_request {
    const char *label; // "go to event: "
    const char *start; // the text to begin with; NULL: none
    size_t bytes_most; // of the text; 0: as many as there is room for
    bool is_word;      // takes visible ASCII characters only
    bool passes_moves; // arrows and pages go on to the view below: a list that is filtered
    void *state;       // of the callbacks
    // Enter: the prompt is closed and has its answer.
    struct error *(*answered)(void *state, const char *text);
    struct error *(*changed)(void *state, const char *text); // after each change; may be NULL
    struct error *(*left)(void *state);                      // closed by Esc; may be NULL
};

struct prompt {
    struct view_stack *stack;
    struct prompt_request request;
    char text[PROMPT_BYTES]; // UTF-8
    size_t length;
    // What it was answered before, the latest first; Up and Down go through it.
    char past[PROMPT_PAST][PROMPT_BYTES];
    size_t past_count;
    int at; // 0: what is typed now
};

// Opens it on the stack; starts with {0}, and keeps its answers for the next time. `prompt` must not move, and the request's texts and state are borrowed, until it is
// closed.
void prompt_open(struct prompt *prompt, struct view_stack *stack, const struct prompt_request *request);

#endif
