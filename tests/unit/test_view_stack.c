// SPDX-License-Identifier: MIT
// The stack of views, with a tiny list as the view below: help and prompts on top of it, as of any view.
#include "cmocka_all.h"
#include "errors_expected.h"
#include "view/chooser.h"
#include "view/help.h"
#include "view/prompt.h"
#include "view/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A list with a cursor; "/" filters it while one types, "?" explains, "n" chooses.
struct list_view {
    struct view_stack stack;
    struct help_page help;
    struct prompt prompt;
    struct chooser chooser;
    char filter[PROMPT_BYTES], answer[PROMPT_BYTES];
    int cursor, presses, clicks, wheel, left;
    uint64_t clicked, time_ns;
    uint8_t chosen[CHOICES_MAX];
    int needs_rows, needs_columns;
};

static const struct key_binding bindings[] = {
    {0, 0, 0, 0, 0, "", "", "moving", 0, NULL},
    {'j', 1, 0, 0, 1, "j", "down", "one down", 2, "under"},
    {'/', 2, 0, 0, 1, "/", "filter", "filter as you type", 0, NULL},
    {'?', 3, 0, 0, WHEN_LAST, "?", "help", "this page", 0, NULL},
    {'q', 4, 0, 0, WHEN_LAST, "q", "quit", "quit", 0, NULL},
};
static const struct keymap keymap = {bindings, sizeof(bindings) / sizeof(bindings[0])};

static struct error *on_changed(void *state, const char *text)
{
    struct list_view *list = state;
    snprintf(list->filter, sizeof(list->filter), "%s", text);
    return NULL;
}

static struct error *on_answered(void *state, const char *text)
{
    struct list_view *list = state;
    snprintf(list->answer, sizeof(list->answer), "%s", text);
    if (!strcmp(text, "fail"))
        return error_create(ERROR_USAGE, "as asked");
    return NULL;
}

static struct error *on_left(void *state)
{
    struct list_view *list = state;
    list->filter[0] = '\0';
    list->left++;
    return NULL;
}

static struct error *on_done(void *state, const uint8_t chosen[CHOICES_MAX])
{
    struct list_view *list = state;
    memcpy(list->chosen, chosen, sizeof(list->chosen));
    return NULL;
}

static struct error *list_needs(void *state, int rows, int columns)
{
    struct list_view *list = state;
    list->needs_rows = rows;
    list->needs_columns = columns;
    return NULL;
}

static void list_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    const struct list_view *list = state;
    canvas_print(canvas, 0, 0, STYLE_TITLE, "list, at %d, filter %s", list->cursor, list->filter);
    for (int row = 1; row < canvas->rows; row++) // the last row lies below the keys
        hits_add(hits, (struct hit){row, 0, canvas->columns, HIT_OWN, (uint64_t)row * 100, 1, 0});
    hits_add(hits, (struct hit){canvas->rows - 1, 0, canvas->columns, HIT_NOTHING, 0, 0, 0});
    const struct key_line line = {.keymap = &keymap,
                                  .state = 1,
                                  .message = list->stack.message,
                                  .message_is_bad = list->stack.message_is_bad};
    key_line_draw(&line, canvas, canvas->rows - 1, hits);
}

static struct error *list_press(void *state, struct key_press press, bool *passes)
{
    (void)passes;
    struct list_view *list = state;
    list->presses++;
    const struct prompt_request request = {.label = "filter: ",
                                           .start = "a",
                                           .passes_moves = true,
                                           .state = list,
                                           .answered = on_answered,
                                           .changed = on_changed,
                                           .left = on_left};
    static const char *const colours[] = {"red", "green", "blue"}, *const sizes[] = {"small", "large"};
    const struct chooser_request choices = {.title = "look",
                                            .enter = "take",
                                            .stay = "leave",
                                            .closing_key = 'n',
                                            .choices = {{"colour", colours, 3, 1}, {"size", sizes, 2, 0}},
                                            .choices_count = 2,
                                            .state = list,
                                            .done = on_done};
    if (press.code == 'j' || press.code == PRESS_DOWN)
        list->cursor++;
    else if (press.code == '/')
        prompt_open(&list->prompt, &list->stack, &request);
    else if (press.code == '?')
        help_open(&list->help, &list->stack, &keymap, (struct legend){NULL, 0});
    else if (press.code == 'n')
        chooser_open(&list->chooser, &list->stack, &choices);
    else if (press.code == 'm')
        view_say(&list->stack, true, "message %d", 1);
    else if (press.code == 'q')
        list->stack.wants_quit = true;
    return NULL;
}

static struct error *list_click(void *state, const struct hit *hit, uint64_t value)
{
    struct list_view *list = state;
    list->clicks++;
    list->clicked = hit ? value : 0;
    return NULL;
}

static struct error *list_wheel(void *state, int rows)
{
    struct list_view *list = state;
    list->wheel += rows;
    return NULL;
}

static struct error *list_advance(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed)
{
    struct list_view *list = state;
    list->time_ns += elapsed_ns;
    *changed = elapsed_ns > budget_ns;
    return NULL;
}

static int list_wait(const void *state)
{
    const struct list_view *list = state;
    return list->time_ns ? 7 : VIEW_WAIT_FOREVER;
}

static const struct view_ops list_ops = {.title = "tiny list",
                                         .rows_min = 5,
                                         .columns_min = 20,
                                         .needs = list_needs,
                                         .draw = list_draw,
                                         .press = list_press,
                                         .click = list_click,
                                         .wheel = list_wheel,
                                         .advance = list_advance,
                                         .wait = list_wait};

static int setup(void **state)
{
    struct list_view *list = calloc(1, sizeof(*list));
    view_open(&list->stack, &list_ops, list);
    *state = list;
    return 0;
}

static int teardown(void **state)
{
    struct list_view *list = *state;
    view_stack_free(&list->stack);
    free(list);
    return 0;
}

static void press(struct list_view *list, uint32_t code)
{
    must(view_stack_press(&list->stack, (struct key_press){.code = code}));
}

static void type(struct list_view *list, const char *keys)
{
    while (*keys)
        press(list, (unsigned char)*keys++);
}

static bool shows(struct list_view *list, const char *wanted)
{
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    must(view_stack_frame(&list->stack, 12, 60));
    canvas_write_text(&list->stack.canvas, to);
    fclose(to);
    bool is_there = strstr(text, wanted) != NULL;
    free(text);
    return is_there;
}

static void a_filter_works_while_it_is_typed(void **state)
{
    struct list_view *list = *state;
    press(list, '/');
    assert_true(shows(list, "filter: a"));
    assert_false(shows(list, "? help"));
    type(list, "b j?q"); // all of it is text
    assert_string_equal(list->filter, "ab j?q");
    assert_int_equal(list->presses, 1);
    press(list, PRESS_DOWN); // and this moves in the list below
    assert_int_equal(list->cursor, 1);
    assert_true(shows(list, "list, at 1, filter ab j?q"));
    press(list, 0x00e9); // é: two bytes, one character
    press(list, 0x1f600);
    assert_string_equal(list->filter, "ab j?q\xc3\xa9\xf0\x9f\x98\x80");
    press(list, PRESS_BACKSPACE);
    press(list, PRESS_BACKSPACE);
    assert_string_equal(list->filter, "ab j?q");
    press(list, PRESS_LEFT); // means nothing
    press(list, PRESS_ENTER);
    assert_string_equal(list->answer, "ab j?q");
    assert_int_equal(list->stack.count, 1);
    assert_true(shows(list, "? help  q quit"));
}

static void prompts_are_left(void **state)
{
    struct list_view *list = *state;
    press(list, '/');
    type(list, "xyz");
    press(list, PRESS_ESCAPE);
    assert_int_equal(list->left, 1);
    assert_string_equal(list->filter, "");
    press(list, '/');
    press(list, PRESS_BACKSPACE);
    assert_int_equal(list->stack.count, 2);
    press(list, PRESS_BACKSPACE); // of nothing
    assert_int_equal(list->stack.count, 1);
    assert_int_equal(list->left, 2);
    press(list, '/');
    for (int i = 0; i < 2 * PROMPT_BYTES; i++)
        press(list, i % 2 ? 0x20ac : 'x');
    assert_true(strlen(list->filter) < PROMPT_BYTES);
    assert_true(strlen(list->filter) > PROMPT_BYTES - 5);
    shows(list, "");
    press(list, PRESS_ESCAPE);
    press(list, '/');
    press(list, PRESS_BACKSPACE);
    type(list, "fail");
    struct error *error = view_stack_press(&list->stack, (struct key_press){.code = PRESS_ENTER});
    assert_non_null(error);
    error_free(error);
}

static void help_is_of_any_keymap(void **state)
{
    struct list_view *list = *state;
    press(list, '?');
    assert_true(shows(list, "keys: Down scrolls, / searches, any other key closes"));
    assert_true(shows(list, "/       filter as you type"));
    assert_true(shows(list, "moving"));
    press(list, PRESS_DOWN);
    assert_int_equal(list->cursor, 0); // scrolls the page
    must(view_stack_wheel(&list->stack, 3));
    assert_int_equal(list->wheel, 0);
    press(list, 'x');
    assert_int_equal(list->stack.count, 1);
    press(list, '?');
    press(list, '?'); // closes, too
    assert_int_equal(list->stack.count, 1);
    press(list, '?');
    must(view_stack_click(&list->stack, 5, 5));
    assert_int_equal(list->stack.count, 1);
    assert_int_equal(list->clicks, 0);
    press(list, '?');
    press(list, 'q'); // quits, through the page
    assert_true(list->stack.wants_quit);
}

static void clicks_go_where_they_were_drawn(void **state)
{
    struct list_view *list = *state;
    shows(list, "");
    must(view_stack_click(&list->stack, 3, 7));
    assert_int_equal(list->clicked, 307);
    must(view_stack_click(&list->stack, 0, 7)); // nothing is there
    assert_int_equal(list->clicked, 0);
    assert_int_equal(list->clicks, 2);
    must(view_stack_click(&list->stack, 11, 2)); // "j down" of the last line
    assert_int_equal(list->cursor, 1);
    must(view_stack_click(&list->stack, 11, 59)); // right of all keys: covered
    assert_int_equal(list->clicked, 0);
    must(view_stack_click(&list->stack, 11, 10)); // "/ filter"
    assert_int_equal(list->stack.count, 2);
    shows(list, "");
    must(view_stack_click(&list->stack, 11, 2)); // the prompt lies over it now
    assert_int_equal(list->cursor, 1);
    must(view_stack_click(&list->stack, 3, 7)); // but not over this
    assert_int_equal(list->clicked, 307);
    must(view_stack_wheel(&list->stack, -2));
    assert_int_equal(list->wheel, -2);
    press(list, PRESS_ESCAPE);
    press(list, 'n');
    shows(list, "");
    int clicks = list->clicks;
    must(view_stack_click(&list->stack, 3, 7)); // closes the box
    assert_int_equal(list->clicks, clicks);
    assert_int_equal(list->stack.count, 1);
    press(list, 'n');
    shows(list, "");
    must(view_stack_click(&list->stack, 11, 2)); // "j down" of the list is no key of the box
    assert_int_equal(list->stack.count, 1);
    assert_int_equal(list->cursor, 1);
}

static void choices(void **state)
{
    struct list_view *list = *state;
    press(list, 'n');
    assert_true(shows(list, "◀ green ▶"));
    press(list, PRESS_RIGHT);
    press(list, PRESS_RIGHT);
    assert_true(shows(list, "◀ red ▶"));
    press(list, PRESS_UP); // round to the last
    press(list, PRESS_LEFT);
    assert_true(shows(list, "◀ large ▶"));
    must(view_stack_wheel(&list->stack, 3));
    assert_int_equal(list->wheel, 0);
    press(list, PRESS_ENTER);
    assert_int_equal(list->chosen[0], 0);
    assert_int_equal(list->chosen[1], 1);
    static const uint32_t closing[] = {'n', 'q', PRESS_ESCAPE};
    for (size_t i = 0; i < 3; i++) {
        press(list, 'n');
        assert_int_equal(list->stack.count, 2);
        press(list, closing[i]);
        assert_int_equal(list->stack.count, 1);
    }
    assert_false(list->stack.wants_quit);
}

static void small_screens_say_so(void **state)
{
    struct list_view *list = *state;
    press(list, '?');
    must(view_stack_frame(&list->stack, 4, 60));
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    canvas_write_text(&list->stack.canvas, to);
    fclose(to);
    assert_string_equal(text, "60x4 is too small:\ntiny list needs 20x5.\nMake it larger, or q.\n\n");
    free(text);
    assert_int_equal(list->needs_rows, 4);
    must(view_stack_frame(&list->stack, 0, 0));
    must(view_stack_frame(&list->stack, 1, 1));
    press(list, 'q');
    assert_true(list->stack.wants_quit);
}

static void messages_last_until_a_key(void **state)
{
    struct list_view *list = *state;
    press(list, 'm');
    assert_true(shows(list, "message 1"));
    assert_false(shows(list, "? help"));
    press(list, 'j');
    assert_false(shows(list, "message 1"));
    for (int i = 0; i < 2 * VIEWS_MOST; i++) // no more than there is room for
        view_open(&list->stack, &list_ops, list);
    assert_int_equal(list->stack.count, VIEWS_MOST);
    assert_true(list->stack.message_is_bad);
}

static void time_goes_to_all(void **state)
{
    struct list_view *list = *state;
    bool changed;
    assert_int_equal(view_stack_wait(&list->stack), VIEW_WAIT_FOREVER);
    press(list, '/');
    must(view_stack_advance(&list->stack, 5, 10, &changed));
    assert_false(changed);
    must(view_stack_advance(&list->stack, 11, 10, &changed));
    assert_true(changed);
    assert_int_equal(list->time_ns, 16);
    assert_int_equal(view_stack_wait(&list->stack), 7);
}

// Without a terminal: frames of any view, by a script.
static void scripts(void **state)
{
    struct list_view *list = *state;
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    const struct view_script script = {
        .keys = "j j / b <Enter> q j", .prints_frames = true, .rows = 6, .columns = 40};
    must(view_script_run(&list->stack, &script, to));
    fclose(to);
    assert_non_null(strstr(text, "\n--- j\nlist, at 2"));
    assert_non_null(strstr(text, "\n--- b\nlist, at 2, filter ab\n"));
    assert_int_equal(list->cursor, 2); // what follows q is not pressed
    free(text);
    list->stack.wants_quit = false;
    to = open_memstream(&text, &size_bytes);
    const struct view_script bad = {.keys = "j jj", .rows = 6, .columns = 40};
    struct error *error = view_script_run(&list->stack, &bad, to);
    fclose(to);
    free(text);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_USAGE);
    error_free(error);
    assert_int_equal(list->cursor, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_filter_works_while_it_is_typed), TEST(prompts_are_left), TEST(help_is_of_any_keymap),
        TEST(clicks_go_where_they_were_drawn),  TEST(choices),          TEST(small_screens_say_so),
        TEST(messages_last_until_a_key),        TEST(time_goes_to_all), TEST(scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
