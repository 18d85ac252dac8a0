// SPDX-License-Identifier: MIT
// A canvas for others to look at: with the codes of a terminal of 256 colours, or as a picture.
#ifndef STRATA_VIEW_CANVAS_EXPORT_H
#define STRATA_VIEW_CANVAS_EXPORT_H

#include "view/palette.h"

enum canvas_format { CANVAS_TEXT, CANVAS_ANSI, CANVAS_SVG };

// SVG has a cell a character, whatever fonts there are. Marks that a plain text shows by brackets stay.
void canvas_write(const struct canvas *canvas, enum canvas_format format, enum theme theme, FILE *to);

// By the end of a file's name: .svg, .ans or .ansi, else text.
enum canvas_format canvas_format_of(const char *path);

#endif
