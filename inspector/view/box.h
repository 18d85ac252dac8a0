// SPDX-License-Identifier: MIT
// A framed box in the middle of the screen, for views on top of others.
#ifndef STRATA_VIEW_BOX_H
#define STRATA_VIEW_BOX_H

#include "view/canvas.h"

struct box {
    int row, column, rows, columns; // with its frame
};

// Blanks and frames it; no larger than the canvas.
struct box box_open(struct canvas *canvas, int rows, int columns, const char *title);

#endif
