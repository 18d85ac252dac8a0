#include "view/help.h"
#include "view/box.h"

enum { WHEEL_MOST = 1000, CAP_CELLS = 8, COLUMNS_WIDE = 150, BOX_NARROW = 78, BOX_WIDE = 148 };

static const char *help_title(const struct help_page *page, int columns)
{
    if (!page->legend.count)
        return columns == 1 ? "keys: Down scrolls, any other key closes" : "keys: any key closes";
    return columns == 1 ? "keys and signs: Down scrolls, any other key closes"
                        : "keys and signs: any key closes";
}

// Line `line` of the page: bindings, a title, signs.
static void draw_line(const struct help_page *page, int line, struct canvas *canvas, int row, int column,
                      int width)
{
    size_t bindings = page->keymap->count, number = (size_t)line;
    if (number < bindings) {
        const struct key_binding *binding = &page->keymap->bindings[number];
        if (!binding->code)
            canvas_text(canvas, row, column, width, STYLE_STRONG, 0, binding->help);
        canvas_text(canvas, row, column + 1, CAP_CELLS, STYLE_KEYCAP, 0, binding->cap);
        if (binding->code)
            canvas_text(canvas, row, column + 1 + CAP_CELLS, width - CAP_CELLS - 1, STYLE_NORMAL, 0,
                        binding->help);
    } else if (number == bindings && page->legend.count) {
        canvas_text(canvas, row, column, width, STYLE_STRONG, 0, "signs");
    } else if (number - bindings - 1 < page->legend.count) {
        const struct legend_entry *entry = &page->legend.entries[number - bindings - 1];
        canvas_text(canvas, row, column + 1, CAP_CELLS, entry->style, 0, entry->sign);
        canvas_text(canvas, row, column + 1 + CAP_CELLS, width - CAP_CELLS - 1, STYLE_NORMAL, 0,
                    entry->meaning);
    }
}

// In two columns where there is room.
static void help_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    (void)hits;
    struct help_page *page = state;
    int lines = (int)(page->keymap->count + page->legend.count) + 2;
    int columns = canvas->columns >= COLUMNS_WIDE ? 2 : 1;
    int rows = (lines + columns - 1) / columns + 2;
    if (rows > canvas->rows - 1)
        rows = canvas->rows - 1;
    struct box box = box_open(canvas, rows, columns == 2 ? BOX_WIDE : BOX_NARROW, help_title(page, columns));
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
    *page = (struct help_page){.stack = stack, .keymap = keymap, .legend = legend};
    view_close(stack, page);
    view_open(stack, &help_ops, page);
}
