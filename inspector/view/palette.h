// SPDX-License-Identifier: MIT
// How a cell looks: the ink and the ground of each style, for terminals of 256 and of 8 colours and for
// pictures. Ink and ground are always set together, so that nothing depends on what the terminal's own ground
// is. A colour alone never carries a meaning: each has its own glyph too.
#ifndef STRATA_VIEW_PALETTE_H
#define STRATA_VIEW_PALETTE_H

#include "view/canvas.h"

enum theme { THEME_DARK, THEME_LIGHT, THEMES };

// Which ground a cell has.
enum ground { GROUND_PLAIN, GROUND_PATH, GROUND_SELECTED, GROUND_LIT, GROUND_TITLE, GROUNDS };

struct look {
    uint8_t ink, ground; // of the terminal's colours
    bool is_bold, is_reverse;
};

enum ground palette_ground(const struct cell *cell);

// Of 256 colours; without marks that reverse.
struct look palette_rich(enum theme theme, enum style style, enum ground ground);
// Of 8 colours, for all styles on one ground: marks are attributes there.
struct look palette_poor(enum theme theme, enum style style);
// Of a cell, for pictures and ANSI text.
struct look palette_look(enum theme theme, const struct cell *cell);

// 0xRRGGBB of one of the 256 colours, as xterm has them.
uint32_t palette_rgb(uint8_t colour);

#endif
