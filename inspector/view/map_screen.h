// SPDX-License-Identifier: MIT
// What a person has chosen to see of a map, as far as it is the same for all kinds of maps: the first member of their views. What is
// scrolled through is counted in places: buckets, or groups.
#ifndef STRATA_VIEW_MAP_SCREEN_H
#define STRATA_VIEW_MAP_SCREEN_H

#include "view/map_intent.h"

struct map_screen {
    const struct keymap *keymap;
    uint64_t first;                      // place at the top
    bool follows;                        // keeps what is touched in sight
    bool is_open;                        // the slot under the cursor is opened, instead of the places
    bool shows_bytes, shows_more_events; // of the header; lines of them
    bool shows_place;                    // the bytes of the place under the cursor, instead of the places
    bool has_caption;                    // there is a line to be shown under the title; set by the session
    unsigned field;                      // of the header, from 1 on, that is explained; 0: none
    uint64_t count;                      // typed before a key
    // Of the latest frame:
    int rows, columns;
    int header_rows;        // of its bytes, eight a row
    uint64_t page, row;     // places that a page and a row show; at least 1
    uint64_t position, end; // of time, for going about in it
    size_t time_cells;      // of the time line
};

struct map_screen map_screen_of(const struct keymap *keymap);

// A frame is measured; and drawn.
void map_screen_measure(struct map_screen *screen, const struct picture_header *header, int rows,
                        int columns);
void map_screen_show_time(struct map_screen *screen, const struct map_moment *now);

// A key. The binding that the view has to do, *count what was typed before it (0: nothing). NULL: that was all.
const struct key_binding *map_screen_press(struct map_screen *screen, struct key_press press, uint64_t *count,
                                           struct intents *intents);

// Does what an action changes of the screen; others are left alone. `fields` are those of the header.
void map_screen_do(struct map_screen *screen, enum map_action action, uint64_t count, unsigned fields);

// The intent of a binding that has one (see intent_of), which the view completes.
struct intent map_screen_intent(const struct map_screen *screen, const struct key_binding *binding,
                                uint64_t count);

// Asks for it: what moves the map is followed.
void map_screen_ask(struct map_screen *screen, struct intent intent, struct intents *intents);

// The answer to a question: adds the intent, or nothing when the text names no key or event.
void map_screen_answer(struct map_screen *screen, enum map_question asks, const char *text,
                       struct intents *intents);

// A click on that cell of the time line.
void map_screen_click_time(struct map_screen *screen, uint64_t cell, struct intents *intents);

// Where a cursor comes that moves so far among `count` places, both ends included.
uint64_t map_screen_moved(uint64_t place, int64_t by, uint64_t count);

// Moves the top so that the place is in sight; and by rows, up (negative) or down, among `count` places.
void map_screen_bring(struct map_screen *screen, uint64_t place);
void map_screen_scroll(struct map_screen *screen, int rows, uint64_t count);

// Two panels beside each other: their titles in a rule above, a line between them.
void map_panels_draw(struct canvas *canvas, int row, int rows, int split, const char *left,
                     const char *right);

// What stands above the header: its name, size and place, and whose its fields are while its bytes are shown.
void map_header_title(const struct map_screen *screen, const char *noun, const struct picture_header *header,
                      char *text, size_t size_bytes);

#endif
