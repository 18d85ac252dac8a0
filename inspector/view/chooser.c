// SPDX-License-Identifier: MIT
#include "view/chooser.h"
#include "view/box.h"
#include "view/keymap.h"

static void chooser_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    (void)hits;
    const struct chooser *chooser = state;
    const struct chooser_request *request = &chooser->request;
    int rows = (int)request->choices_count + 6;
    struct box box = box_open(canvas, rows, 58, request->title);
    for (size_t i = 0; i < request->choices_count; i++) {
        const struct choice *choice = &request->choices[i];
        bool is_here = i == chooser->row;
        int row = box.row + 2 + (int)i, column = box.column + 3;
        canvas_text(canvas, row, column, 14, is_here ? STYLE_STRONG : STYLE_LABEL, 0, choice->title);
        canvas_print(canvas, row, column + 16, is_here ? STYLE_STRONG : STYLE_NORMAL,
                     is_here ? "◀ %s ▶" : "  %s", choice->names[chooser->chosen[i]]);
        if (is_here)
            canvas_mark(canvas, row, box.column + 1, box.columns - 2, MARK_SELECTED);
    }
    int row = box.row + rows - 3, column = box.column + 3;
    column += key_cap_draw(canvas, row, column, "Up Down", "row") + 2;
    column += key_cap_draw(canvas, row, column, "Left Right", "value") + 2;
    column += key_cap_draw(canvas, row, column, "Enter", request->enter) + 2;
    key_cap_draw(canvas, row, column, "Esc", request->stay);
}

static struct error *chooser_press(void *state, struct key_press press, bool *passes)
{
    (void)passes;
    struct chooser *chooser = state;
    const struct chooser_request *request = &chooser->request;
    size_t rows = request->choices_count;
    uint8_t *chosen = &chooser->chosen[chooser->row], count = request->choices[chooser->row].count;
    switch (press.code) {
    case PRESS_UP:
    case 'k':
        chooser->row = (chooser->row + rows - 1) % rows;
        break;
    case PRESS_DOWN:
    case 'j':
        chooser->row = (chooser->row + 1) % rows;
        break;
    case PRESS_LEFT:
    case 'h':
        *chosen = (uint8_t)((*chosen + count - 1) % count);
        break;
    case PRESS_RIGHT:
    case 'l':
    case ' ':
        *chosen = (uint8_t)((*chosen + 1) % count);
        break;
    case PRESS_ENTER:
        view_close(chooser->stack, chooser);
        return request->done(request->state, chooser->chosen);
    default:
        if (press.code == PRESS_ESCAPE || press.code == 'q' || press.code == request->closing_key)
            view_close(chooser->stack, chooser);
    }
    return NULL;
}

static struct error *chooser_click(void *state, const struct hit *hit, uint64_t value)
{
    (void)hit;
    (void)value;
    struct chooser *chooser = state;
    view_close(chooser->stack, chooser);
    return NULL;
}

// The box is in front: the view below does not scroll.
static struct error *chooser_wheel(void *state, int rows)
{
    (void)state;
    (void)rows;
    return NULL;
}

static const struct view_ops chooser_ops = {.title = "choices",
                                            .draw = chooser_draw,
                                            .press = chooser_press,
                                            .click = chooser_click,
                                            .wheel = chooser_wheel};

void chooser_open(struct chooser *chooser, struct view_stack *stack, const struct chooser_request *request)
{
    *chooser = (struct chooser){.stack = stack, .request = *request};
    for (size_t i = 0; i < request->choices_count; i++)
        chooser->chosen[i] = request->choices[i].current;
    view_close(stack, chooser);
    view_open(stack, &chooser_ops, chooser);
}
