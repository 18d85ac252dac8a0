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

static void draw_line(const struct help_page *page, int number, struct canvas *canvas, int row, int column,
                      int width)
{
    struct help_line line = line_at(page, number);
    if (line.is_title) {
        canvas_text(canvas, row, column, width, STYLE_STRONG, 0, line.text);
    } else {
        canvas_text(canvas, row, column + 1, CAP_CELLS, line.style, 0, line.cap);
        canvas_text(canvas, row, column + 1 + CAP_CELLS, width - CAP_CELLS - 2, STYLE_NORMAL, 0, line.text);
    }
    if (is_found(page, line))
        canvas_mark(canvas, row, column, width - 1, MARK_SELECTED);
}

// In two columns where there is room.
static void help_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    (void)hits;
    struct help_page *page = state;
    int lines = lines_of(page), columns = canvas->columns >= COLUMNS_WIDE ? 2 : 1;
    int rows = (lines + columns - 1) / columns + 2;
    if (rows > canvas->rows - 1)
        rows = canvas->rows - 1;
    int wide = canvas->columns - 2 < BOX_WIDE ? canvas->columns - 2 : BOX_WIDE;
    struct box box = box_open(canvas, rows, columns == 2 ? wide : BOX_NARROW, help_title(page));
    int visible = rows - 2, width = (box.columns - 4) / columns;
    int last = lines - visible * columns;
    if (page->scroll > (last > 0 ? last : 0))
        page->scroll = last > 0 ? last : 0;
    for (int line = page->scroll; line < lines && line - page->scroll < visible * columns; line++) {
        int at = line - page->scroll;
        draw_line(page, line, canvas, box.row + 1 + at % visible, box.column + 2 + at / visible * width,
                  width);
    }
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
