// SPDX-License-Identifier: MIT
// Parts that the screens of all kinds of maps are made of.
#ifndef STRATA_VIEW_MAP_PARTS_H
#define STRATA_VIEW_MAP_PARTS_H

#include "view/hits.h"
#include "view/keymap.h"
#include "view/map_scene.h"

// Bits of a binding's `when`, for maps of all kinds.
enum {
    WHEN_PAUSED = 1,
    WHEN_PLAYING = 2,
    WHEN_PAST = 4, // there is a later event
    WHEN_RANGING = 8,
    WHEN_ALWAYS = 15,
};

// "strata watch  map[K]V  origin      status". The origin is left out where there is no room for it.
void map_title_draw(const struct picture_header *header, const struct map_moment *now, struct canvas *canvas);

// The header as it lies in memory, eight bytes a row, a bar where a field begins, bytes of no field shaded; the
// fields' names behind, up to the column `end`.
void map_bytes_draw(const struct picture_header *header, struct canvas *canvas, int row, int rows, int end);

// A field of the header with its value in words.
struct worded_field {
    const char *name;
    char value[48];
    enum style style;
};

// Fields in columns of `rows`, between the left edge and `columns`. `order` has `count` numbers of `all`; where
// that is not all of them, the last of them gives way to `instead`, and to the selected field if it is nowhere
// else. `selected` counts from 1; 0: none. Two columns may have other widths: the first one's is first_columns.
struct map_fields {
    const struct worded_field *all;
    const uint8_t *order;
    unsigned count, all_count, instead, selected;
    int row, rows, columns, first_columns;
};
void map_fields_draw(const struct map_fields *fields, struct canvas *canvas);

// A selected field in words, two lines below a rule: "Map.used = 17   offset 0, 8 bytes".
struct map_explained {
    const char *noun; // "hmap"
    const struct worded_field *field;
    const struct picture_header *header;
    const char *what, *next;
    int row, columns, words_columns;
};
void map_explained_draw(const struct map_explained *explained, struct canvas *canvas);

void map_gauge_draw(struct canvas *canvas, int row, int column, int cells, double share, enum style style);

// Bits of a hash from `high` down to `low`, a blank between bytes. Returns the columns they took.
struct bit_look {
    uint8_t style, marks;
};
int map_bits_draw(struct canvas *canvas, int row, int column, uint64_t hash, const struct bit_look looks[64],
                  int high, int low);

// Eight slots in a row: │3f│··│…│, [3f] where one was touched just now, ( ) around those of a search's way.
enum { SLOTS_IN_ROW = 8, SLOT_CELLS = 3, SLOTS_CELLS = SLOTS_IN_ROW * SLOT_CELLS + 1 };
struct slot_look {
    char text[8]; // two cells
    enum style style;
    bool is_lit;
};
void map_slots_draw(struct canvas *canvas, int row, int column, const struct slot_look looks[SLOTS_IN_ROW],
                    enum style border, bool is_on_path);

// Events below a rule, the latest at the bottom. `column` above 0: a column of their own down to end_row, with
// a line at its left. A caption that has no row of its own stands in the rule.
struct map_events_place {
    int row, rows, column, end_row;
    bool has_caption;
};
void map_events_draw(const struct picture_event *events, size_t count, const struct map_moment *now,
                     const struct map_events_place *place, struct canvas *canvas);

// The load over time. A click on it has this kind of hit, with the cell as its value.
void map_time_draw(const struct map_moment *now, struct canvas *canvas, int row, struct hits *hits,
                   unsigned hit_kind);
// The event that a click on a cell of it goes to.
uint64_t map_time_at(uint64_t cell, size_t cells, uint64_t end);

void map_keys_draw(const struct keymap *keymap, const struct map_moment *now, uint64_t count,
                   struct canvas *canvas, int row, struct hits *hits);

// The glyph of a level from 0 (a dot) to 8.
uint32_t level_glyph(unsigned level);

// A slot, opened: the title in the rule above `row`, then its lines.
void map_detail_draw(const struct picture_detail *detail, struct canvas *canvas, int row, int rows,
                     int columns);

#endif
