// SPDX-License-Identifier: MIT
#include "view/box.h"

struct box box_open(struct canvas *canvas, int rows, int columns, const char *title)
{
    if (rows > canvas->rows)
        rows = canvas->rows;
    if (columns > canvas->columns)
        columns = canvas->columns;
    struct box box = {(canvas->rows - rows) / 2, (canvas->columns - columns) / 2, rows, columns};
    int bottom = box.row + rows - 1, right = box.column + columns - 1;
    canvas_fill(canvas, box.row, box.column, rows, columns, ' ', STYLE_NORMAL);
    canvas_rule(canvas, box.row, box.column, columns, title);
    canvas_rule(canvas, bottom, box.column, columns, NULL);
    for (int row = box.row + 1; row < bottom; row++) {
        canvas_put(canvas, row, box.column, 0x2502, STYLE_RULE, 0);
        canvas_put(canvas, row, right, 0x2502, STYLE_RULE, 0);
    }
    canvas_put(canvas, box.row, box.column, 0x250c, STYLE_RULE, 0);
    canvas_put(canvas, box.row, right, 0x2510, STYLE_RULE, 0);
    canvas_put(canvas, bottom, box.column, 0x2514, STYLE_RULE, 0);
    canvas_put(canvas, bottom, right, 0x2518, STYLE_RULE, 0);
    return box;
}
