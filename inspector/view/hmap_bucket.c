// SPDX-License-Identifier: MIT
// The selected bucket as it lies in memory: eight bytes a row, what they are beside them.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

enum { A_ROW = 8, BYTE_CELLS = 3, OFFSET_CELLS = 5, COLUMN_LEAST = 39, BRIEF_BELOW = 48 };

// What the byte at an offset belongs to.
struct part {
    enum { TOPHASHES, KEY, ELEM, OVERFLOW_POINTER, PADDING } kind;
    size_t slot;
    bool begins; // it is the first byte of it
};

static struct part part_at(const struct classic_bucket_bytes *bucket, size_t offset)
{
    struct part part = {PADDING, 0, false};
    size_t from;
    if (offset < CLASSIC_SLOTS) {
        part.kind = TOPHASHES;
        part.begins = !offset;
    } else if (offset >= bucket->overflow_offset) {
        part.kind = OVERFLOW_POINTER;
        part.begins = offset == bucket->overflow_offset;
    } else if (offset >= bucket->elems_offset && bucket->elem_bytes) {
        from = offset - bucket->elems_offset;
        part.slot = from / bucket->elem_bytes;
        part.kind = part.slot < CLASSIC_SLOTS ? ELEM : PADDING;
        part.begins = part.kind == ELEM && from % bucket->elem_bytes == 0;
    } else if (bucket->key_bytes) {
        from = offset - CLASSIC_SLOTS;
        part.slot = from / bucket->key_bytes;
        part.kind = part.slot < CLASSIC_SLOTS ? KEY : PADDING;
        part.begins = part.kind == KEY && from % bucket->key_bytes == 0;
    }
    return part;
}

// In a word or two where there is little room.
static void part_text(const struct classic_bucket_bytes *bucket, struct part part, bool is_brief, char *text,
                      size_t size_bytes)
{
    const struct classic_entry *entry = &bucket->entries[part.slot];
    const char *live =
        classic_is_live(bucket->bytes[part.slot]) ? part.kind == KEY ? entry->key : entry->elem : "";
    switch (part.kind) {
    case TOPHASHES:
        snprintf(text, size_bytes, is_brief ? "tophash" : "tophash[0..7]");
        break;
    case KEY:
    case ELEM:
        if (is_brief)
            snprintf(text, size_bytes, "%c%zu %s", part.kind == KEY ? 'k' : 'e', part.slot, live);
        else
            snprintf(text, size_bytes, "%s[%zu] %s", part.kind == KEY ? "keys" : "elems", part.slot, live);
        break;
    case OVERFLOW_POINTER:
        if (is_brief || !bucket->overflow_address)
            snprintf(text, size_bytes,
                     bucket->overflow_address ? "overflow"
                     : is_brief               ? "no next"
                                              : "overflow nil");
        else
            snprintf(text, size_bytes, "overflow 0x%llx", (unsigned long long)bucket->overflow_address);
        break;
    case PADDING:
        snprintf(text, size_bytes, "padding");
    }
}

static enum style part_style(const struct classic_bucket_bytes *bucket, struct part part)
{
    switch (part.kind) {
    case TOPHASHES:
        return STYLE_TOPHASH;
    case KEY:
        return classic_is_live(bucket->bytes[part.slot]) ? STYLE_FIELD_A : STYLE_EMPTY;
    case ELEM:
        return classic_is_live(bucket->bytes[part.slot]) ? STYLE_FIELD_B : STYLE_EMPTY;
    case OVERFLOW_POINTER:
        return bucket->overflow_address ? STYLE_OVERFLOW : STYLE_EMPTY;
    case PADDING:
        break;
    }
    return STYLE_HOLE;
}

// A row of bytes; behind it the parts that begin in it.
static void draw_row(const struct classic_bucket_bytes *bucket, size_t offset, struct canvas *canvas, int row,
                     int column, int width)
{
    int words = column + OFFSET_CELLS + A_ROW * BYTE_CELLS + 1, end = column + width - 1;
    canvas_print(canvas, row, column, STYLE_DIM, "%4zu", offset);
    for (size_t i = 0; i < A_ROW && offset + i < bucket->size_bytes; i++) {
        struct part part = part_at(bucket, offset + i);
        enum style style = part_style(bucket, part);
        int at = column + OFFSET_CELLS + (int)i * BYTE_CELLS;
        char text[64];
        if (part.begins)
            canvas_put(canvas, row, at - 1, 0x2502, STYLE_RULE, 0);
        canvas_print(canvas, row, at, style, "%02x", bucket->bytes[offset + i]);
        part_text(bucket, part, width < BRIEF_BELOW, text, sizeof(text));
        if (part.begins && words < end)
            words += canvas_text(canvas, row, words, end - words, style == STYLE_EMPTY ? STYLE_DIM : style, 0,
                                 text) +
                     1;
    }
}

void hmap_bucket_draw(const struct hmap_view *view, const struct hmap_scene *scene,
                      const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_bucket_bytes *bucket = &scene->map.bucket_bytes;
    char title[128];
    snprintf(title, sizeof(title), "bucket %llu @0x%llx  %u bytes%s%s", (unsigned long long)view->selected,
             (unsigned long long)bucket->address, bucket->whole_bytes,
             bucket->overflow_address ? ", its chain goes on" : "", view->screen.shows_place ? "   x closes" : "");
    canvas_rule(canvas, frame->grid_row - 1, 0, frame->grid_columns, title);
    if (!bucket->size_bytes || frame->grid_rows < 1)
        return;
    int needed = (int)((bucket->size_bytes + A_ROW - 1) / A_ROW);
    int columns = frame->grid_columns / COLUMN_LEAST,
        wanted = (needed + frame->grid_rows - 1) / frame->grid_rows;
    columns = columns > wanted ? wanted : columns < 1 ? 1 : columns;
    int rows = (needed + columns - 1) / columns, width = frame->grid_columns / columns;
    if (rows > frame->grid_rows)
        rows = frame->grid_rows;
    for (int i = 0; i < needed && i < rows * columns; i++) {
        size_t offset = (size_t)i * A_ROW;
        draw_row(bucket, offset, canvas, frame->grid_row + i % rows, i / rows * width, width);
    }
    if (needed > rows * columns)
        canvas_print(canvas, frame->grid_row - 1, frame->grid_columns - 24, STYLE_WARN,
                     " %d bytes more below ", (int)bucket->size_bytes - rows * columns * A_ROW);
}
