// SPDX-License-Identifier: MIT
#include "view/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int write_file(const struct share *share, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return errno;
    canvas_write(&share->stack->canvas, canvas_format_of(path), share->theme, file);
    bool failed = ferror(file);
    return fclose(file) ? errno : failed ? EIO : 0;
}

static struct error *on_name(void *state, const char *path)
{
    static const char *const kinds[] = {
        [CANVAS_TEXT] = "as text", [CANVAS_ANSI] = "with its colours", [CANVAS_SVG] = "as a picture"};
    const struct share *share = state;
    struct view_stack *stack = share->stack;
    if (!*path)
        return NULL;
    // The frame below the prompt.
    RETURN_IF_ERROR(view_stack_frame(stack, stack->canvas.rows, stack->canvas.columns));
    int failure = write_file(share, path);
    if (failure)
        view_say(stack, true, "%s: %s", path, strerror(failure));
    else
        view_say(stack, false, "the screen is in %s, %s", path, kinds[canvas_format_of(path)]);
    return NULL;
}

void share_open(struct share *share, struct view_stack *stack, enum theme theme)
{
    const struct prompt_request request = {.label = "write the screen to (.svg, .ansi, .txt): ",
                                           .start = "strata.svg",
                                           .state = share,
                                           .answered = on_name};
    share->stack = stack;
    share->theme = theme;
    prompt_open(&share->prompt, stack, &request);
}
