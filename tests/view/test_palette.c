// SPDX-License-Identifier: MIT
// Ink and ground: whatever a style and its marks are, and whatever the theme, the one can be read on the other.
// Contrast is computed as the web's accessibility guidelines (WCAG 2) define it.
#include "cmocka_all.h"
#include "view/canvas_export.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double linear(uint32_t part)
{
    double share = part / 255.0;
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double luminance(uint8_t colour)
{
    uint32_t rgb = palette_rgb(colour);
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
}

static double contrast(struct look look)
{
    double a = luminance(look.ink) + 0.05, b = luminance(look.ground) + 0.05;
    return a > b ? a / b : b / a;
}

static bool is_line_or_blank(enum style style)
{
    return style == STYLE_RULE || style == STYLE_EMPTY || style == STYLE_MOVED_EMPTY;
}

static void all_can_be_read(void **state)
{
    (void)state;
    for (enum theme theme = 0; theme < THEMES; theme++)
        for (enum style style = 0; style < STYLES; style++)
            for (enum ground ground = 0; ground < GROUNDS; ground++) {
                if ((ground == GROUND_TITLE) != (style == STYLE_TITLE))
                    continue;
                double least = ground == GROUND_PLAIN && is_line_or_blank(style) ? 2.2 : 4.5,
                       got = contrast(palette_rich(theme, style, ground));
                if (ground != GROUND_PLAIN && ground != GROUND_LIT)
                    least = 3.5;
                if (got < least)
                    fail_msg("theme %d style %d ground %d: contrast %.2f", theme, style, ground, got);
            }
}

static void eight_colours_differ(void **state)
{
    (void)state;
    for (enum theme theme = 0; theme < THEMES; theme++)
        for (enum style style = 0; style < STYLES; style++) {
            struct look look = palette_poor(theme, style);
            assert_int_not_equal(look.ink, look.ground);
            bool is_light_pair = look.ground == 7 && (look.ink == 2 || look.ink == 3 || look.ink == 6);
            assert_false(is_light_pair); // green, yellow and cyan on white
        }
}

// Ground and ink together, wherever a colour is named.
static void exports_set_both(void **state)
{
    (void)state;
    struct canvas canvas = {0};
    assert_true(canvas_reset(&canvas, 2, 20));
    canvas_print(&canvas, 0, 0, STYLE_STRONG, "a<b&c");
    canvas_put(&canvas, 1, 3, 0x2584, STYLE_GAUGE, 0);
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    canvas_write(&canvas, CANVAS_ANSI, THEME_LIGHT, to);
    fclose(to);
    for (const char *at = text; (at = strstr(at, "38;5;")); at++)
        assert_non_null(strstr(at, ";48;5;"));
    assert_non_null(strstr(text, "\033[0;1;38;5;16;48;5;231ma<b&c"));
    free(text);
    to = open_memstream(&text, &size_bytes);
    canvas_write(&canvas, CANVAS_SVG, THEME_DARK, to);
    fclose(to);
    assert_non_null(strstr(text, ">a"));
    assert_non_null(strstr(text, "&#60;"));
    assert_null(strstr(text, "<b"));
    assert_non_null(strstr(text, "fill=\"#5fafd7\"")); // 74: the gauge
    free(text);
    canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_can_be_read),
        cmocka_unit_test(eight_colours_differ),
        cmocka_unit_test(exports_set_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
