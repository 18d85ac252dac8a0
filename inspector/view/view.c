// SPDX-License-Identifier: MIT
#include "view/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// --- Opening and closing ---

void view_open(struct view_stack *stack, const struct view_ops *ops, void *state)
{
    if (stack->count == VIEWS_MOST)
        view_say(stack, true, "too much is open: Esc closes");
    else
        stack->views[stack->count++] = (struct open_view){ops, state};
}

void view_close(struct view_stack *stack, const void *state)
{
    for (size_t i = 0; i < stack->count; i++)
        if (stack->views[i].state == state)
            stack->count = i;
}

void view_stack_serve(struct view_stack *stack)
{
    for (size_t i = 0; i <= VIEW_RUN_WORDS; i++) {
        free(stack->run[i]);
        stack->run[i] = NULL;
    }
    free(stack->copied);
    stack->copied = NULL;
}

void view_stack_free(struct view_stack *stack)
{
    view_stack_serve(stack);
    canvas_free(&stack->canvas);
    stack->count = 0;
}

void view_say(struct view_stack *stack, bool is_bad, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(stack->message, sizeof(stack->message), format, arguments);
    va_end(arguments);
    stack->message_is_bad = is_bad;
    stack->message_is_new = true;
}

// --- Keys and mouse ---

// Presses the key in the view at `depth`, and below as long as it passes.
static struct error *press_from(struct view_stack *stack, size_t depth, struct key_press press)
{
    bool passes = true;
    for (size_t i = depth + 1; passes && i-- > 0;) {
        struct open_view view = stack->views[i];
        passes = !view.ops->press;
        if (view.ops->press)
            RETURN_IF_ERROR(view.ops->press(view.state, press, &passes));
    }
    return NULL;
}

struct error *view_stack_press(struct view_stack *stack, struct key_press press)
{
    *stack->message = '\0';
    return stack->count ? press_from(stack, stack->count - 1, press) : NULL;
}

struct error *view_stack_paste(struct view_stack *stack, uint32_t code)
{
    bool is_text = code >= ' ' && code != 0x7f && code < PRESS_UP;
    if (!stack->count || !is_text)
        return NULL;
    if (stack->views[stack->count - 1].ops->takes_text)
        return press_from(stack, stack->count - 1, (struct key_press){.code = code});
    view_say(stack, false, "pasted text is left out: there is no prompt open");
    return NULL;
}

struct error *view_stack_click(struct view_stack *stack, int row, int column)
{
    uint64_t value = 0;
    const struct hit *hit = hits_find(&stack->hits, row, column, &value);
    *stack->message = '\0';
    for (size_t i = stack->count; i-- > 0;) {
        struct open_view view = stack->views[i];
        const struct hit *own = hit && hit->depth == i && hit->kind != HIT_NOTHING ? hit : NULL;
        if (own && own->kind == HIT_KEY)
            return press_from(stack, i, (struct key_press){.code = (uint32_t)value});
        if (view.ops->click)
            return view.ops->click(view.state, own, value);
    }
    return NULL;
}

bool view_stack_interrupt(struct view_stack *stack)
{
    bool has_stopped = false;
    for (size_t i = stack->count; !has_stopped && i-- > 0;)
        has_stopped = stack->views[i].ops->interrupt && stack->views[i].ops->interrupt(stack->views[i].state);
    return has_stopped;
}

struct error *view_stack_wheel(struct view_stack *stack, int rows)
{
    for (size_t i = stack->count; i-- > 0;)
        if (stack->views[i].ops->wheel)
            return stack->views[i].ops->wheel(stack->views[i].state, rows);
    return NULL;
}

// --- Time ---

struct error *view_stack_advance(struct view_stack *stack, uint64_t elapsed_ns, uint64_t budget_ns,
                                 bool *changed)
{
    *changed = false;
    for (size_t i = 0; i < stack->count; i++) {
        struct open_view view = stack->views[i];
        bool has_changed = false;
        if (view.ops->advance)
            RETURN_IF_ERROR(view.ops->advance(view.state, elapsed_ns, budget_ns, &has_changed));
        *changed |= has_changed;
    }
    return NULL;
}

int view_stack_wait(const struct view_stack *stack)
{
    int least = VIEW_WAIT_FOREVER;
    for (size_t i = 0; i < stack->count; i++) {
        const struct open_view *view = &stack->views[i];
        int wait = view->ops->wait ? view->ops->wait(view->state) : VIEW_WAIT_FOREVER;
        if (wait != VIEW_WAIT_FOREVER && (least == VIEW_WAIT_FOREVER || wait < least))
            least = wait;
    }
    return least;
}

// --- Frames ---

static bool is_too_small(const struct view_ops *ops, const struct canvas *canvas)
{
    return canvas->rows < ops->rows_min || canvas->columns < ops->columns_min;
}

static void draw_too_small(const struct view_ops *ops, struct canvas *canvas)
{
    canvas_print(canvas, 0, 0, STYLE_WARN, "%dx%d is too small:", canvas->columns, canvas->rows);
    canvas_print(canvas, 1, 0, STYLE_NORMAL, "%s needs %dx%d.", ops->title, ops->columns_min, ops->rows_min);
    canvas_print(canvas, 2, 0, STYLE_NORMAL, "Make it larger, or q.");
}

static void draw_all(struct view_stack *stack)
{
    struct hits *hits = &stack->hits;
    for (size_t i = 0; i < stack->count; i++) {
        const struct view_ops *ops = stack->views[i].ops;
        size_t before = hits->length;
        if (is_too_small(ops, &stack->canvas)) {
            draw_too_small(ops, &stack->canvas);
            return;
        }
        ops->draw(stack->views[i].state, &stack->canvas, hits);
        for (size_t k = before; k < hits->length; k++)
            hits->list[k].depth = i;
    }
}

struct error *view_stack_frame(struct view_stack *stack, int rows, int columns)
{
    if (!canvas_reset(&stack->canvas, rows, columns))
        return &error_out_of_memory;
    stack->hits.length = 0;
    for (size_t i = 0; i < stack->count; i++)
        if (stack->views[i].ops->needs)
            RETURN_IF_ERROR(stack->views[i].ops->needs(stack->views[i].state, rows, columns));
    draw_all(stack);
    if (stack->is_ascii)
        canvas_make_ascii(&stack->canvas);
    return NULL;
}
