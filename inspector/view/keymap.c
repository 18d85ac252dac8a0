// SPDX-License-Identifier: MIT
#include "view/keymap.h"

#include <string.h>

const struct key_binding *keymap_find(const struct keymap *keymap, uint32_t code)
{
    for (size_t i = 0; i < keymap->count; i++)
        if (keymap->bindings[i].code == code && code)
            return &keymap->bindings[i];
    return NULL;
}

int key_cap_draw(struct canvas *canvas, int row, int column, const char *cap, const char *label)
{
    int taken = canvas_print(canvas, row, column, STYLE_KEYCAP, "%s", cap);
    return taken + canvas_print(canvas, row, column + taken, STYLE_NORMAL, " %s", label);
}

static const char *label_now(const struct key_binding *binding, unsigned state)
{
    return binding->other_when & state ? binding->other_label : binding->label;
}

static int key_cells(const struct key_binding *binding, unsigned state)
{
    return (int)(strlen(binding->cap) + strlen(label_now(binding, state))) + 1;
}

enum { BETWEEN = 2 };

static int draw_key(const struct key_binding *binding, unsigned state, struct canvas *canvas, int row,
                    int column, struct hits *hits)
{
    int width = key_cells(binding, state);
    hits_add(hits, (struct hit){row, column, width, HIT_KEY, binding->code, 0, 0});
    return key_cap_draw(canvas, row, column, binding->cap, label_now(binding, state)) + BETWEEN;
}

static void draw_keys(const struct key_line *line, struct canvas *canvas, int row, struct hits *hits)
{
    const struct keymap *keymap = line->keymap;
    int column = 1, room = canvas->columns;
    if (line->count)
        column +=
            canvas_print(canvas, row, column, STYLE_WARN, "%llu× ", (unsigned long long)line->count) + 1;
    for (size_t i = 0; i < keymap->count; i++)
        if (keymap->bindings[i].when & WHEN_LAST)
            room -= key_cells(&keymap->bindings[i], line->state) + BETWEEN;
    for (size_t i = 0; i < keymap->count; i++) {
        const struct key_binding *binding = &keymap->bindings[i];
        bool fits = column + key_cells(binding, line->state) <= room;
        if (binding->when & line->state && !(binding->when & WHEN_LAST) && fits)
            column += draw_key(binding, line->state, canvas, row, column, hits);
    }
    for (size_t i = 0; i < keymap->count; i++)
        if (keymap->bindings[i].when & WHEN_LAST)
            column += draw_key(&keymap->bindings[i], line->state, canvas, row, column, hits);
}

void key_line_draw(const struct key_line *line, struct canvas *canvas, int row, struct hits *hits)
{
    if (line->message && *line->message)
        canvas_text(canvas, row, 1, canvas->columns - 2, line->message_is_bad ? STYLE_WARN : STYLE_GOOD, 0,
                    line->message);
    else
        draw_keys(line, canvas, row, hits);
}
