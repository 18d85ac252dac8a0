// Keys: the table and scripts.
#include "cmocka_all.h"
#include "view/hmap_view.h"
#include "view/keymap.h"
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

// One key, one meaning; each is explained; what the help line offers has a word.
static void the_table_is_sound(void **state)
{
    (void)state;
    size_t count;
    const struct binding *bindings = keymap_bindings(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(bindings[i].help) > 0 && strlen(bindings[i].help) <= 66);
        if (!bindings[i].code)
            continue;
        assert_ptr_equal(keymap_find(bindings[i].code), &bindings[i]);
        assert_true(strlen(bindings[i].cap) > 0);
        assert_true(!bindings[i].when || strlen(bindings[i].label) > 0);
    }
    assert_null(keymap_find(0));
    assert_null(keymap_find('Y'));
}

static void prompts_take_numbers_and_names(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        uint64_t number;
    } cases[] = {{"17", 17},          {"k17", 17},         {"\"k17\"", 17},
                 {"nan", UINT64_MAX}, {"NaN", UINT64_MAX}, {"slice", UINT64_MAX - 1}};
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct hmap_view view;
        struct intents intents = {.length = 0};
        hmap_view_init(&view);
        hmap_view_press(&view, (struct key_press){.code = '/'}, &intents);
        assert_int_equal(view.prompt.asks, ACTION_ASK_FIND);
        for (const char *at = cases[i].typed; *at; at++)
            hmap_view_press(&view, (struct key_press){.code = (unsigned char)*at}, &intents);
        assert_int_equal(intents.length, 0);
        hmap_view_press(&view, (struct key_press){.code = PRESS_ENTER}, &intents);
        assert_int_equal(intents.length, 1);
        assert_int_equal(intents.list[0].kind, INTENT_FIND);
        assert_true(intents.list[0].number == cases[i].number);
    }
    struct hmap_view view;
    struct intents intents = {.length = 0};
    hmap_view_init(&view);
    hmap_view_press(&view, (struct key_press){.code = 't'}, &intents);
    for (int i = 0; i < 100; i++)
        hmap_view_press(&view, (struct key_press){.code = 'x'}, &intents);
    hmap_view_press(&view, (struct key_press){.code = PRESS_ENTER}, &intents); // no number: nothing
    assert_int_equal(intents.length, 0);
    for (int i = 0; i < 5; i++) { // and Escape leaves
        hmap_view_press(&view, (struct key_press){.code = 't'}, &intents);
        hmap_view_press(&view, (struct key_press){.code = PRESS_ESCAPE}, &intents);
    }
    assert_int_equal(view.prompt.asks, ACTION_NONE);
    assert_int_equal(intents.length, 0);
}

static void counts_go_with_keys(void **state)
{
    (void)state;
    struct hmap_view view;
    struct intents intents = {.length = 0};
    hmap_view_init(&view);
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
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(prompts_take_numbers_and_names),
        cmocka_unit_test(counts_go_with_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
