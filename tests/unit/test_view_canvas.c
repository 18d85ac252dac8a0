// SPDX-License-Identifier: MIT
// The grid of cells: clipping, widths, ASCII, and hostile texts.
#include "cmocka_all.h"
#include "view/canvas.h"
#include <stdlib.h>
#include <string.h>

static char *text_of(const struct canvas *canvas)
{
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    canvas_write_text(canvas, to);
    fclose(to);
    return text;
}

static void expect(const struct canvas *canvas, const char *wanted)
{
    char *text = text_of(canvas);
    assert_string_equal(text, wanted);
    free(text);
}

static void texts_are_clipped(void **state)
{
    (void)state;
    struct canvas canvas = {0};
    assert_true(canvas_reset(&canvas, 2, 8));
    assert_int_equal(canvas_text(&canvas, 0, 2, 4, STYLE_NORMAL, 0, "abcdef"), 4);
    assert_int_equal(canvas_text(&canvas, 1, 6, 10, STYLE_NORMAL, 0, "abcdef"),
                     6); // the edge cuts what is drawn
    assert_int_equal(canvas_text(&canvas, 0, 0, 0, STYLE_NORMAL, 0, "x"), 0);
    assert_int_equal(canvas_text_tail(&canvas, 0, 0, 0, STYLE_NORMAL, 0, "x"), 0);
    assert_int_equal(canvas_text(&canvas, 0, 0, -5, STYLE_NORMAL, 0, "x"), 0);
    canvas_put(&canvas, -1, 0, 'x', STYLE_NORMAL, 0);
    canvas_put(&canvas, 0, 8, 'x', STYLE_NORMAL, 0);
    canvas_put(&canvas, 2, 0, 'x', STYLE_NORMAL, 0);
    canvas_fill(&canvas, -5, -5, 3, 3, 'x', STYLE_NORMAL);
    canvas_mark(&canvas, 7, -2, 99, MARK_LIT);
    canvas_rule(&canvas, 9, 0, 8, "title");
    expect(&canvas, "  abc…\n      ab\n");
    canvas_free(&canvas);
}

static void wide_and_hostile_characters(void **state)
{
    (void)state;
    struct canvas canvas = {0};
    assert_true(canvas_reset(&canvas, 4, 10));
    assert_int_equal(canvas_text(&canvas, 0, 0, 10, STYLE_NORMAL, 0, "日本x"), 5);
    assert_int_equal(canvas_text(&canvas, 1, 0, 4, STYLE_NORMAL, 0, "日本語"), 3); // no half characters
    canvas_text(&canvas, 2, 0, 10, STYLE_NORMAL, 0, "a\033[31m\x9b\tb");           // no escapes get through
    canvas_text(&canvas, 3, 0, 10, STYLE_NORMAL, 0, "\xff\xc0\x80\xe2\x82");
    assert_int_equal(canvas_at(&canvas, 0, 1)->code, 0);
    char *text = text_of(&canvas);
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\t'));
    assert_non_null(strstr(text, "日本x\n日…\na\xef\xbf\xbd[31m"));
    free(text);
    canvas_free(&canvas);
}

static void everything_has_an_ascii_form(void **state)
{
    (void)state;
    struct canvas canvas = {0};
    assert_true(canvas_reset(&canvas, 1, 12));
    canvas_text(&canvas, 0, 0, 12, STYLE_NORMAL, 0, "─│▶→·▁█▪░…日");
    canvas_make_ascii(&canvas);
    expect(&canvas, "-|>>.1##:~?\n");
    for (int column = 0; column < 12; column++)
        assert_between(canvas_at(&canvas, 0, column)->code, ' ', '~');
    canvas_free(&canvas);
}

static void resizing_blanks(void **state)
{
    (void)state;
    struct canvas canvas = {0};
    static const int sizes[][2] = {{3, 3}, {50, 2}, {0, 0}, {1, 200}, {3, 3}};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        assert_true(canvas_reset(&canvas, sizes[i][0], sizes[i][1]));
        for (int row = 0; row < sizes[i][0]; row++)
            for (int column = 0; column < sizes[i][1]; column++) {
                assert_int_equal(canvas_at(&canvas, row, column)->code, ' ');
                canvas_put(&canvas, row, column, 'x', STYLE_LIVE, MARK_LIT);
            }
    }
    assert_false(canvas_reset(&canvas, -1, 3));
    canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_clipped),
        cmocka_unit_test(wide_and_hostile_characters),
        cmocka_unit_test(everything_has_an_ascii_form),
        cmocka_unit_test(resizing_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
