// SPDX-License-Identifier: MIT
#include "view/map_parts.h"

#include <stdio.h>
#include <string.h>

void map_title_draw(const struct picture_header *header, const struct map_moment *now, struct canvas *canvas)
{
    char left[2 * PICTURE_TYPE_BYTES + 2 * SCENE_TITLE_BYTES + 32];
    const char *gap = *now->name ? " " : "";
    canvas_fill(canvas, 0, 0, 1, canvas->columns, ' ', STYLE_TITLE);
    int width = canvas_text_width(now->status);
    snprintf(left, sizeof(left), " strata watch   %s%smap[%s]%s   %s", now->name, gap, header->key_type,
             header->elem_type, now->origin);
    if (canvas_text_width(left) + width > canvas->columns) // the map's type is what cannot be left out
        snprintf(left, sizeof(left), " strata watch  %s%smap[%s]%s", now->name, gap, header->key_type,
                 header->elem_type);
    canvas_text(canvas, 0, 0, canvas->columns - width - 1, STYLE_TITLE, 0, left);
    canvas_text(canvas, 0, canvas->columns - width, width, STYLE_TITLE, 0, now->status);
}

// --- The header's bytes ---

static const struct picture_field *field_at(const struct picture_header *header, size_t offset_bytes,
                                            size_t *number)
{
    for (size_t i = 0; i < header->fields_count; i++) {
        const struct picture_field *f = &header->fields[i];
        if (offset_bytes >= f->offset_bytes && offset_bytes < (size_t)f->offset_bytes + f->size_bytes) {
            *number = i;
            return f;
        }
    }
    return NULL;
}

void map_bytes_draw(const struct picture_header *header, struct canvas *canvas, int top, int rows, int end)
{
    enum { A_ROW = 8, BYTE_CELLS = 3, START = 6 };
    size_t size_bytes = header->size_bytes, room = (size_t)rows * A_ROW;
    if (size_bytes > room)
        size_bytes = room;
    for (size_t offset = 0; offset < size_bytes; offset++) {
        int row = top + (int)(offset / A_ROW), column = START + (int)(offset % A_ROW) * BYTE_CELLS;
        int names = START + A_ROW * BYTE_CELLS + 2;
        size_t number = 0;
        const struct picture_field *f = field_at(header, offset, &number);
        enum style style = !f ? STYLE_HOLE : number % 2 ? STYLE_FIELD_B : STYLE_FIELD_A;
        bool begins = !f || f->offset_bytes == offset;
        if (offset % A_ROW == 0)
            canvas_print(canvas, row, 1, STYLE_DIM, "%3zu", offset);
        canvas_put(canvas, row, column, begins || offset % A_ROW == 0 ? 0x2502 : ' ', STYLE_RULE, 0);
        if (f) {
            canvas_print(canvas, row, column + 1, style, "%02x", header->bytes[offset]);
        } else {
            canvas_put(canvas, row, column + 1, 0x2591, style, 0);
            canvas_put(canvas, row, column + 2, 0x2591, style, 0);
        }
        if (offset % A_ROW == A_ROW - 1)
            canvas_put(canvas, row, column + BYTE_CELLS, 0x2502, STYLE_RULE, 0);
        if (f && begins) {
            // The names of the row's fields, one after the other.
            int at = names;
            for (size_t i = 0; i < number; i++)
                if (header->fields[i].offset_bytes / A_ROW == offset / A_ROW)
                    at += (int)strlen(header->fields[i].name) + 1;
            canvas_text(canvas, row, at, end - at - 1, style, 0, f->name);
        }
    }
}

// --- The header's fields ---

static void draw_field(const struct map_fields *fields, unsigned number, struct canvas *canvas, int row,
                       int column, int width, int label_cells)
{
    const struct worded_field *field = &fields->all[number];
    int label = (int)strlen(field->name) + 1;
    label = label > label_cells ? label : label_cells;
    canvas_text(canvas, row, column, width, STYLE_LABEL, 0, field->name);
    canvas_text(canvas, row, column + label, width - label, field->style, 0, field->value);
    if (fields->selected == number + 1) {
        canvas_mark(canvas, row, column, width, MARK_SELECTED);
        canvas_put(canvas, row, column - 1, 0x25b8, STYLE_STRONG, 0);
    }
}

void map_fields_draw(const struct map_fields *fields, struct canvas *canvas)
{
    enum { LABEL_CELLS = 11, LABEL_WIDE = 12 };
    int rows = fields->rows, columns = ((int)fields->count + rows - 1) / rows;
    int width = columns > 1 ? fields->columns / columns : fields->columns, first = width;
    if (columns > 1 && fields->first_columns)
        first = fields->first_columns;
    for (unsigned i = 0; i < fields->count; i++) {
        unsigned number = fields->order[i];
        bool is_last = i == fields->count - 1 && fields->count < fields->all_count;
        bool is_elsewhere = false;
        for (unsigned k = 0; k < fields->count; k++)
            is_elsewhere |= fields->selected == fields->order[k] + 1u && k != i;
        if (is_last)
            number = fields->instead;
        if (is_last && fields->selected && !is_elsewhere)
            number = fields->selected - 1;
        bool is_first = (int)i < rows;
        int column = is_first ? 0 : first + ((int)i / rows - 1) * width;
        draw_field(fields, number, canvas, fields->row + (int)i % rows, 1 + column,
                   (is_first         ? first
                    : first == width ? width
                                     : fields->columns - first) -
                       2,
                   is_first && first != width ? LABEL_WIDE : LABEL_CELLS);
    }
}

void map_explained_draw(const struct map_explained *explained, struct canvas *canvas)
{
    const struct worded_field *field = explained->field;
    char title[128];
    unsigned offset = 0, size = 0;
    for (size_t i = 0; i < explained->header->fields_count; i++)
        if (!strcmp(explained->header->fields[i].name, field->name)) {
            offset = explained->header->fields[i].offset_bytes;
            size = explained->header->fields[i].size_bytes;
        }
    snprintf(title, sizeof(title), "%s.%s = %s   offset %u, %u byte%s   Tab next", explained->noun,
             field->name, field->value, offset, size, size == 1 ? "" : "s");
    canvas_rule(canvas, explained->row - 1, 0, explained->columns, title);
    canvas_text(canvas, explained->row, 1, explained->words_columns - 2, STYLE_NORMAL, 0, explained->what);
    canvas_text(canvas, explained->row + 1, 1, 6, STYLE_WARN, 0, "next: ");
    canvas_text(canvas, explained->row + 1, 7, explained->words_columns - 8, STYLE_NORMAL, 0,
                explained->next);
}

// --- Gauges, bits, slots ---

uint32_t level_glyph(unsigned level)
{
    return level ? 0x2580 + (level > 8 ? 8 : level) : 0xb7;
}

void map_gauge_draw(struct canvas *canvas, int row, int column, int cells, double share, enum style style)
{
    int full = share <= 0 ? 0 : share >= 1 ? cells : (int)(share * cells + 0.5);
    for (int i = 0; i < cells; i++)
        canvas_put(canvas, row, column + i, i < full ? 0x2588 : 0x2591, i < full ? style : STYLE_DIM, 0);
}

int map_bits_draw(struct canvas *canvas, int row, int column, uint64_t hash, const struct bit_look looks[64],
                  int high, int low)
{
    int start = column;
    for (int bit = high; bit >= low; bit--) {
        canvas_put(canvas, row, column++, hash >> bit & 1 ? '1' : '0', (enum style)looks[bit].style,
                   looks[bit].marks);
        if (bit % 8 == 0 && bit > low)
            column++;
    }
    return column - start;
}

void map_slots_draw(struct canvas *canvas, int row, int column, const struct slot_look looks[SLOTS_IN_ROW],
                    enum style border, bool is_on_path)
{
    unsigned path = is_on_path ? MARK_PATH : 0;
    bool was_lit = false;
    for (int slot = 0; slot < SLOTS_IN_ROW; slot++) {
        const struct slot_look *look = &looks[slot];
        int at = column + slot * SLOT_CELLS;
        uint32_t edge = look->is_lit ? '[' : was_lit ? ']' : slot == 0 && is_on_path ? '(' : 0x2502;
        canvas_put(canvas, row, at, edge, edge == 0x2502 ? border : STYLE_STRONG, path);
        canvas_text(canvas, row, at + 1, 2, look->style, path | (look->is_lit ? MARK_LIT : 0u), look->text);
        was_lit = look->is_lit;
    }
    uint32_t edge = was_lit ? ']' : is_on_path ? ')' : 0x2502;
    canvas_put(canvas, row, column + SLOTS_CELLS - 1, edge, edge == 0x2502 ? border : STYLE_STRONG, path);
}

// --- Events ---

static enum style event_style(uint8_t tone)
{
    static const uint8_t styles[] = {
        [TONE_NORMAL] = STYLE_NORMAL, [TONE_QUIET] = STYLE_DIM,     [TONE_GOOD] = STYLE_GOOD,
        [TONE_WARN] = STYLE_WARN,     [TONE_MOVED] = STYLE_MOVED_X, [TONE_OVERFLOW] = STYLE_OVERFLOW};
    return tone < ARRAY_LENGTH(styles) ? (enum style)styles[tone] : STYLE_NORMAL;
}

static void draw_caption(const struct map_moment *now, struct canvas *canvas, int row)
{
    canvas_put(canvas, row, 2, ' ', STYLE_CAPTION, 0);
    int taken = canvas_text(canvas, row, 3, canvas->columns - 6, STYLE_CAPTION, 0, now->caption);
    canvas_put(canvas, row, 3 + taken, ' ', STYLE_CAPTION, 0);
}

void map_events_draw(const struct picture_event *events, size_t count, const struct map_moment *now,
                     const struct map_events_place *place, struct canvas *canvas)
{
    int left = place->column, columns = canvas->columns - left;
    if (left) {
        canvas_put(canvas, place->row - 1, left - 1, 0x252c, STYLE_RULE, 0);
        for (int row = place->row; row < place->end_row; row++)
            canvas_put(canvas, row, left - 1, 0x2502, STYLE_RULE, 0);
    }
    canvas_rule(canvas, place->row - 1, left, columns, "events");
    if (*now->caption && place->has_caption)
        draw_caption(now, canvas, place->row - 1);
    int digits = 1 + snprintf(NULL, 0, "%llu", (unsigned long long)now->position);
    digits = digits < 8 ? 8 : digits;
    size_t rows = (size_t)place->rows, from = count > rows ? count - rows : 0;
    for (size_t i = from; i < count; i++) {
        const struct picture_event *event = &events[i];
        int row = place->row + (int)(i - from);
        bool is_now = event->position == now->position;
        canvas_print(canvas, row, left, is_now ? STYLE_STRONG : STYLE_DIM, "%*llu", digits - 1,
                     (unsigned long long)event->position);
        canvas_text(canvas, row, left + digits, columns - digits - 1,
                    is_now && event_style(event->tone) == STYLE_NORMAL ? STYLE_STRONG
                                                                       : event_style(event->tone),
                    0, event->text);
    }
}

// --- Time line ---

void map_time_draw(const struct map_moment *now, struct canvas *canvas, int row, struct hits *hits,
                   unsigned hit_kind)
{
    enum { START = 7 };
    int cells = (int)now->loads_count;
    canvas_text(canvas, row, 1, 5, STYLE_LABEL, 0, "time");
    if (!cells || !now->end)
        return;
    int at = (int)((double)now->position / (double)now->end * (cells - 1) + 0.5);
    for (int i = 0; i < cells; i++) {
        const struct scene_load *load = &now->loads[i];
        enum style style = load->is_growing || load->has_grown ? STYLE_WARN : STYLE_GAUGE;
        if (i > at)
            style = STYLE_DIM;
        canvas_put(canvas, row, START + i, load->level ? level_glyph(load->level) : '_', style,
                   i == at ? MARK_REVERSE : 0);
    }
    canvas_print(canvas, row, START + cells + 1, now->position < now->end ? STYLE_WARN : STYLE_NORMAL, "%llu",
                 (unsigned long long)now->position);
    if (now->position < now->end)
        canvas_put(canvas, row, START - 1, 0x25c0, STYLE_WARN, 0);
    hits_add(hits, (struct hit){row, START, cells, hit_kind, 0, 1, 0});
}

uint64_t map_time_at(uint64_t cell, size_t cells, uint64_t end)
{
    // The reverse of where the time line draws an event: the last cell is the last event.
    double share = cells > 1 ? (double)cell / (double)(cells - 1) : 1;
    return (uint64_t)((double)end * share + 0.5);
}

// --- Keys ---

void map_keys_draw(const struct keymap *keymap, const struct map_moment *now, uint64_t count,
                   struct canvas *canvas, int row, struct hits *hits)
{
    const struct key_line line = {.keymap = keymap,
                                  .state = (now->is_playing ? WHEN_PLAYING : WHEN_PAUSED) |
                                           (now->position < now->end ? (unsigned)WHEN_PAST : 0u) |
                                           (now->is_ranging ? (unsigned)WHEN_RANGING : 0u),
                                  .count = count,
                                  .message = now->message,
                                  .message_is_bad = now->message_is_bad};
    key_line_draw(&line, canvas, row, hits);
}

void map_detail_draw(const struct picture_detail *detail, struct canvas *canvas, int row, int rows,
                     int columns)
{
    canvas_rule(canvas, row - 1, 0, columns, detail->title);
    for (size_t i = 0; i < detail->lines_count && i < PICTURE_DETAIL_LINES && (int)i < rows; i++)
        canvas_text(canvas, row + (int)i, 2, columns - 3, STYLE_NORMAL, 0, detail->lines[i]);
}
