// SPDX-License-Identifier: MIT
#include "view/help.h"
#include "view/box.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WHEEL_MOST = 1000, CAP_CELLS = 8, COLUMNS_WIDE = 116, BOX_NARROW = 78, BOX_WIDE = 148 };

static const char *help_title(const struct help_page *page)
{
    return page->legend.count ? "signs and keys: Down scrolls, / searches, any other key closes"
                              : "keys: Down scrolls, / searches, any other key closes";
}

// A line of the page: signs under their title, then bindings, whose groups have titles.
struct help_line {
    const char *cap, *text;
    enum style style;
    bool is_title;
};

static int lines_of(const struct help_page *page)
{
    int signs = page->legend.count ? (int)page->legend.count + 1 : 0;
    return signs + (int)page->keymap->count;
}

static struct help_line line_at(const struct help_page *page, int number)
{
    size_t at = (size_t)number, signs = page->legend.count ? page->legend.count + 1 : 0;
    if (at < signs && !at)
        return (struct help_line){"", "signs", STYLE_STRONG, true};
    if (at < signs) {
        const struct legend_entry *entry = &page->legend.entries[at - 1];
        return (struct help_line){entry->sign, entry->meaning, entry->style, false};
    }
    const struct key_binding *binding = &page->keymap->bindings[at - signs];
    return (struct help_line){binding->cap, binding->help, binding->code ? STYLE_KEYCAP : STYLE_STRONG,
                              !binding->code};
}

static bool is_found(const struct help_page *page, struct help_line line)
{
    return *page->sought && (strcasestr(line.text, page->sought) || strcasestr(line.cap, page->sought));
}

// The bytes of `text` that go on one row: whole words as far as there are any.
static size_t row_bytes(const char *text, int width)
{
    char row[256];
    size_t fits = 0;
    for (size_t length = 1; length < sizeof(row); length++) {
        snprintf(row, length + 1, "%s", text);
        const bool is_end = !text[length];
        if (canvas_text_width(row) > width)
            return fits ? fits : length > 1 ? length - 1 : 1;
        if (is_end)
            return length;
        if (text[length] == ' ')
            fits = length;
    }
    return strlen(text);
}

static int text_width(int width)
{
    return width - CAP_CELLS - 2;
}

static int rows_of(struct help_line line, int width)
{
    int rows = 1;
    if (line.is_title || text_width(width) < 1)
        return rows;
    for (const char *text = line.text + row_bytes(line.text, text_width(width)); *text; rows++) {
        text += *text == ' ';
        text += row_bytes(text, text_width(width));
    }
    return rows;
}

// Where the rows of a page go: down a column, then down the next.
struct help_rows {
    int row, column, width, visible, columns;
    int at; // the next one
};

static void draw_row(struct help_rows *rows, struct canvas *canvas, struct help_line line, const char *text,
                     bool is_first, bool is_marked)
{
    if (rows->at >= rows->visible * rows->columns)
        return;
    const int row = rows->row + rows->at % rows->visible;
    const int column = rows->column + rows->at / rows->visible * rows->width;
    rows->at++;
    if (is_first && !line.is_title)
        canvas_text(canvas, row, column + 1, CAP_CELLS, line.style, 0, line.cap);
    if (line.is_title)
        canvas_text(canvas, row, column, rows->width, STYLE_STRONG, 0, text);
    else
        canvas_text(canvas, row, column + 1 + CAP_CELLS, text_width(rows->width), STYLE_NORMAL, 0, text);
    if (is_marked)
        canvas_mark(canvas, row, column, rows->width - 1, MARK_SELECTED);
}

static void draw_line(const struct help_page *page, int number, struct help_rows *rows, struct canvas *canvas)
{
    const struct help_line line = line_at(page, number);
    const bool is_marked = is_found(page, line);
    const char *text = line.text;
    for (int i = 0, count = rows_of(line, rows->width); i < count; i++) {
        char part[256];
        const size_t length = count == 1 ? strlen(text) : row_bytes(text, text_width(rows->width));
        snprintf(part, sizeof(part), "%.*s", (int)length, text);
        draw_row(rows, canvas, line, part, !i, is_marked);
        text += length + (text[length] == ' ');
    }
}

// The line from which on all the rest is seen.
static int last_scroll(const struct help_page *page, const struct help_rows *rows)
{
    int line = lines_of(page), taken = 0;
    while (line > 0 &&
           (taken += rows_of(line_at(page, line - 1), rows->width)) <= rows->visible * rows->columns)
        line--;
    return line;
}

// In two columns where there is room.
static void help_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    (void)hits;
    struct help_page *page = state;
    const int lines = lines_of(page), columns = canvas->columns >= COLUMNS_WIDE ? 2 : 1;
    const int most = columns == 2 ? BOX_WIDE : BOX_NARROW;
    const int wide =
        canvas->columns - (columns == 2 ? 2 : 0) < most ? canvas->columns - (columns == 2 ? 2 : 0) : most;
    struct help_rows rows = {.width = (wide - 4) / columns, .columns = columns};
    int wanted = 0;
    for (int line = 0; line < lines; line++)
        wanted += rows_of(line_at(page, line), rows.width);
    wanted = (wanted + columns - 1) / columns + 2;
    struct box box =
        box_open(canvas, wanted < canvas->rows - 1 ? wanted : canvas->rows - 1, wide, help_title(page));
    rows.row = box.row + 1;
    rows.column = box.column + 2;
    rows.visible = box.rows - 2;
    const int last = last_scroll(page, &rows);
    if (page->scroll > last)
        page->scroll = last;
    for (int line = page->scroll; line < lines; line++)
        draw_line(page, line, &rows, canvas);
}

// Scrolls to the first line with the text, from below the top on when it is asked again.
static struct error *on_sought(void *state, const char *text)
{
    struct help_page *page = state;
    int lines = lines_of(page), start = strcmp(page->sought, text) ? 0 : page->found + 1;
    snprintf(page->sought, sizeof(page->sought), "%s", text);
    for (int i = 0; *text && i < lines; i++) {
        int line = (start + i) % lines;
        if (!is_found(page, line_at(page, line)))
            continue;
        page->scroll = page->found = line;
        return NULL;
    }
    if (*text)
        view_say(page->stack, true, "\"%s\" is not on this page", text);
    return NULL;
}

static int a_page(const struct help_page *page)
{
    return page->stack->canvas.rows - 4;
}

static void scroll(struct help_page *page, int rows)
{
    int most = page->scroll + rows > WHEEL_MOST ? WHEEL_MOST : page->scroll + rows;
    page->scroll = most > 0 ? most : 0;
}

static struct error *help_press(void *state, struct key_press press, bool *passes)
{
    struct help_page *page = state;
    switch (press.code) {
    case PRESS_DOWN:
    case 'j':
        scroll(page, 1);
        break;
    case PRESS_UP:
    case 'k':
        scroll(page, -1);
        break;
    case PRESS_PAGE_DOWN:
    case ' ':
        scroll(page, a_page(page));
        break;
    case PRESS_PAGE_UP:
        scroll(page, -a_page(page));
        break;
    case '/':
        prompt_open(&page->prompt, page->stack,
                    &(struct prompt_request){.label = "search: ",
                                             .bytes_most = sizeof(page->sought) - 1,
                                             .state = page,
                                             .answered = on_sought});
        break;
    case 'q':
        *passes = true;
        break;
    default:
        view_close(page->stack, page);
    }
    return NULL;
}

static struct error *help_click(void *state, const struct hit *hit, uint64_t value)
{
    (void)hit;
    (void)value;
    struct help_page *page = state;
    view_close(page->stack, page);
    return NULL;
}

static struct error *help_wheel(void *state, int rows)
{
    scroll(state, rows);
    return NULL;
}

static const struct view_ops help_ops = {
    .title = "help", .draw = help_draw, .press = help_press, .click = help_click, .wheel = help_wheel};

void help_open(struct help_page *page, struct view_stack *stack, const struct keymap *keymap,
               struct legend legend)
{
    view_close(stack, page);
    *page = (struct help_page){.stack = stack, .keymap = keymap, .legend = legend};
    view_open(stack, &help_ops, page);
}
