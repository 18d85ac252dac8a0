// SPDX-License-Identifier: MIT
#include "view/canvas_export.h"

#include <string.h>

static bool looks_equal(struct look a, struct look b)
{
    return a.ink == b.ink && a.ground == b.ground && a.is_bold == b.is_bold && a.is_reverse == b.is_reverse;
}

static const struct cell *row_of(const struct canvas *canvas, int row)
{
    return &canvas->cells[(size_t)row * (size_t)canvas->columns];
}

static void write_ansi(const struct canvas *canvas, enum theme theme, FILE *to)
{
    for (int row = 0; row < canvas->rows; row++) {
        const struct cell *cells = row_of(canvas, row);
        struct look before = {0};
        for (int column = 0; column < canvas->columns; column++) {
            char text[4];
            struct look look = palette_look(theme, &cells[column]);
            if (!cells[column].code)
                continue;
            if (!column || !looks_equal(look, before))
                fprintf(to, "\033[0%s%s;38;5;%u;48;5;%um", look.is_bold ? ";1" : "",
                        look.is_reverse ? ";7" : "", look.ink, look.ground);
            before = look;
            fwrite(text, 1, canvas_encode(cells[column].code, text), to);
        }
        fputs("\033[0m\n", to);
    }
}

// --- SVG ---

enum { CELL_WIDTH = 8, CELL_HEIGHT = 17, FONT_SIZE = 13, BASELINE = 13 };

static void write_escaped(uint32_t code, FILE *to)
{
    char text[4];
    if (code == '<' || code == '&' || code == '>')
        fprintf(to, "&#%u;", (unsigned)code);
    else
        fwrite(text, 1, canvas_encode(code, text), to);
}

// Blocks are drawn as shapes, so that they meet whatever the font is. Returns false for other characters.
static bool write_block(uint32_t code, int x, int y, uint32_t rgb, FILE *to)
{
    int top = 0, height = CELL_HEIGHT;
    const char *opacity = "";
    if (code > 0x2580 && code <= 0x2588) {
        height = (int)(code - 0x2580) * CELL_HEIGHT / 8;
        top = CELL_HEIGHT - height;
    } else if (code >= 0x2591 && code <= 0x2593) {
        static const char *const shades[] = {" opacity=\"0.25\"", " opacity=\"0.5\"", " opacity=\"0.75\""};
        opacity = shades[code - 0x2591];
    } else {
        return false;
    }
    fprintf(to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"%s/>", x, y + top,
            CELL_WIDTH, height, rgb, opacity);
    return true;
}

static void write_grounds(const struct cell *cells, int columns, int y, enum theme theme, FILE *to)
{
    for (int start = 0, end; start < columns; start = end) {
        struct look look = palette_look(theme, &cells[start]);
        uint8_t ground = look.is_reverse ? look.ink : look.ground;
        for (end = start + 1; end < columns; end++) {
            struct look other = palette_look(theme, &cells[end]);
            if ((other.is_reverse ? other.ink : other.ground) != ground)
                break;
        }
        fprintf(to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>", start * CELL_WIDTH,
                y, (end - start) * CELL_WIDTH, CELL_HEIGHT, palette_rgb(ground));
    }
}

// A run of characters of one look, stretched to its cells.
static void write_run(const struct cell *cells, int start, int end, int y, struct look look, FILE *to)
{
    fprintf(to, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s>", start * CELL_WIDTH,
            y + BASELINE, (end - start) * CELL_WIDTH, palette_rgb(look.is_reverse ? look.ground : look.ink),
            look.is_bold ? " font-weight=\"bold\"" : "");
    for (int column = start; column < end; column++)
        if (cells[column].code)
            write_escaped(cells[column].code, to);
    fputs("</text>", to);
}

static void write_characters(const struct cell *cells, int columns, int y, enum theme theme, FILE *to)
{
    for (int start = 0, end; start < columns; start = end) {
        struct look look = palette_look(theme, &cells[start]);
        uint32_t rgb = palette_rgb(look.is_reverse ? look.ground : look.ink), code = cells[start].code;
        end = start + 1;
        if (code == ' ' || !code || write_block(code, start * CELL_WIDTH, y, rgb, to))
            continue;
        // Beyond ASCII a font may come from elsewhere, with other widths: a character each.
        while (end < columns && code < 0x7f && cells[end].code > ' ' && cells[end].code < 0x7f &&
               looks_equal(palette_look(theme, &cells[end]), look))
            end++;
        while (end < columns && !cells[end].code) // of a wide character
            end++;
        write_run(cells, start, end, y, look, to);
    }
}

static void write_svg(const struct canvas *canvas, enum theme theme, FILE *to)
{
    int width = canvas->columns * CELL_WIDTH, height = canvas->rows * CELL_HEIGHT;
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"%d\" "
            "xml:space=\"preserve\">\n",
            width, height, width, height, FONT_SIZE);
    for (int row = 0; row < canvas->rows; row++) {
        write_grounds(row_of(canvas, row), canvas->columns, row * CELL_HEIGHT, theme, to);
        write_characters(row_of(canvas, row), canvas->columns, row * CELL_HEIGHT, theme, to);
        fputc('\n', to);
    }
    fputs("</svg>\n", to);
}

void canvas_write(const struct canvas *canvas, enum canvas_format format, enum theme theme, FILE *to)
{
    switch (format) {
    case CANVAS_TEXT:
        canvas_write_text(canvas, to);
        break;
    case CANVAS_ANSI:
        write_ansi(canvas, theme, to);
        break;
    case CANVAS_SVG:
        write_svg(canvas, theme, to);
        break;
    }
}

enum canvas_format canvas_format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && !strcmp(dot, ".svg"))
        return CANVAS_SVG;
    return dot && (!strcmp(dot, ".ans") || !strcmp(dot, ".ansi")) ? CANVAS_ANSI : CANVAS_TEXT;
}
