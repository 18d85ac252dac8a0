// SPDX-License-Identifier: MIT
// The byte map: one cell a byte, each field its own letter, padding shaded.
//
//             0 1 2 3 4 5 6 7
//         0   a ░ ░ ░ ░ ░ ░ ░
//         8   b b b b b b b b
//
// Rows that repeat are folded, and never walked: a hostile size may claim 2^60 of them.
#include "report/ink.h"

#include <stdlib.h>
#include <string.h>

enum { OFFSET_WIDTH = 9, FOLD_ROWS_MOST = 4 };

struct map {
    struct output *output;
    const struct report_style *style;
    const struct described_type *type;
    const char *letters;
    struct byte_runs runs;
    uint64_t row_bytes;
    size_t run; // that holds the next byte
    bool has_shared, has_mixed, has_unknown;
};

static void draw_cell(struct map *map, const struct byte_run *run)
{
    const struct glyphs *glyphs = glyphs_of(map->style);
    switch (run->kind) {
    case RUN_GAP:
        ink_text(map->output, map->style, INK_WASTE, glyphs->shade);
        break;
    case RUN_SHARED:
        map->has_shared = true;
        output_text(map->output, glyphs->shared);
        break;
    case RUN_MIXED:
        map->has_mixed = true;
        output_text(map->output, glyphs->mixed);
        break;
    case RUN_UNKNOWN:
        map->has_unknown = true;
        ink_text(map->output, map->style, INK_DIM, glyphs->unknown);
        break;
    case RUN_ROW: {
        char letter[2] = {map->letters[run->row], '\0'};
        ink_text(map->output, map->style, ink_of_field(run->row), letter);
        break;
    }
    }
}

static void draw_offset(struct map *map, uint64_t offset_bytes)
{
    char text[NUMBER_BYTES];
    ink_start(map->output, map->style, INK_DIM);
    output_right(map->output, number_text(text, map->style, offset_bytes), OFFSET_WIDTH);
    ink_stop(map->output, map->style, INK_DIM);
    output_text(map->output, "   ");
}

static void draw_header(struct map *map)
{
    output_spaces(map->output, OFFSET_WIDTH + 3);
    ink_start(map->output, map->style, INK_DIM);
    for (uint64_t i = 0; i < map->row_bytes; i++)
        output_format(map->output, "%s%x", i == 0 ? "" : i % 8 == 0 ? "  " : " ", (unsigned)i);
    ink_stop(map->output, map->style, INK_DIM);
    output_char(map->output, '\n');
}

// A line of cells; says which cache line begins with it.
static void draw_row(struct map *map, uint64_t start_bytes, uint64_t end_bytes)
{
    draw_offset(map, start_bytes);
    for (uint64_t at = start_bytes; at < end_bytes; at++) {
        while (map->runs.data[map->run].end_bytes <= at)
            map->run++;
        uint64_t column = at - start_bytes;
        output_text(map->output, column == 0 ? "" : column % 8 == 0 ? "  " : " ");
        draw_cell(map, &map->runs.data[map->run]);
    }
    uint64_t cacheline_bytes = map->type->layout->cacheline_bytes;
    if (start_bytes && start_bytes % cacheline_bytes == 0) {
        ink_start(map->output, map->style, INK_DIM);
        output_format(map->output, "  line %llu", (unsigned long long)(start_bytes / cacheline_bytes));
        ink_stop(map->output, map->style, INK_DIM);
    }
    output_char(map->output, '\n');
}

static void draw_fold(struct map *map, const struct byte_run *run, uint64_t rows)
{
    const struct glyphs *glyphs = glyphs_of(map->style);
    output_right(map->output, "", OFFSET_WIDTH - 1);
    ink_start(map->output, map->style, INK_DIM);
    output_format(map->output, "%s   %llu more rows of ", glyphs->dots, (unsigned long long)rows);
    ink_stop(map->output, map->style, INK_DIM);
    draw_cell(map, run);
    output_char(map->output, '\n');
}

static void draw_rows(struct map *map, uint64_t size_bytes)
{
    for (uint64_t start = 0; start < size_bytes;) {
        while (map->runs.data[map->run].end_bytes <= start)
            map->run++;
        const struct byte_run *run = &map->runs.data[map->run];
        uint64_t alike = (run->end_bytes - start) / map->row_bytes; // whole rows of this run alone
        uint64_t end = size_bytes - start < map->row_bytes ? size_bytes : start + map->row_bytes;
        draw_row(map, start, end);
        start = end;
        if (alike > FOLD_ROWS_MOST) {
            draw_fold(map, run, alike - 1);
            start += (alike - 1) * map->row_bytes;
        }
    }
}

// What a cell without a letter stands for; a letter is explained beside its field, a shade by the rows.
static void draw_legend(const struct map *map)
{
    const struct glyphs *glyphs = glyphs_of(map->style);
    const struct {
        bool is_used;
        const char *glyph, *words;
    } signs[] = {
        {map->has_shared, glyphs->shared, "several members share the byte"},
        {map->has_mixed, glyphs->mixed, "bit-fields share it"},
        {map->has_unknown, glyphs->unknown, "unknown"},
    };
    bool is_first = true;
    for (size_t i = 0; i < ARRAY_LENGTH(signs); i++) {
        if (!signs[i].is_used)
            continue;
        if (is_first) {
            output_char(map->output, '\n');
            output_spaces(map->output, OFFSET_WIDTH + 3);
            ink_start(map->output, map->style, INK_DIM);
        }
        output_format(map->output, "%s%s %s", is_first ? "" : "   ", signs[i].glyph, signs[i].words);
        is_first = false;
    }
    if (is_first)
        return;
    ink_stop(map->output, map->style, INK_DIM);
    output_char(map->output, '\n');
}

struct error *byte_map_draw(struct output *output, const struct report_style *style,
                            const struct described_type *type, const char *letters)
{
    struct arena arena;
    arena_init(&arena);
    uint64_t size_bytes = type->layout->size_bits / 8;
    struct map map = {.output = output,
                      .style = style,
                      .type = type,
                      .letters = letters,
                      .row_bytes = style->bytes_per_row ? style->bytes_per_row
                                   : size_bytes > 64    ? 16
                                                        : 8};
    struct error *error = byte_runs_build(type->layout, &type->rows, &arena, &map.runs);
    if (!error && map.runs.count) {
        output_char(output, '\n');
        draw_header(&map);
        draw_rows(&map, size_bytes);
        draw_legend(&map);
    }
    arena_free(&arena);
    return error;
}
