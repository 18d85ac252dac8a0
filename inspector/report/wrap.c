// SPDX-License-Identifier: MIT
#include "report/wrap.h"

#include "report/ink.h"

#include <string.h>

enum { WIDTH_LEAST = 40, WIDTH_USUAL = 80 };

// Cells, of text whose characters take one each.
static size_t cells_of(const char *text, size_t size_bytes)
{
    size_t cells = 0;
    for (size_t i = 0; i < size_bytes; i++)
        cells += ((unsigned char)text[i] & 0xc0) != 0x80;
    return cells;
}

void text_wrapped(struct output *output, const struct report_style *style, const char *text, size_t column,
                  size_t indent)
{
    size_t width = style->width ? style->width : WIDTH_USUAL;
    width = width < WIDTH_LEAST ? WIDTH_LEAST : width;
    if (indent > width / 2)
        indent = 4;
    bool is_first = true;
    while (*text) {
        char word[512];
        size_t blanks = strspn(text, " "), length = strcspn(text + blanks, " ");
        size_t cells = cells_of(text + blanks, length), before = is_first ? blanks : blanks > 1 ? blanks : 1;
        if (!is_first && column + before + cells > width) {
            output_char(output, '\n');
            output_spaces(output, indent);
            column = indent;
            before = 0;
        }
        output_spaces(output, before);
        for (size_t done = 0; done < length;) { // a word may be longer than any buffer
            size_t part = length - done < sizeof(word) ? length - done : sizeof(word) - 1;
            memcpy(word, text + blanks + done, part);
            word[part] = '\0';
            ink_name(output, style, INK_PLAIN, word);
            done += part;
        }
        column += before + cells;
        text += blanks + length;
        is_first = false;
    }
    output_char(output, '\n');
}
