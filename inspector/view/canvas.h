// SPDX-License-Identifier: MIT
// A grid of cells that views draw on, without a terminal: a code point, a style and marks a cell. A terminal
// shows it (term_curses.h), a test reads it as text.
//
// Drawing is clipped: whatever falls outside is left out, so that a view needs no sums about edges.
// Texts may come from a hostile file: control characters and broken UTF-8 show as replacement characters.
#ifndef STRATA_VIEW_CANVAS_H
#define STRATA_VIEW_CANVAS_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// What a cell means; a terminal picks the colour.
enum style {
    STYLE_NORMAL,
    STYLE_DIM,
    STYLE_STRONG,
    STYLE_TITLE, // the line at the top
    STYLE_RULE,  // lines between panels
    STYLE_LABEL,
    STYLE_KEYCAP, // a key that works now
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_LIVE,
    STYLE_EMPTY,       // and so is the rest of the chain
    STYLE_EMPTY_ONE,   // emptied
    STYLE_MOVED_X,     // of the half that keeps its bucket number
    STYLE_MOVED_Y,     // of the upper half
    STYLE_MOVED_EMPTY, // was empty when its bucket was evacuated
    STYLE_OVERFLOW,
    STYLE_TOPHASH, // bits of a hash
    STYLE_BUCKET_BITS,
    STYLE_GAUGE,
    STYLE_POINTER,
    STYLE_FIELD_A, // fields side by side differ
    STYLE_FIELD_B,
    STYLE_HOLE,
    STYLE_CAPTION,
    STYLES
};

// On top of a style.
enum {
    MARK_LIT = 1,      // touched just now
    MARK_PATH = 2,     // on the way there
    MARK_SELECTED = 4, // the cursor is here
    MARK_REVERSE = 8,
};

struct cell {
    uint32_t code; // 0: the right half of a wide character
    uint8_t style;
    uint8_t marks;
};

struct canvas {
    struct cell *cells; // rows * columns, row by row
    int rows, columns;
};

// Starts with {0}. Resizes and blanks it; false when memory is short.
MUST_USE bool canvas_reset(struct canvas *canvas, int rows, int columns);
void canvas_free(struct canvas *canvas);

static inline struct cell *canvas_at(struct canvas *canvas, int row, int column)
{
    bool is_inside = row >= 0 && row < canvas->rows && column >= 0 && column < canvas->columns;
    return is_inside ? &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column] : NULL;
}

void canvas_put(struct canvas *canvas, int row, int column, uint32_t code, enum style style, unsigned marks);

// Draws at most `width` cells of UTF-8 text; what is longer ends in "…". Returns the columns it took.
int canvas_text(struct canvas *canvas, int row, int column, int width, enum style style, unsigned marks,
                const char *text);

// The same, but what is longer begins with "…": of a path the end tells it from others.
int canvas_text_tail(struct canvas *canvas, int row, int column, int width, enum style style, unsigned marks,
                     const char *text);

// printf's way, as wide as it comes. Returns the columns it took.
int canvas_print(struct canvas *canvas, int row, int column, enum style style, const char *format, ...)
    PRINTF_LIKE(5, 6);

// The columns that a text takes.
int canvas_text_width(const char *text);

void canvas_fill(struct canvas *canvas, int row, int column, int rows, int columns, uint32_t code,
                 enum style style);
// Adds marks to cells that are there.
void canvas_mark(struct canvas *canvas, int row, int column, int columns, unsigned marks);

// A line across with a title in it: "── title ─────".
void canvas_rule(struct canvas *canvas, int row, int column, int columns, const char *title);

// Replaces every code point by an ASCII character that says the same.
void canvas_make_ascii(struct canvas *canvas);

// One line a row, spaces at its end left out.
void canvas_write_text(const struct canvas *canvas, FILE *to);

// UTF-8 of one code point. Returns its length.
size_t canvas_encode(uint32_t code, char text[4]);

#endif
