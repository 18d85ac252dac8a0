// SPDX-License-Identifier: MIT
// A layout on the screen: what strata show prints, with a cursor, and the map of bytes where there is room.
#include "view/browse_scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LETTER_CELLS = 2,
    OFFSET_CELLS = 8,
    SIZE_CELLS = 7,
    ALIGN_CELLS = 6,
    WAS_CELLS = 7,
    NAME_CELLS_MOST = 28,
    NAME_CELLS_LEAST = 8,
    MAP_OFFSET_CELLS = 8,
    ROWS_CELLS_WIDE = 66, // what the rows need beside a map of bytes
};

// Where the parts of a page are.
struct page_frame {
    int column, columns; // of the rows; the map is right of them, or below
    int summary_row, head_row, rows_row, rows_count;
    int notes_row;
    int map_column, map_row, map_rows; // map_rows 0: there is none
    int map_row_bytes;
};

// The phrases, set into lines; draws them unless `canvas` is NULL. Returns the lines.
static int set_phrases(const struct browse_page *page, int row, int column, int columns,
                       struct canvas *canvas)
{
    int lines = 1, at = 0;
    for (size_t i = 0; i < page->phrases_count; i++) {
        const int cells = canvas_text_width(page->phrases[i]);
        if (at && at + 2 + cells > columns) {
            if (canvas)
                canvas_text(canvas, row + lines - 1, column + at, 1, STYLE_NORMAL, 0, ",");
            lines++;
            at = 0;
        } else if (at) {
            if (canvas)
                canvas_text(canvas, row + lines - 1, column + at, 2, STYLE_NORMAL, 0, ", ");
            at += 2;
        }
        const enum style style = page->is_waste[i] ? STYLE_HOLE : STYLE_NORMAL;
        if (canvas)
            canvas_text(canvas, row + lines - 1, column + at, columns - at, style,
                        page->is_lit[i] ? MARK_LIT : 0, page->phrases[i]);
        at += cells;
    }
    return lines;
}

enum { NOTE_LINES_MOST = 3 };

// A note, broken between words; draws it unless `canvas` is NULL. Returns the lines.
static int set_note(const char *note, int row, int column, int cells, struct canvas *canvas)
{
    int lines = 0;
    while (*note && lines < NOTE_LINES_MOST) {
        char text[512];
        size_t length = 0, whole = 0;
        for (size_t i = 0; note[i] && i < sizeof(text) - 1; i++) {
            memcpy(text, note, i + 1);
            text[i + 1] = '\0';
            if (canvas_text_width(text) > cells)
                break;
            length = i + 1;
            whole = note[i + 1] == ' ' || !note[i + 1] ? i + 1 : whole;
        }
        const bool is_last = lines + 1 == NOTE_LINES_MOST || !length;
        length = whole && !is_last ? whole : length;
        if (is_last) // what is left is cut where the room ends
            length = strlen(note);
        snprintf(text, sizeof(text), "%.*s", (int)(length < sizeof(text) ? length : sizeof(text) - 1), note);
        if (canvas)
            canvas_text(canvas, row + lines, column, cells, STYLE_WARN, 0, text);
        note += length;
        note += *note == ' ';
        lines++;
    }
    return lines;
}

static int notes_rows(const struct browse_page *page, int cells)
{
    int rows = 0;
    for (size_t i = 0; i < page->notes_count; i++)
        rows += set_note(page->notes[i], 0, 0, cells, NULL);
    return rows;
}

static int map_rows_of(const struct browse_page *page, int row_bytes)
{
    const uint64_t rows = (page->size_bytes + (uint64_t)row_bytes - 1) / (uint64_t)row_bytes;
    return rows < 10000 ? (int)rows : 10000;
}

static int map_cells(int row_bytes)
{
    return MAP_OFFSET_CELLS + 2 + 2 * row_bytes + row_bytes / 8;
}

static struct page_frame page_frame_of(const struct browse_frame *frame, const struct browse_page *page,
                                       int number)
{
    struct page_frame own = {.column = frame->page_column[number], .columns = frame->page_columns[number]};
    own.summary_row = frame->body_row + 1;
    own.head_row = own.summary_row + set_phrases(page, 0, 0, own.columns - 2, NULL) + 1;
    own.rows_row = own.head_row + 1;
    own.notes_row = frame->key_row - notes_rows(page, own.columns - 2);
    own.rows_count = own.notes_row - (page->notes_count != 0) - own.rows_row;
    if (!page->runs || !page->runs->count || !page->letters)
        return own;
    const int rows = page->rows ? (int)page->rows->count : 0;
    const int below = own.rows_count - rows - 2;
    for (own.map_row_bytes = 32; own.map_row_bytes >= 8; own.map_row_bytes /= 2)
        if (own.columns - map_cells(own.map_row_bytes) >= ROWS_CELLS_WIDE &&
            (own.map_row_bytes == 8 || page->size_bytes > (uint64_t)own.map_row_bytes * 4)) {
            own.map_column = own.column + own.columns - map_cells(own.map_row_bytes);
            own.columns = own.map_column - own.column;
            own.map_row = own.head_row;
            own.map_rows = own.rows_count;
            return own;
        }
    own.map_row_bytes = page->size_bytes > 64 ? 16 : 8;
    if (map_cells(own.map_row_bytes) < own.columns && below >= 2 &&
        map_rows_of(page, own.map_row_bytes) <= below) {
        own.map_column = own.column;
        own.map_row = own.rows_row + rows + 1;
        own.map_rows = below;
        own.rows_count = rows;
    }
    return own;
}

int browse_page_rows(const struct browse_frame *frame, const struct browse_page *page, int number)
{
    const struct page_frame own = page_frame_of(frame, page, number);
    return own.rows_count > 1 ? own.rows_count : 1;
}

// --- Rows ---

static const char *name_of(const struct row *row)
{
    return row->name ? row->name : row_nameless_word(row);
}

static int name_width(const struct browse_page *page, int most)
{
    int width = NAME_CELLS_LEAST;
    for (size_t i = page->first; i < page->rows->count && i < page->first + 200; i++) {
        const struct row *row = &page->rows->data[i];
        if (row->kind != ROW_MEMBER)
            continue;
        const int cells = 2 * (int)row->depth + canvas_text_width(name_of(row)) + 2;
        width = cells > width ? cells : width;
    }
    return width < most ? width : most;
}

static void right(struct canvas *canvas, int row, int end, enum style style, unsigned marks, const char *text)
{
    const int cells = canvas_text_width(text);
    canvas_text(canvas, row, end - cells, cells, style, marks, text);
}

enum { BYTES_TEXT = 24 };

static const char *bytes_text(char text[BYTES_TEXT], uint64_t bytes, bool is_hex)
{
    snprintf(text, BYTES_TEXT, is_hex ? "0x%" PRIx64 : "%" PRIu64, bytes);
    return text;
}

static void draw_offset(struct canvas *canvas, int at, int end, const struct row *row, unsigned marks,
                        bool is_hex)
{
    char text[48] = "?", bytes[BYTES_TEXT];
    bytes_text(bytes, row->offset_bits / 8, is_hex);
    if (row->offset_known && (row->offset_bits % 8 || row->size_bits % 8))
        snprintf(text, sizeof(text), "%s:%u", bytes, (unsigned)(row->offset_bits % 8));
    else if (row->offset_known)
        snprintf(text, sizeof(text), "%s", bytes);
    right(canvas, at, end, row->kind == ROW_GAP ? STYLE_HOLE : STYLE_NORMAL, marks, text);
}

static void draw_size(struct canvas *canvas, int at, int end, const struct row *row, bool is_hex)
{
    char text[48] = "?";
    if (row->is_flexible)
        snprintf(text, sizeof(text), "[]");
    else if (row->size_known && (row->size_bits % 8 || row->offset_bits % 8))
        snprintf(text, sizeof(text), ":%" PRIu64, row->size_bits);
    else if (row->size_known)
        bytes_text(text, row->size_bits / 8, is_hex);
    right(canvas, at, end, row->kind == ROW_GAP ? STYLE_HOLE : STYLE_NORMAL, 0, text);
}

// Fields next to each other differ.
static enum style field_style(size_t number)
{
    static const enum style styles[] = {STYLE_FIELD_A, STYLE_FIELD_B, STYLE_LIVE,
                                        STYLE_MOVED_Y, STYLE_POINTER, STYLE_EMPTY_ONE};
    return styles[number % ARRAY_LENGTH(styles)];
}

struct row_place {
    int row, column, end, name_width;
    int letter_cells, was_cells;
};

static void draw_was(const struct browse_page *page, size_t number, const struct row_place *place,
                     struct canvas *canvas)
{
    char text[BYTES_TEXT];
    if (!page->was_bytes || page->was_bytes[number] < 0)
        return;
    bytes_text(text, (uint64_t)page->was_bytes[number], page->is_hex);
    right(canvas, place->row,
          place->column + place->letter_cells + OFFSET_CELLS + SIZE_CELLS + ALIGN_CELLS + place->was_cells,
          STYLE_DIM, 0, text);
}

static int text_column(const struct row_place *place)
{
    return place->column + place->letter_cells + OFFSET_CELLS + SIZE_CELLS + ALIGN_CELLS + place->was_cells +
           2;
}

static void draw_member(const struct browse_page *page, size_t number, const struct row_place *place,
                        struct canvas *canvas)
{
    const struct row *row = &page->rows->data[number];
    const unsigned marks = page->marks[number];
    int column = text_column(place) + 2 * (int)row->depth;
    if (marks & PAGE_CAN_UNFOLD)
        canvas_put(canvas, place->row, column - 2 >= 0 ? column - 2 : 0,
                   marks & PAGE_UNFOLDED ? 0x25be : 0x25b8, STYLE_DIM, 0);
    if (row->align_bytes) {
        char text[32];
        snprintf(text, sizeof(text), "%" PRIu64, row->align_bytes);
        right(canvas, place->row,
              place->column + place->letter_cells + OFFSET_CELLS + SIZE_CELLS + ALIGN_CELLS, STYLE_NORMAL, 0,
              text);
    }
    draw_was(page, number, place, canvas);
    const bool has_letter = page->letters && row->is_leaf && page->letters[number] != ' ';
    const enum style style = !row->name               ? STYLE_DIM
                             : marks & PAGE_CONTENDED ? STYLE_WARN
                             : has_letter             ? field_style(number)
                                                      : STYLE_STRONG;
    canvas_text(canvas, place->row, column, text_column(place) + place->name_width - column - 1, style,
                marks & PAGE_LIT ? MARK_LIT : 0, name_of(row));
    column = text_column(place) + place->name_width;
    const char *word = row_member_words(row);
    int taken = canvas_text(canvas, place->row, column, place->end - column, word ? STYLE_DIM : STYLE_NORMAL,
                            0, word ? word : row->type_text);
    column += taken + 2;
    if (marks & PAGE_CONTENDED && column < place->end)
        column +=
            canvas_text(canvas, place->row, column, place->end - column, STYLE_WARN, 0, "● shares its line") +
            2;
    else if (marks & PAGE_HOT && column < place->end)
        column += canvas_text(canvas, place->row, column, place->end - column, STYLE_DIM, 0,
                              "○ shared by threads") +
                  2;
    if (row->straddles && row->is_leaf && column < place->end)
        canvas_text(canvas, place->row, column, place->end - column, STYLE_WARN, 0, "◀ crosses a cache line");
}

static void draw_gap(const struct browse_page *page, size_t number, const struct row_place *place,
                     struct canvas *canvas)
{
    const struct row *row = &page->rows->data[number];
    const bool is_waste = row_is_waste(row);
    const enum style style = is_waste ? STYLE_HOLE : STYLE_DIM;
    const int column = text_column(place) + 2 * (int)row->depth;
    char text[256];
    if (row->is_of_variants && is_waste)
        snprintf(text, sizeof(text), "%s in every variant", row_gap_words(row));
    else if (row->has_after && is_waste)
        snprintf(text, sizeof(text), "%s before %s", row_gap_words(row),
                 row->after ? row->after : "(anonymous)");
    else if (row->kept_inside)
        snprintf(text, sizeof(text), "%s: the address of %s must lie inside", row_gap_words(row),
                 row->kept_inside);
    else
        snprintf(text, sizeof(text), "%s", row_gap_words(row));
    canvas_text(canvas, place->row, column, 3, style, 0, is_waste ? "░░░" : row->is_reused ? "···" : "???");
    const int words = text_column(place) + place->name_width;
    canvas_text(canvas, place->row, words, place->end - words, style, 0, text);
}

static void draw_variant(const struct browse_page *page, size_t number, const struct row_place *place,
                         struct canvas *canvas)
{
    const struct row *row = &page->rows->data[number];
    char text[256];
    int length = snprintf(text, sizeof(text), "variant %s %s%s", row->name ? row->name : "(anonymous)",
                          row->values_text ? "= " : "otherwise", row->values_text ? row->values_text : "");
    if (row->waste_bits && length > 0 && (size_t)length < sizeof(text))
        snprintf(text + length, sizeof(text) - (size_t)length, ", %" PRIu64 " bytes unused",
                 row->waste_bits / 8);
    const int column = text_column(place) + 2 * (int)row->depth;
    canvas_text(canvas, place->row, column, place->end - column, STYLE_LABEL, 0, text);
}

static void draw_ruler(const struct row *row, const struct row_place *place, struct canvas *canvas,
                       bool is_hex)
{
    char text[64], bytes[BYTES_TEXT];
    canvas_fill(canvas, place->row, place->column + 1, 1, place->end - place->column - 1, 0x2504, STYLE_RULE);
    snprintf(text, sizeof(text), " %s ", bytes_text(bytes, row->offset_bits / 8, is_hex));
    right(canvas, place->row, place->column + place->letter_cells + OFFSET_CELLS + 1, STYLE_LABEL, 0, text);
    canvas_print(canvas, place->row, text_column(place) - 1, STYLE_LABEL, " cache line %" PRIu64 " ",
                 row->line);
}

static const struct {
    char sign;
    enum style style;
} changes[] = {[CHANGE_NONE] = {' ', STYLE_NORMAL},
               [CHANGE_DIFFERS] = {'~', STYLE_WARN},
               [CHANGE_ADDED] = {'+', STYLE_GOOD},
               [CHANGE_REMOVED] = {'-', STYLE_OVERFLOW}};

static void draw_row(const struct browse_page *page, size_t number, const struct row_place *place,
                     struct canvas *canvas)
{
    const struct row *row = &page->rows->data[number];
    if (page->changes && page->changes[number])
        canvas_put(canvas, place->row, place->column, (uint32_t)changes[page->changes[number]].sign,
                   changes[page->changes[number]].style, 0);
    if (place->letter_cells && page->letters[number] != ' ')
        canvas_put(canvas, place->row, place->column + 1, (uint32_t)page->letters[number],
                   field_style(number), 0);
    const int offset_end = place->column + place->letter_cells + OFFSET_CELLS;
    if (row->kind == ROW_MEMBER || row->kind == ROW_GAP) {
        draw_offset(canvas, place->row, offset_end, row, page->marks[number] & PAGE_LIT ? MARK_LIT : 0,
                    page->is_hex);
        draw_size(canvas, place->row, offset_end + SIZE_CELLS, row, page->is_hex);
    }
    switch (row->kind) {
    case ROW_MEMBER:
        draw_member(page, number, place, canvas);
        break;
    case ROW_GAP:
        draw_gap(page, number, place, canvas);
        break;
    case ROW_VARIANT:
        draw_variant(page, number, place, canvas);
        break;
    case ROW_LINE:
        draw_ruler(row, place, canvas, page->is_hex);
        break;
    case ROW_CUT:
        canvas_print(canvas, place->row, text_column(place), STYLE_WARN,
                     "%zu more not shown: the limit of rows is reached", row->cut_count);
        break;
    }
}

static void draw_rows(const struct browse_page *page, const struct page_frame *own, bool has_focus,
                      struct canvas *canvas, struct hits *hits)
{
    struct row_place place = {.column = own->column,
                              .end = own->column + own->columns,
                              .letter_cells = page->letters ? LETTER_CELLS : 0,
                              .was_cells = page->was_bytes ? WAS_CELLS : 0};
    const int room = own->columns - (text_column(&place) - own->column);
    const int most = room / 2 < NAME_CELLS_MOST ? room / 2 : NAME_CELLS_MOST;
    place.name_width = name_width(page, most > NAME_CELLS_LEAST ? most : NAME_CELLS_LEAST);
    int end = own->column + place.letter_cells + OFFSET_CELLS;
    right(canvas, own->head_row, end, STYLE_LABEL, 0, "offset");
    right(canvas, own->head_row, end + SIZE_CELLS, STYLE_LABEL, 0, "size");
    right(canvas, own->head_row, end + SIZE_CELLS + ALIGN_CELLS, STYLE_LABEL, 0, "align");
    if (page->was_bytes)
        right(canvas, own->head_row, end + SIZE_CELLS + ALIGN_CELLS + WAS_CELLS, STYLE_LABEL, 0, "was");
    canvas_text(canvas, own->head_row, text_column(&place), 5, STYLE_LABEL, 0, "field");
    for (size_t i = page->first; i < page->rows->count && (int)(i - page->first) < own->rows_count; i++) {
        place.row = own->rows_row + (int)(i - page->first);
        draw_row(page, i, &place, canvas);
        hits_add(hits, (struct hit){place.row, own->column, own->columns, BROWSE_HIT_ROW, i, 0, 0});
        if (page->has_cursor && i == page->selected) {
            canvas_put(canvas, place.row, own->column, 0x25b8, STYLE_STRONG, 0);
            canvas_mark(canvas, place.row, own->column, own->columns, has_focus ? MARK_SELECTED : MARK_PATH);
        }
    }
    if (page->rows->count > (size_t)(own->rows_count > 0 ? own->rows_count : 0)) {
        char text[64];
        snprintf(text, sizeof(text), "%zu of %zu rows",
                 page->has_cursor ? page->selected + 1 : page->first + 1, page->rows->count);
        right(canvas, own->head_row, own->column + own->columns - 1, STYLE_DIM, 0, text);
    }
}

// --- The map of bytes ---

static void draw_byte(const struct browse_page *page, const struct byte_run *run, int row, int column,
                      struct canvas *canvas)
{
    const bool is_here = page->has_cursor && run->kind == RUN_ROW && run->row == page->selected;
    switch (run->kind) {
    case RUN_GAP:
        canvas_put(canvas, row, column, 0x2591, STYLE_HOLE, 0);
        break;
    case RUN_SHARED:
        canvas_put(canvas, row, column, 0x2592, STYLE_NORMAL, 0);
        break;
    case RUN_MIXED:
        canvas_put(canvas, row, column, 0x25aa, STYLE_NORMAL, 0);
        break;
    case RUN_UNKNOWN:
        canvas_put(canvas, row, column, '?', STYLE_DIM, 0);
        break;
    case RUN_ROW:
        canvas_put(canvas, row, column, (uint32_t)page->letters[run->row], field_style(run->row),
                   is_here ? MARK_SELECTED | MARK_REVERSE : 0);
        break;
    }
}

// The bytes from where the cursor's row begins on, so that it is in sight.
static uint64_t map_first(const struct browse_page *page, const struct page_frame *own)
{
    const int rows = map_rows_of(page, own->map_row_bytes);
    if (rows <= own->map_rows || page->selected >= page->rows->count)
        return 0;
    const uint64_t row = page->rows->data[page->selected].offset_bits / 8 / (uint64_t)own->map_row_bytes;
    const uint64_t middle = (uint64_t)own->map_rows / 2, last = (uint64_t)(rows - own->map_rows);
    const uint64_t first = row > middle ? row - middle : 0;
    return (first < last ? first : last) * (uint64_t)own->map_row_bytes;
}

static void draw_map(const struct browse_page *page, const struct page_frame *own, struct canvas *canvas)
{
    const int row_bytes = own->map_row_bytes;
    size_t run = 0;
    for (int i = 0; i < row_bytes; i++)
        canvas_print(canvas, own->map_row, own->map_column + MAP_OFFSET_CELLS + 2 + 2 * i + i / 8,
                     STYLE_LABEL, "%x", i % 16);
    uint64_t at = map_first(page, own);
    for (int line = 1; line <= own->map_rows && at < page->size_bytes; line++) {
        const bool begins = at && at % page->cacheline_bytes == 0;
        char text[BYTES_TEXT];
        right(canvas, own->map_row + line, own->map_column + MAP_OFFSET_CELLS,
              begins ? STYLE_STRONG : STYLE_LABEL, 0, bytes_text(text, at, page->is_hex));
        if (begins)
            canvas_put(canvas, own->map_row + line, own->map_column + MAP_OFFSET_CELLS, 0x2500, STYLE_STRONG,
                       0);
        for (int i = 0; i < row_bytes && at < page->size_bytes; i++, at++) {
            while (run + 1 < page->runs->count && page->runs->data[run].end_bytes <= at)
                run++;
            draw_byte(page, &page->runs->data[run], own->map_row + line,
                      own->map_column + MAP_OFFSET_CELLS + 2 + 2 * i + i / 8, canvas);
        }
    }
}

// --- All ---

static void draw_title(const struct browse_page *page, const struct browse_frame *frame, int number,
                       struct canvas *canvas)
{
    const int column = frame->page_column[number], columns = frame->page_columns[number];
    const bool has_kind =
        page->kind && page->name && strncmp(page->name, page->kind, strlen(page->kind)) != 0;
    char title[512];
    snprintf(title, sizeof(title), "%s%s%s%s%s", page->heading ? page->heading : "",
             page->heading ? ": " : "", has_kind ? page->kind : "", has_kind ? " " : "",
             page->name ? page->name : "(anonymous)");
    canvas_rule(canvas, frame->body_row, column, columns, title);
    // A longer place is cut in front, as long as the name of most files and a line number are left of it.
    enum { PLACE_CELLS_LEAST = 18 };
    const int room = columns - canvas_text_width(title) - 9;
    const int wanted = page->place ? canvas_text_width(page->place) : 0,
              place = wanted < room ? wanted : room;
    if (wanted && (wanted <= room || room >= PLACE_CELLS_LEAST)) {
        const int at = column + columns - place - 2;
        canvas_put(canvas, frame->body_row, at - 1, ' ', STYLE_RULE, 0);
        canvas_text_tail(canvas, frame->body_row, at, place, STYLE_DIM, 0, page->place);
        canvas_put(canvas, frame->body_row, at + place, ' ', STYLE_RULE, 0);
    }
}

void browse_page_draw(const struct browse_frame *frame, const struct browse_page *page, int number,
                      bool has_focus, struct canvas *canvas, struct hits *hits)
{
    const struct page_frame own = page_frame_of(frame, page, number);
    for (int row = frame->body_row; row < frame->key_row; row++)
        hits_add(hits, (struct hit){row, frame->page_column[number], frame->page_columns[number],
                                    BROWSE_HIT_PAGE, (uint64_t)number, 0, 0});
    draw_title(page, frame, number, canvas);
    set_phrases(page, own.summary_row, own.column + 1, frame->page_columns[number] - 2, canvas);
    if (page->rows && page->rows->count)
        draw_rows(page, &own, has_focus, canvas, hits);
    for (size_t i = page->first; i < page->lines_count && (int)(i - page->first) < own.rows_count; i++)
        canvas_text(canvas, own.rows_row + (int)(i - page->first), own.column + 2, own.columns - 3,
                    STYLE_NORMAL, 0, page->lines[i]);
    if (own.map_rows)
        draw_map(page, &own, canvas);
    int notes_row = own.notes_row;
    for (size_t i = 0; i < page->notes_count; i++)
        notes_row +=
            set_note(page->notes[i], notes_row, own.column + 1, frame->page_columns[number] - 2, canvas);
}
