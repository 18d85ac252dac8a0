// SPDX-License-Identifier: MIT
#include "report/ink.h"

#include "report/safe_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// Standard colours only: every terminal and every theme has them.
static const char *const codes[] = {
    [INK_STRONG] = "1",
    [INK_DIM] = "2",
    [INK_TYPE] = "36",
    [INK_WASTE] = "33",
    [INK_WARN] = "31",
    [INK_FIELD_FIRST] = "32",
    [INK_FIELD_FIRST + 1] = "34",
    [INK_FIELD_FIRST + 2] = "35",
    [INK_FIELD_FIRST + 3] = "36",
    [INK_FIELD_FIRST + 4] = "92",
    [INK_FIELD_FIRST + 5] = "95",
};

enum ink ink_of_field(size_t number)
{
    return (enum ink)(INK_FIELD_FIRST + number % INK_FIELD_COLOURS);
}

void ink_start(struct output *output, const struct report_style *style, enum ink ink)
{
    if (style->colour && ink != INK_PLAIN) {
        output_text(output, "\033[");
        output_text(output, codes[ink]);
        output_char(output, 'm');
    }
}

void ink_stop(struct output *output, const struct report_style *style, enum ink ink)
{
    if (style->colour && ink != INK_PLAIN)
        output_text(output, "\033[0m");
}

void ink_text(struct output *output, const struct report_style *style, enum ink ink, const char *text)
{
    ink_start(output, style, ink);
    output_text(output, text);
    ink_stop(output, style, ink);
}

size_t ink_name(struct output *output, const struct report_style *style, enum ink ink, const char *text)
{
    ink_start(output, style, ink);
    size_t cells = safe_text(output, text, style->ascii);
    ink_stop(output, style, ink);
    return cells;
}

void ink_place(struct output *output, const struct report_style *style, const char *file, uint64_t line)
{
    if (!file)
        return;
    output_text(output, "  ");
    ink_name(output, style, INK_DIM, file);
    if (line)
        output_format(output, ":%" PRIu64, line);
}

size_t ink_kind_word(struct output *output, const char *kind_word, const char *name)
{
    size_t length = strlen(kind_word);
    if (name && !strncmp(name, kind_word, length) && name[length] == ' ')
        return 0;
    output_text(output, kind_word);
    output_char(output, ' ');
    return length + 1;
}

const struct glyphs *glyphs_of(const struct report_style *style)
{
    static const struct glyphs unicode = {"░", "─", "⋮", "←", "÷", "≡", "?", "×"};
    static const struct glyphs ascii = {".", "-", ":", "<-", "%", "=", "?", "x"};
    return style->ascii ? &ascii : &unicode;
}

char *number_text(char text[NUMBER_BYTES], const struct report_style *style, uint64_t number)
{
    char digits[DECIMAL_BYTES];
    if (!style->hex)
        return strcpy(text, decimal_text(digits, number));
    snprintf(text, NUMBER_BYTES, "0x%" PRIx64, number);
    return text;
}

void size_words(struct output *output, uint64_t size_bits)
{
    uint64_t bytes = size_bits / 8, bits = size_bits % 8;
    if (bytes || !bits)
        output_format(output, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
    if (bits)
        output_format(output, "%s%" PRIu64 " bit%s", bytes ? " " : "", bits, bits == 1 ? "" : "s");
}

void output_spaces(struct output *output, size_t count)
{
    static const char spaces[] = "                                ";
    for (size_t part; count > 0; count -= part) {
        part = count < sizeof(spaces) - 1 ? count : sizeof(spaces) - 1;
        output_bytes(output, spaces, part);
    }
}

void output_right(struct output *output, const char *text, size_t width)
{
    size_t length = strlen(text);
    output_indented(output, length < width ? width - length : 1, text);
}
