// SPDX-License-Identifier: MIT
// Which key does what in a view: one table that the keys, the help line and the help page are read from.
// Each view has its own.
#ifndef STRATA_VIEW_KEYMAP_H
#define STRATA_VIEW_KEYMAP_H

#include "view/canvas.h"
#include "view/hits.h"

// When a key is worth a place in the help line: bits that the view gives a meaning, and
#define WHEN_LAST (1u << 31) // it keeps its place at the end, whatever else there is no room for

struct key_binding {
    uint32_t code;   // 0: the title of a group, in `help`
    unsigned action; // the view's own, and what belongs to it
    unsigned argument;
    unsigned default_count; // the number it goes with when none is given
    unsigned when;
    const char *cap;   // "space"
    const char *label; // "play"; one or two words
    const char *help;  // a line
    // In these states the help line has another word.
    unsigned other_when;
    const char *other_label;
};

struct keymap {
    const struct key_binding *bindings; // in the order of the help page
    size_t count;
};

// NULL when the key is bound to nothing.
const struct key_binding *keymap_find(const struct keymap *keymap, uint32_t code);

// A sign of the screen, for the help page.
struct legend_entry {
    const char *sign;
    enum style style;
    const char *meaning;
};

struct legend {
    const struct legend_entry *entries;
    size_t count;
};

// What the last line of a view shows: a message when there is one, else the keys that work now.
struct key_line {
    const struct keymap *keymap;
    unsigned state; // bits of `when` that hold now
    uint64_t count; // typed before a key; 0: none
    const char *message;
    bool message_is_bad;
};

void key_line_draw(const struct key_line *line, struct canvas *canvas, int row, struct hits *hits);

// Draws a key and its word. Returns the columns they took.
int key_cap_draw(struct canvas *canvas, int row, int column, const char *cap, const char *label);

#endif
