#include "view/prompt.h"

#include <stdio.h>
#include <string.h>

static void prompt_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    const struct prompt *prompt = state;
    int row = canvas->rows - 1, columns = canvas->columns;
    canvas_fill(canvas, row, 0, 1, columns, ' ', STYLE_NORMAL);
    hits_add(hits, (struct hit){row, 0, columns, HIT_NOTHING, 0, 0, 0});
    int taken = 1 + canvas_print(canvas, row, 1, STYLE_KEYCAP, "%s", prompt->request.label);
    taken += canvas_text(canvas, row, taken, columns - taken, STYLE_STRONG, 0, prompt->text);
    canvas_put(canvas, row, taken, ' ', STYLE_STRONG, MARK_REVERSE);
    canvas_text(canvas, row, taken + 3, columns - taken - 3, STYLE_DIM, 0, "Enter, Esc");
}

static bool is_move(uint32_t code)
{
    return code == PRESS_UP || code == PRESS_DOWN || code == PRESS_PAGE_UP || code == PRESS_PAGE_DOWN;
}

static bool is_taken(const struct prompt *prompt, uint32_t code)
{
    bool is_ascii = code > ' ' && code < 0x7f;
    bool is_other = code == ' ' || (code >= 0xa0 && code < PRESS_UP);
    return is_ascii || (is_other && !prompt->request.is_word);
}

// Adds a character; false when there is no room for it.
static bool add(struct prompt *prompt, uint32_t code)
{
    char bytes[4];
    size_t count = canvas_encode(code, bytes);
    if (!count || prompt->length + count > prompt->request.bytes_most)
        return false;
    memcpy(prompt->text + prompt->length, bytes, count);
    prompt->length += count;
    prompt->text[prompt->length] = '\0';
    return true;
}

// Takes the last character away, all its bytes.
static void take(struct prompt *prompt)
{
    while (prompt->length && ((unsigned char)prompt->text[--prompt->length] & 0xc0) == 0x80)
        ;
    prompt->text[prompt->length] = '\0';
}

static struct error *changed(const struct prompt *prompt)
{
    return prompt->request.changed ? prompt->request.changed(prompt->request.state, prompt->text) : NULL;
}

static struct error *prompt_press(void *state, struct key_press press, bool *passes)
{
    struct prompt *prompt = state;
    const struct prompt_request *request = &prompt->request;
    bool is_erasing = press.code == PRESS_BACKSPACE;
    if (press.code == PRESS_ESCAPE || (is_erasing && !prompt->length)) {
        view_close(prompt->stack, prompt);
        return request->left ? request->left(request->state) : NULL;
    }
    if (press.code == PRESS_ENTER) {
        view_close(prompt->stack, prompt);
        char text[PROMPT_BYTES]; // the answer may open this very prompt again
        memcpy(text, prompt->text, sizeof(text));
        return request->answered(request->state, text);
    }
    if (is_erasing) {
        take(prompt);
        return changed(prompt);
    }
    if (is_taken(prompt, press.code))
        return add(prompt, press.code) ? changed(prompt) : NULL;
    *passes = request->passes_moves && is_move(press.code);
    return NULL;
}

static const struct view_ops prompt_ops = {
    .title = "prompt", .takes_text = true, .draw = prompt_draw, .press = prompt_press};

void prompt_open(struct prompt *prompt, struct view_stack *stack, const struct prompt_request *request)
{
    *prompt = (struct prompt){.stack = stack, .request = *request};
    size_t most = prompt->request.bytes_most;
    prompt->request.bytes_most = most && most < PROMPT_BYTES ? most : PROMPT_BYTES - 1;
    if (request->start)
        prompt->length = (size_t)snprintf(prompt->text, prompt->request.bytes_most + 1, "%s", request->start);
    if (prompt->length > prompt->request.bytes_most)
        prompt->length = prompt->request.bytes_most;
    view_close(stack, prompt);
    view_open(stack, &prompt_ops, prompt);
}
