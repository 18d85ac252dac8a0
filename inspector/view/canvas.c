// SPDX-License-Identifier: MIT
#include "view/canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { REPLACEMENT = 0xfffd };

bool canvas_reset(struct canvas *canvas, int rows, int columns)
{
    if (rows < 0 || columns < 0)
        return false;
    if (rows != canvas->rows || columns != canvas->columns || !canvas->cells) {
        size_t count = (size_t)rows * (size_t)columns;
        struct cell *cells = realloc(canvas->cells, (count ? count : 1) * sizeof(*cells));
        if (!cells)
            return false;
        canvas->cells = cells;
        canvas->rows = rows;
        canvas->columns = columns;
    }
    canvas_fill(canvas, 0, 0, rows, columns, ' ', STYLE_NORMAL);
    return true;
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){0};
}

void canvas_put(struct canvas *canvas, int row, int column, uint32_t code, enum style style, unsigned marks)
{
    struct cell *cell = canvas_at(canvas, row, column);
    if (cell)
        *cell = (struct cell){code, (uint8_t)style, (uint8_t)marks};
}

// The next code point and its width; control characters become visible, marks without a width are left out.
static const char *next_character(const char *text, uint32_t *code, int *width)
{
    utf8proc_int32_t point;
    if (*text >= ' ' && *text < 0x7f) { // most of all text: worth a short way
        *code = (uint32_t)*text;
        *width = 1;
        return text + 1;
    }
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
    if (length <= 0 || point < 0) {
        length = 1;
        point = REPLACEMENT;
    }
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        point = REPLACEMENT;
    *code = (uint32_t)point;
    *width = point == REPLACEMENT ? 1 : utf8proc_charwidth(point);
    return text + length;
}

int canvas_text_width(const char *text)
{
    int total = 0, width;
    uint32_t code;
    while (*text) {
        text = next_character(text, &code, &width);
        total += width;
    }
    return total;
}

int canvas_text(struct canvas *canvas, int row, int column, int width, enum style style, unsigned marks,
                const char *text)
{
    if (width <= 0)
        return 0;
    bool is_cut = canvas_text_width(text) > width;
    int room = is_cut ? width - 1 : width, taken = 0, cells;
    uint32_t code;
    while (*text) {
        text = next_character(text, &code, &cells);
        if (!cells)
            continue;
        if (taken + cells > room)
            break;
        canvas_put(canvas, row, column + taken, code, style, marks);
        if (cells == 2)
            canvas_put(canvas, row, column + taken + 1, 0, style, marks);
        taken += cells;
    }
    if (is_cut)
        canvas_put(canvas, row, column + taken++, 0x2026, style, marks);
    return taken;
}

int canvas_text_tail(struct canvas *canvas, int row, int column, int width, enum style style, unsigned marks,
                     const char *text)
{
    int left = canvas_text_width(text), cells;
    uint32_t code;
    if (width <= 0 || left <= width)
        return canvas_text(canvas, row, column, width, style, marks, text);
    while (left > width - 1) {
        text = next_character(text, &code, &cells);
        left -= cells;
    }
    canvas_put(canvas, row, column, 0x2026, style, marks);
    return 1 + canvas_text(canvas, row, column + 1, width - 1, style, marks, text);
}

int canvas_print(struct canvas *canvas, int row, int column, enum style style, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return canvas_text(canvas, row, column, canvas->columns > column ? canvas->columns - column : 0, style, 0,
                       text);
}

void canvas_fill(struct canvas *canvas, int row, int column, int rows, int columns, uint32_t code,
                 enum style style)
{
    for (int r = row; r < row + rows; r++)
        for (int c = column; c < column + columns; c++)
            canvas_put(canvas, r, c, code, style, 0);
}

void canvas_mark(struct canvas *canvas, int row, int column, int columns, unsigned marks)
{
    for (int c = column; c < column + columns; c++) {
        struct cell *cell = canvas_at(canvas, row, c);
        if (cell)
            cell->marks |= (uint8_t)marks;
    }
}

void canvas_rule(struct canvas *canvas, int row, int column, int columns, const char *title)
{
    canvas_fill(canvas, row, column, 1, columns, 0x2500, STYLE_RULE);
    if (!title || !*title || columns < 6)
        return;
    canvas_put(canvas, row, column + 2, ' ', STYLE_RULE, 0);
    int taken = canvas_text(canvas, row, column + 3, columns - 6, STYLE_STRONG, 0, title);
    canvas_put(canvas, row, column + 3 + taken, ' ', STYLE_RULE, 0);
}

// --- ASCII ---

static uint32_t ascii_of(uint32_t code)
{
    static const struct {
        uint16_t code;
        char ascii;
    } table[] = {
        {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'}, {0x2518, '+'},
        {0x251c, '+'}, {0x2524, '+'}, {0x252c, '+'}, {0x2534, '+'}, {0x253c, '+'}, {0x2574, '-'},
        {0x2576, '-'}, {0x2190, '<'}, {0x2191, '^'}, {0x2192, '>'}, {0x2193, 'v'}, {0x25b6, '>'},
        {0x25b8, '>'}, {0x25c0, '<'}, {0x25cf, '*'}, {0x25cb, 'o'}, {0x25aa, '#'}, {0x25ab, 'o'},
        {0x00b7, '.'}, {0x2026, '~'}, {0x00d7, 'x'}, {0x2591, ':'}, {0x2592, '%'}, {0x2593, '%'},
        {0x2581, '1'}, {0x2582, '2'}, {0x2583, '3'}, {0x2584, '4'}, {0x2585, '5'}, {0x2586, '6'},
        {0x2587, '7'}, {0x2588, '#'}, {0x258c, '|'}, {0x2590, '|'}, {0x254c, '-'}, {0x25b2, '^'},
        {0x2503, '|'}, {0x2501, '='}, {0x25a0, '#'}, {0x23f8, '='}, {0x2713, 'v'}, {0x2020, '+'},
        {0x25bc, 'v'}, {0x25be, 'v'}, {0x2504, '-'},
    };
    if (code < 0x7f)
        return code;
    for (size_t i = 0; i < ARRAY_LENGTH(table); i++)
        if (table[i].code == code)
            return (uint32_t)table[i].ascii;
    return '?';
}

void canvas_make_ascii(struct canvas *canvas)
{
    size_t count = (size_t)canvas->rows * (size_t)canvas->columns;
    for (size_t i = 0; i < count; i++) {
        struct cell *cell = &canvas->cells[i];
        cell->code = cell->code ? ascii_of(cell->code) : ' ';
    }
}

// --- Text ---

size_t canvas_encode(uint32_t code, char text[4])
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t length = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
    memcpy(text, bytes, (size_t)length);
    return (size_t)length;
}

void canvas_write_text(const struct canvas *canvas, FILE *to)
{
    for (int row = 0; row < canvas->rows; row++) {
        const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->columns];
        int end = canvas->columns;
        while (end > 0 && cells[end - 1].code == ' ')
            end--;
        for (int column = 0; column < end; column++) {
            char text[4];
            if (cells[column].code)
                fwrite(text, 1, canvas_encode(cells[column].code, text), to);
        }
        fputc('\n', to);
    }
}
