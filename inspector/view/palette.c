// SPDX-License-Identifier: MIT
#include "view/palette.h"

struct ink {
    uint8_t rich[THEMES]; // of 256
    uint8_t poor[THEMES]; // of 8
    bool is_bold;
    bool is_faint; // hardly to be seen on a ground that stands out: there it is inked as a label
};

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

static const struct ink inks[STYLES] = {
    [STYLE_NORMAL] = {{252, 236}, {WHITE, BLACK}, false, false},
    [STYLE_DIM] = {{245, 242}, {WHITE, BLACK}, false, true},
    [STYLE_STRONG] = {{231, 16}, {WHITE, BLACK}, true, false},
    [STYLE_TITLE] = {{231, 231}, {WHITE, WHITE}, true, false},
    [STYLE_RULE] = {{241, 247}, {CYAN, BLUE}, false, true},
    [STYLE_LABEL] = {{248, 240}, {CYAN, BLUE}, false, false},
    [STYLE_KEYCAP] = {{81, 25}, {CYAN, BLUE}, true, false},
    [STYLE_GOOD] = {{114, 22}, {GREEN, BLACK}, false, false},
    [STYLE_WARN] = {{215, 94}, {YELLOW, RED}, true, false},
    [STYLE_LIVE] = {{114, 22}, {GREEN, BLACK}, false, false},
    [STYLE_EMPTY] = {{241, 247}, {WHITE, BLACK}, false, true},
    [STYLE_EMPTY_ONE] = {{179, 94}, {YELLOW, RED}, false, false},
    [STYLE_MOVED_X] = {{80, 24}, {CYAN, BLUE}, false, false},
    [STYLE_MOVED_Y] = {{176, 90}, {MAGENTA, MAGENTA}, false, false},
    [STYLE_MOVED_EMPTY] = {{243, 245}, {WHITE, BLACK}, false, true},
    [STYLE_OVERFLOW] = {{209, 124}, {RED, RED}, true, false},
    [STYLE_TOPHASH] = {{114, 22}, {GREEN, BLACK}, true, false},
    [STYLE_BUCKET_BITS] = {{221, 94}, {YELLOW, RED}, true, false},
    [STYLE_GAUGE] = {{74, 25}, {CYAN, BLUE}, false, false},
    [STYLE_POINTER] = {{110, 24}, {CYAN, BLUE}, false, false},
    [STYLE_FIELD_A] = {{116, 24}, {CYAN, BLUE}, false, false},
    [STYLE_FIELD_B] = {{180, 94}, {YELLOW, RED}, false, false},
    [STYLE_HOLE] = {{174, 160}, {RED, RED}, false, false},
    [STYLE_CAPTION] = {{229, 18}, {YELLOW, BLUE}, true, false},
};

static const uint8_t rich_grounds[THEMES][GROUNDS] = {
    [THEME_DARK] = {[GROUND_PLAIN] = 234,
                    [GROUND_PATH] = 237,
                    [GROUND_SELECTED] = 238,
                    [GROUND_LIT] = 228,
                    [GROUND_TITLE] = 24},
    [THEME_LIGHT] = {[GROUND_PLAIN] = 231,
                     [GROUND_PATH] = 254,
                     [GROUND_SELECTED] = 253,
                     [GROUND_LIT] = 226,
                     [GROUND_TITLE] = 24},
};

enum { INK_LIT = 16 };

enum ground palette_ground(const struct cell *cell)
{
    return cell->marks & MARK_LIT        ? GROUND_LIT
           : cell->style == STYLE_TITLE  ? GROUND_TITLE
           : cell->marks & MARK_SELECTED ? GROUND_SELECTED
           : cell->marks & MARK_PATH     ? GROUND_PATH
                                         : GROUND_PLAIN;
}

struct look palette_rich(enum theme theme, enum style style, enum ground ground)
{
    const struct ink *ink = &inks[style < STYLES ? style : STYLE_NORMAL];
    struct look look = {ink->rich[theme], rich_grounds[theme][ground], ink->is_bold, false};
    if (ground == GROUND_LIT) {
        look.ink = INK_LIT;
        look.is_bold = true;
    } else if (ground != GROUND_PLAIN && ink->is_faint) {
        look.ink = inks[STYLE_LABEL].rich[theme];
    }
    return look;
}

struct look palette_poor(enum theme theme, enum style style)
{
    const struct ink *ink = &inks[style < STYLES ? style : STYLE_NORMAL];
    struct look look = {ink->poor[theme], theme == THEME_DARK ? BLACK : WHITE, ink->is_bold, false};
    if (style == STYLE_TITLE)
        look.ground = BLUE;
    return look;
}

struct look palette_look(enum theme theme, const struct cell *cell)
{
    enum style style = cell->style < STYLES ? (enum style)cell->style : STYLE_NORMAL;
    struct look look = palette_rich(theme, style, palette_ground(cell));
    look.is_reverse = cell->marks & MARK_REVERSE;
    return look;
}

uint32_t palette_rgb(uint8_t colour)
{
    static const uint32_t first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                       0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                       0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    if (colour < 16)
        return first[colour];
    if (colour >= 232) { // greys
        uint32_t grey = 8 + 10 * (colour - 232u);
        return grey << 16 | grey << 8 | grey;
    }
    uint32_t place = colour - 16u, rgb = 0; // of a cube with six steps a side
    for (uint32_t divisor = 36; divisor; divisor /= 6) {
        uint32_t step = place / divisor % 6;
        rgb = rgb << 8 | (step ? 55 + 40 * step : 0);
    }
    return rgb;
}
