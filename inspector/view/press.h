// SPDX-License-Identifier: MIT
// Presses of keys, from a terminal or from a script.
#ifndef STRATA_VIEW_PRESS_H
#define STRATA_VIEW_PRESS_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Keys that are no characters, beyond Unicode's last code point.
enum {
    PRESS_UP = 0x110000,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_HOME,
    PRESS_END,
    PRESS_BACKSPACE,
    PRESS_F1,
    PRESS_BACK_TAB,
    PRESS_NONE, // an unknown key, or none: a resize
    PRESS_CODES_END = 0x110100,
    PRESS_TAB = '\t',
    PRESS_ENTER = '\n',
    PRESS_ESCAPE = 27,
    PRESS_REDRAW = 'L' - '@', // Ctrl-L
};

struct key_press {
    uint32_t code;  // a Unicode code point, or one of the above
    uint64_t count; // given with the key ("100i", in a script "i100"); 0: none
};

// A count with one more digit typed; it goes no higher than that.
enum { KEY_COUNT_MOST = 10000000 };
uint64_t key_count_add(uint64_t count, unsigned digit);

// The name that screens show of a key that is no visible character: "Bksp", "space"; NULL: it has none.
FOR_TESTS const char *press_name(uint32_t code);

// Reads a script of keys: words of a key and a count ("i100 s5 b"), keys that have names ("<Down> <space>",
// "<Bksp>3", in small or capital letters), one a call. Moves *script behind the word. False at the end; *is_bad when the word is none.
bool key_script_next(const char **script, struct key_press *press, bool *is_bad);

#endif
