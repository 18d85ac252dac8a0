// SPDX-License-Identifier: MIT
// A terminal that shows canvases and gives key presses and clicks. Only this knows of ncurses.
//
// What was changed since the last canvas goes to the terminal and nothing else. The terminal is restored by
// term_close, and when the process dies of a fault of its own.
#ifndef STRATA_VIEW_TERM_CURSES_H
#define STRATA_VIEW_TERM_CURSES_H

#include "base/error.h"
#include "view/canvas.h"
#include "view/palette.h"
#include "view/view.h"

struct term;

struct term_options {
    bool monochrome;
    enum theme theme;
    bool no_mouse;
};

enum term_event_kind { TERM_NOTHING, TERM_PRESS, TERM_CLICK, TERM_WHEEL };

struct term_event {
    enum term_event_kind kind;
    struct key_press press;
    bool is_pasted; // part of a text, not pressed
    int row, column;
    int wheel; // rows: negative is up
};

// Takes over the terminal of standard output; keys come from standard input, or from /dev/tty where that is
// something else. Fails with a clear message for a terminal that is unknown or cannot place its cursor. One
// at a time.
MUST_USE struct error *term_open(struct term **term, const struct term_options *options);
void term_close(struct term *term); // NULL is fine

int term_input_fd(const struct term *term);
void term_size(struct term *term, int *rows, int *columns);
// After the window has changed; reads the new size.
void term_resized(struct term *term);
void term_show(struct term *term, const struct canvas *canvas);
// The next key or click; never waits.
void term_read(struct term *term, struct term_event *event);
// Gives the terminal back for a while, and takes it again.
void term_suspend(struct term *term);
void term_resume(struct term *term);
// Gives the text to the terminal's clipboard (OSC 52); whether it takes it, it does not say.
void term_copy(struct term *term, const char *text);
// Draws all anew with the next canvas.
void term_redraw(struct term *term);

// Whether a terminal of this name shows more than ASCII, in a locale that is UTF-8.
bool term_is_unicode(const char *name);

#endif
