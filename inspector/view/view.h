// SPDX-License-Identifier: MIT
// A view: what is drawn on the screen and takes keys. Views are stacked: at the bottom a whole screen (the
// map, the type browser), above it what is open: the help page, a prompt.
//
//     ┌ prompt ┐   keys, clicks ─► the top one; what it does not want passes to the one below
//     ├ help   ┤   a frame      ─► from the bottom up: needs, then draw
//     └ map    ┘   time         ─► all of them
//
// The stack knows no terminal and no clock: loop.h brings both, and tests press keys and read the canvas.
#ifndef STRATA_VIEW_VIEW_H
#define STRATA_VIEW_VIEW_H

#include "base/error.h"
#include "view/canvas.h"
#include "view/hits.h"
#include "view/press.h"

enum { VIEW_WAIT_FOREVER = -1 };

// All but `draw` may be NULL. `state` is what the view was opened with. An error ends the program: what
// cannot be done is said by view_say.
struct view_ops {
    const char *title;         // "strata watch"
    bool takes_text;           // keys are text: a paste is meant for it
    int rows_min, columns_min; // a smaller screen shows a word about it and nothing else

    // Brings together what a frame of this size shows. Costs what the screen shows.
    struct error *(*needs)(void *state, int rows, int columns);
    // Draws it over the views below. Adds where a click does something.
    void (*draw)(void *state, struct canvas *canvas, struct hits *hits);
    // A key. *passes is false; true hands it on to the view below.
    struct error *(*press)(void *state, struct key_press press, bool *passes);
    // A click; `hit` is the view's own, or NULL where it drew none, `value` that of the cell.
    struct error *(*click)(void *state, const struct hit *hit, uint64_t value);
    // Ctrl-C: stops what is under way. False when there is nothing to stop: it quits then.
    bool (*interrupt)(void *state);
    // The wheel: rows up (negative) or down.
    struct error *(*wheel)(void *state, int rows);
    // So much time has passed. Works no longer than budget_ns, so that keys stay instant. *changed is false;
    // true: there is something new to see.
    struct error *(*advance)(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed);
    // Milliseconds until `advance` has something to do, or VIEW_WAIT_FOREVER.
    int (*wait)(const void *state);
};

enum { VIEWS_MOST = 8, MESSAGE_BYTES = 160, VIEW_RUN_WORDS = 7 };

struct open_view {
    const struct view_ops *ops;
    void *state; // borrowed until it is closed
};

// Start with {0}; large, because of the hits. Not thread-safe.
struct view_stack {
    struct open_view views[VIEWS_MOST];
    size_t count;
    struct canvas canvas; // of the latest frame
    struct hits hits;
    char message[MESSAGE_BYTES]; // for the person, until the next key; "": none
    bool message_is_bad;
    bool message_is_new; // set with it; cleared by the loop, which counts the time from then
    bool is_ascii;       // frames are in ASCII
    bool wants_quit, wants_redraw;
    // What a view wants of the terminal; both are freed when it is done, or the stack is.
    char *run[VIEW_RUN_WORDS +
              1];      // a program with its arguments, that has the terminal while it runs; run[0] NULL: none
    char *copied;      // a text for the terminal's clipboard; NULL: none
    uint64_t slice_ns; // how long a key may work before the rest is left to `advance`; 0: until it is done
};

// Opens a view on top. With VIEWS_MOST open it says so and does nothing.
void view_open(struct view_stack *stack, const struct view_ops *ops, void *state);
// Closes the view of this state and all above it. Fine when it is not open.
void view_close(struct view_stack *stack, const void *state);
// Frees the canvas; views are the caller's.
void view_stack_free(struct view_stack *stack);

void view_say(struct view_stack *stack, bool is_bad, const char *format, ...) PRINTF_LIKE(3, 4);

MUST_USE struct error *view_stack_press(struct view_stack *stack, struct key_press press);
// A character of a pasted text: for the view on top when it takes text, else it is left out.
MUST_USE struct error *view_stack_paste(struct view_stack *stack, uint32_t code);
// A click at a cell of the latest frame.
MUST_USE struct error *view_stack_click(struct view_stack *stack, int row, int column);
// Forgets what a view wanted of the terminal.
void view_stack_serve(struct view_stack *stack);
// Whether a view had something to stop.
bool view_stack_interrupt(struct view_stack *stack);
MUST_USE struct error *view_stack_wheel(struct view_stack *stack, int rows);
MUST_USE struct error *view_stack_advance(struct view_stack *stack, uint64_t elapsed_ns, uint64_t budget_ns,
                                          bool *changed);
int view_stack_wait(const struct view_stack *stack);

// Draws the present state to stack->canvas.
MUST_USE struct error *view_stack_frame(struct view_stack *stack, int rows, int columns);

#endif
