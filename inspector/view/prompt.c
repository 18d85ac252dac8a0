// SPDX-License-Identifier: MIT
#include "view/prompt.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ERASE_ALL = 'U' - '@', KEY_ERASE_WORD = 'W' - '@' };

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

// Ctrl-W: the last word, with the blanks behind it.
static void take_word(struct prompt *prompt)
{
    while (prompt->length && prompt->text[prompt->length - 1] == ' ')
        take(prompt);
    while (prompt->length && prompt->text[prompt->length - 1] != ' ')
        take(prompt);
}

// --- What was answered before ---

static void remember(struct prompt *prompt)
{
    char(*past)[PROMPT_BYTES] = prompt->past;
    if (!prompt->length || (prompt->past_count && !strcmp(past[0], prompt->text)))
        return;
    memmove(past[1], past[0], sizeof(prompt->past) - sizeof(past[0]));
    memcpy(past[0], prompt->text, sizeof(past[0]));
    prompt->past_count += prompt->past_count < PROMPT_PAST;
}

static struct error *changed(const struct prompt *prompt)
{
    return prompt->request.changed ? prompt->request.changed(prompt->request.state, prompt->text) : NULL;
}

// Older (by 1) or newer (-1); behind the newest it is empty.
static struct error *recall(struct prompt *prompt, int by)
{
    int at = prompt->at + by;
    if (at < 0 || at > (int)prompt->past_count)
        return NULL;
    prompt->at = at;
    size_t most = prompt->request.bytes_most;
    prompt->length = 0;
    if (at) {
        size_t length = strlen(prompt->past[at - 1]);
        prompt->length = length < most ? length : most;
        memcpy(prompt->text, prompt->past[at - 1], prompt->length);
    }
    prompt->text[prompt->length] = '\0';
    return changed(prompt);
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
        remember(prompt);
        view_close(prompt->stack, prompt);
        char text[PROMPT_BYTES]; // the answer may open this very prompt again
        memcpy(text, prompt->text, sizeof(text));
        return request->answered(request->state, text);
    }
    if (is_erasing || press.code == KEY_ERASE_ALL || press.code == KEY_ERASE_WORD) {
        if (is_erasing)
            take(prompt);
        else if (press.code == KEY_ERASE_WORD)
            take_word(prompt);
        else
            prompt->text[prompt->length = 0] = '\0';
        return changed(prompt);
    }
    if (!request->passes_moves && (press.code == PRESS_UP || press.code == PRESS_DOWN))
        return recall(prompt, press.code == PRESS_UP ? 1 : -1);
    if (is_taken(prompt, press.code))
        return add(prompt, press.code) ? changed(prompt) : NULL;
    *passes = request->passes_moves && is_move(press.code);
    return NULL;
}

static const struct view_ops prompt_ops = {
    .title = "prompt", .takes_text = true, .draw = prompt_draw, .press = prompt_press};

void prompt_open(struct prompt *prompt, struct view_stack *stack, const struct prompt_request *request)
{
    view_close(stack, prompt);
    prompt->stack = stack;
    prompt->request = *request;
    prompt->text[prompt->length = 0] = '\0';
    prompt->at = 0;
    size_t most = prompt->request.bytes_most;
    prompt->request.bytes_most = most && most < PROMPT_BYTES ? most : PROMPT_BYTES - 1;
    if (request->start)
        prompt->length = (size_t)snprintf(prompt->text, prompt->request.bytes_most + 1, "%s", request->start);
    if (prompt->length > prompt->request.bytes_most)
        prompt->length = prompt->request.bytes_most;
    view_open(stack, &prompt_ops, prompt);
}
