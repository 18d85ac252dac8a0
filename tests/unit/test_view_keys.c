// SPDX-License-Identifier: MIT
// Keys: the table and scripts.
#include "cmocka_all.h"
#include "view/browse_keys.h"
#include "view/hmap_view.h"
#include "view/press.h"
#include "view/prompt.h"
#include "view/swiss_view.h"
#include <stdio.h>
#include <string.h>

static void scripts(void **state)
{
    (void)state;
    const char *script = " i100 s5 <Down>3 <Space> / <Enter> t0 < > <Up>";
    static const struct key_press wanted[] = {{'i', 100}, {'s', 5}, {PRESS_DOWN, 3}, {' ', 0}, {'/', 0},
                                              {'\n', 0},  {'t', 0}, {'<', 0},        {'>', 0}, {PRESS_UP, 0}};
    struct key_press press;
    bool is_bad;
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        assert_true(key_script_next(&script, &press, &is_bad));
        assert_false(is_bad);
        assert_int_equal(press.code, wanted[i].code);
        assert_int_equal(press.count, wanted[i].count);
    }
    assert_false(key_script_next(&script, &press, &is_bad));
    assert_false(is_bad);
    static const char *const bad[] = {"ii", "<Foo>", "i3x", "<Down", "i 4y"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        script = bad[i];
        while (key_script_next(&script, &press, &is_bad))
            ;
        assert_true(is_bad);
    }
    script = "i99999999999999999999999999";
    assert_true(key_script_next(&script, &press, &is_bad));
    assert_int_equal(press.count, KEY_COUNT_MOST);
}

// What a screen calls a key is what a script may call it.
static void caps_are_names(void **state)
{
    (void)state;
    const struct keymap *const keymaps[] = {&hmap_keymap, &swiss_keymap, &browse_keymap};
    size_t named = 0;
    for (size_t k = 0; k < ARRAY_LENGTH(keymaps); k++) {
        for (size_t i = 0; i < keymaps[k]->count; i++) {
            const struct key_binding *binding = &keymaps[k]->bindings[i];
            const char *name = binding->code ? press_name(binding->code) : NULL;
            char word[32];
            const char *script = word;
            struct key_press press;
            bool is_bad;
            if (!binding->code)
                continue;
            if (name)
                assert_string_equal(binding->cap, name);
            else
                assert_int_equal((unsigned char)binding->cap[0], binding->code);
            snprintf(word, sizeof(word), name ? "<%s>7" : "%s7", binding->cap);
            assert_true(key_script_next(&script, &press, &is_bad));
            assert_int_equal(press.code, binding->code);
            assert_int_equal(press.count, 7);
            named += name != NULL;
        }
    }
    assert_true(named > 30);
    static const struct {
        const char *script;
        uint32_t code;
    } others[] = {{"<Bksp>", PRESS_BACKSPACE}, {"<backspace>", PRESS_BACKSPACE}, {"<SPACE>", ' '},
                  {"<s-tab>", PRESS_BACK_TAB}, {"<Ctrl-L>", PRESS_REDRAW},       {"<escape>", PRESS_ESCAPE}};
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        const char *script = others[i].script;
        struct key_press press;
        bool is_bad;
        assert_true(key_script_next(&script, &press, &is_bad));
        assert_int_equal(press.code, others[i].code);
    }
}

// One key, one meaning; each is explained; what the help line offers has a word.
static void the_table_is_sound(void **state)
{
    (void)state;
    size_t count = hmap_keymap.count;
    const struct key_binding *bindings = hmap_keymap.bindings;
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(bindings[i].help) > 0 && strlen(bindings[i].help) <= 66);
        if (!bindings[i].code)
            continue;
        assert_ptr_equal(keymap_find(&hmap_keymap, bindings[i].code), &bindings[i]);
        assert_true(strlen(bindings[i].cap) > 0);
        assert_true(!bindings[i].when || strlen(bindings[i].label) > 0);
    }
    assert_null(keymap_find(&hmap_keymap, 0));
    assert_null(keymap_find(&hmap_keymap, 'Y'));
}

// A prompt on a stack of its own, with the map's view to make intents of its answers.
struct asking {
    struct view_stack stack;
    struct prompt prompt;
    struct hmap_view view;
    struct intents intents;
};

static struct error *on_answer(void *state, const char *text)
{
    struct asking *asking = state;
    map_screen_answer(&asking->view.screen, ASK_FIND, text, &asking->intents);
    return NULL;
}

static void ask(struct asking *asking, const char *typed)
{
    const struct prompt_request request = {
        .label = "?", .bytes_most = 23, .is_word = true, .state = asking, .answered = on_answer};
    prompt_open(&asking->prompt, &asking->stack, &request);
    for (const char *at = typed; *at; at++)
        assert_null(view_stack_press(&asking->stack, (struct key_press){.code = (unsigned char)*at}));
}

static void prompts_take_numbers_and_names(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        uint64_t number;
    } cases[] = {{"17", 17},          {"k17", 17},         {"\"k17\"", 17},
                 {"nan", UINT64_MAX}, {"NaN", UINT64_MAX}, {"slice", UINT64_MAX - 1}};
    static struct asking asking;
    hmap_view_init(&asking.view, &hmap_keymap);
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        asking.intents.length = 0;
        hmap_view_press(&asking.view, (struct key_press){.code = '/'}, &asking.intents);
        assert_int_equal(asking.intents.length, 1);
        assert_int_equal(asking.intents.list[0].kind, INTENT_ASK);
        assert_int_equal(asking.intents.list[0].asks, ASK_FIND);
        asking.intents.length = 0;
        ask(&asking, cases[i].typed);
        assert_int_equal(asking.intents.length, 0);
        assert_null(view_stack_press(&asking.stack, (struct key_press){.code = PRESS_ENTER}));
        assert_int_equal(asking.intents.length, 1);
        assert_int_equal(asking.intents.list[0].kind, INTENT_FIND);
        assert_true(asking.intents.list[0].number == cases[i].number);
        assert_int_equal(asking.stack.count, 0);
    }
    asking.intents.length = 0;
    ask(&asking, "");
    for (int i = 0; i < 100; i++)
        assert_null(view_stack_press(&asking.stack, (struct key_press){.code = 'x'}));
    assert_int_equal(strlen(asking.prompt.text), 23);
    assert_null(
        view_stack_press(&asking.stack, (struct key_press){.code = PRESS_ENTER})); // no number: nothing
    assert_int_equal(asking.intents.length, 0);
    for (int i = 0; i < 5; i++) { // and Escape leaves
        ask(&asking, "1");
        assert_null(view_stack_press(&asking.stack, (struct key_press){.code = PRESS_ESCAPE}));
    }
    assert_int_equal(asking.stack.count, 0);
    assert_int_equal(asking.intents.length, 0);
}

static void counts_go_with_keys(void **state)
{
    (void)state;
    struct hmap_view view;
    struct intents intents = {.length = 0};
    hmap_view_init(&view, &hmap_keymap);
    for (const char *at = "120i"; *at; at++)
        hmap_view_press(&view, (struct key_press){.code = (unsigned char)*at}, &intents);
    assert_int_equal(intents.list[0].number, 120);
    hmap_view_press(&view, (struct key_press){.code = 'i'}, &intents);
    assert_int_equal(intents.list[1].number, 1);
    hmap_view_press(&view, (struct key_press){.code = 'I'}, &intents);
    assert_int_equal(intents.list[2].number, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts),
        cmocka_unit_test(caps_are_names),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(prompts_take_numbers_and_names),
        cmocka_unit_test(counts_go_with_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
