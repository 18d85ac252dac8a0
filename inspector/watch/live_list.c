// SPDX-License-Identifier: MIT
#include "watch/live_list.h"

#include "view/keymap.h"

#include <inttypes.h>
#include <stdio.h>

enum { LIST_TOP = 3, LIST_HIT_ROW = HIT_OWN };

static void bytes_text(uint64_t bytes, char text[16])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(*units)) {
        value /= 1000;
        unit++;
    }
    snprintf(text, 16,
             !unit         ? "%.0f %s"
             : value < 10  ? "%.2f %s"
             : value < 100 ? "%.1f %s"
                           : "%.0f %s",
             value, units[unit]);
}

static struct error *list_needs(void *state, int rows, int columns)
{
    struct live_list *list = state;
    const size_t count = list->program->rows.length;
    (void)columns;
    list->page = rows > LIST_TOP + 2 ? (size_t)(rows - LIST_TOP - 2) : 1;
    if (list->selected >= count)
        list->selected = count ? count - 1 : 0;
    if (list->selected < list->first)
        list->first = list->selected;
    if (list->selected >= list->first + list->page)
        list->first = list->selected - list->page + 1;
    return NULL;
}

static void draw_row(const struct live_list *list, struct canvas *canvas, struct hits *hits, int row,
                     size_t number)
{
    enum { PATH_COLUMN = 42 };
    const struct live_map_row *map = &list->program->rows.data[number];
    const struct map_figures *figures = &map->figures;
    char held[16], live[16];
    const uint64_t waste =
        figures->held_bytes > figures->live_bytes ? figures->held_bytes - figures->live_bytes : 0;
    bytes_text(figures->held_bytes, held);
    bytes_text(figures->live_bytes, live);
    canvas_print(canvas, row, 1, STYLE_NORMAL, "%9s %9s %5.0f %% %10" PRIu64, held, live,
                 figures->held_bytes ? 100.0 * (double)waste / (double)figures->held_bytes : 0.0,
                 figures->count);
    const int room = canvas->columns - PATH_COLUMN - 1;
    const int path_room = room * 3 / 5;
    canvas_text(canvas, row, PATH_COLUMN, path_room - 1, STYLE_STRONG, 0, map->path);
    canvas_text(canvas, row, PATH_COLUMN + path_room, room - path_room, STYLE_DIM, 0, map->type_name);
    if (number == list->selected) {
        canvas_mark(canvas, row, 0, canvas->columns, MARK_SELECTED);
        canvas_put(canvas, row, 0, 0x25b8, STYLE_STRONG, MARK_SELECTED);
    }
    hits_add(hits, (struct hit){row, 0, canvas->columns, LIST_HIT_ROW, number, 0, 0});
}

static void list_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    const struct live_list *list = state;
    const struct live_program *program = list->program;
    const char *version = go_program_version(program->program);
    char title[160];
    canvas_fill(canvas, 0, 0, canvas->rows, canvas->columns, ' ', STYLE_NORMAL);
    canvas_fill(canvas, 0, 0, 1, canvas->columns, ' ', STYLE_TITLE);
    snprintf(title, sizeof(title), " strata watch   %s   %s   %zu maps", program->name,
             version ? version : "", program->rows.length);
    canvas_text(canvas, 0, 0, canvas->columns, STYLE_TITLE, 0, title);
    canvas_print(canvas, 2, 1, STYLE_LABEL, "%9s %9s %7s %10s   %s", "held", "live", "waste", "entries",
                 "map");
    for (size_t i = 0; i < list->page && list->first + i < program->rows.length; i++)
        draw_row(list, canvas, hits, LIST_TOP + (int)i, list->first + i);
    const int row = canvas->rows - 1;
    if (*list->stack->message) {
        canvas_text(canvas, row, 1, canvas->columns - 2,
                    list->stack->message_is_bad ? STYLE_WARN : STYLE_NORMAL, 0, list->stack->message);
        return;
    }
    int column = 1;
    column += key_cap_draw(canvas, row, column, "Enter", "watch it") + 2;
    column += key_cap_draw(canvas, row, column, "r", "look again") + 2;
    if (list->can_leave)
        column += key_cap_draw(canvas, row, column, "Esc", "back") + 2;
    key_cap_draw(canvas, row, column, "q", "quit");
}

static void move(struct live_list *list, int64_t by)
{
    const int64_t last = (int64_t)list->program->rows.length - 1, to = (int64_t)list->selected + by;
    list->selected = (size_t)(to < 0 ? 0 : to > last ? (last < 0 ? 0 : last) : to);
}

static struct error *choose(struct live_list *list)
{
    if (!list->program->rows.length)
        return NULL;
    const size_t row = list->selected;
    view_close(list->stack, list);
    return list->chosen(list->state, row);
}

static struct error *list_press(void *state, struct key_press press, bool *passes)
{
    struct live_list *list = state;
    (void)passes;
    const int64_t times = press.count ? (int64_t)press.count : 1;
    switch (press.code) {
    case PRESS_UP:
    case 'k':
        move(list, -times);
        return NULL;
    case PRESS_DOWN:
    case 'j':
        move(list, times);
        return NULL;
    case PRESS_PAGE_UP:
        move(list, -times * (int64_t)list->page);
        return NULL;
    case PRESS_PAGE_DOWN:
        move(list, times * (int64_t)list->page);
        return NULL;
    case PRESS_HOME:
        move(list, INT32_MIN);
        return NULL;
    case PRESS_END:
        move(list, INT32_MAX);
        return NULL;
    case PRESS_ENTER:
    case '\r':
        return choose(list);
    case 'r':
        return live_program_look(list->program);
    case PRESS_REDRAW:
        list->stack->wants_redraw = true;
        return NULL;
    case PRESS_BACKSPACE:
    case PRESS_ESCAPE:
    case 'm':
        if (list->can_leave)
            view_close(list->stack, list);
        return NULL;
    case 'q':
        list->stack->wants_quit = true;
        return NULL;
    default:
        return NULL;
    }
}

static struct error *list_click(void *state, const struct hit *hit, uint64_t value)
{
    struct live_list *list = state;
    if (!hit || hit->kind != LIST_HIT_ROW)
        return NULL;
    list->selected = (size_t)value;
    return choose(list);
}

static struct error *list_wheel(void *state, int rows)
{
    move(state, rows);
    return NULL;
}

static const struct view_ops list_ops = {.title = "strata watch",
                                         .rows_min = 8,
                                         .columns_min = 60,
                                         .needs = list_needs,
                                         .draw = list_draw,
                                         .press = list_press,
                                         .click = list_click,
                                         .wheel = list_wheel};

void live_list_open(struct live_list *list)
{
    view_open(list->stack, &list_ops, list);
}
