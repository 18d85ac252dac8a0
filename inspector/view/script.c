// SPDX-License-Identifier: MIT
#include "view/script.h"

#include <string.h>

static struct error *print_frame(struct view_stack *views, const struct view_script *script, FILE *to)
{
    RETURN_IF_ERROR(view_stack_frame(views, script->rows, script->columns));
    canvas_write(&views->canvas, script->format, script->theme, to);
    return NULL;
}

// What needs a terminal is told instead.
static void serve(struct view_stack *views)
{
    if (views->run[0])
        view_say(views, false, "an editor needs a terminal");
    view_stack_serve(views);
}

struct error *view_script_run(struct view_stack *views, const struct view_script *script, FILE *to)
{
    const char *at = script->keys ? script->keys : "", *start = at;
    struct key_press press;
    bool is_bad = false;
    // Keys that page go by the size.
    RETURN_IF_ERROR(view_stack_frame(views, script->rows, script->columns));
    if (script->prints_frames)
        canvas_write(&views->canvas, script->format, script->theme, to);
    while (!views->wants_quit && key_script_next(&at, &press, &is_bad)) {
        start += strspn(start, " \t\n");
        RETURN_IF_ERROR(view_stack_press(views, press));
        serve(views);
        if (script->prints_frames) {
            fprintf(to, "\n--- %.*s\n", (int)(at - start), start);
            RETURN_IF_ERROR(print_frame(views, script, to));
        }
        start = at;
    }
    if (is_bad)
        return error_create(ERROR_USAGE,
                            "--keys: \"%s\" begins with no key and count, such as i100 or <Down>3",
                            start + strspn(start, " \t\n"));
    return script->prints_frames ? NULL : print_frame(views, script, to);
}
