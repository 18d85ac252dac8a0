// SPDX-License-Identifier: MIT
// What text reports are drawn with: colours by meaning, glyphs, numbers. Colour adds and never carries
// meaning alone.
#ifndef STRATA_REPORT_INK_H
#define STRATA_REPORT_INK_H

#include "report/report.h"

enum ink { INK_PLAIN, INK_STRONG, INK_DIM, INK_TYPE, INK_WASTE, INK_WARN, INK_FIELD_FIRST };

enum { INK_FIELD_COLOURS = 6 };

// The colour of the field of that number: fields next to each other differ.
enum ink ink_of_field(size_t number);

void ink_start(struct output *output, const struct report_style *style, enum ink ink);
void ink_stop(struct output *output, const struct report_style *style, enum ink ink);

// `text`, a literal of ours, in that ink.
void ink_text(struct output *output, const struct report_style *style, enum ink ink, const char *text);

// A text from the file, made safe; returns its cells.
size_t ink_name(struct output *output, const struct report_style *style, enum ink ink, const char *text);

// "  file.c:12", where something is declared; nothing when the file is NULL, no line when that is 0.
void ink_place(struct output *output, const struct report_style *style, const char *file, uint64_t line);

// The keyword and a space, unless the name begins with it as Go's "struct { … }" does; returns its cells.
size_t ink_kind_word(struct output *output, const char *kind_word, const char *name);

struct glyphs {
    const char *shade, *rule, *dots, *arrow, *mixed, *shared, *unknown, *times;
};

const struct glyphs *glyphs_of(const struct report_style *style);

enum { NUMBER_BYTES = 32 };

// Decimal, or 0x… as the style wants it. Returns `text`.
char *number_text(char text[NUMBER_BYTES], const struct report_style *style, uint64_t number);

// "24 bytes", "1 byte", "5 bits", "3 bytes 5 bits".
void size_words(struct output *output, uint64_t size_bits);

void output_spaces(struct output *output, size_t count);

// Writes `text` right-aligned in `width` cells; a wider one still keeps a space before it.
void output_right(struct output *output, const char *text, size_t width);

// The map of bytes below the rows; `letters` has one letter for each row.
MUST_USE struct error *byte_map_draw(struct output *output, const struct report_style *style,
                                     const struct described_type *type, const char *letters);

#endif
