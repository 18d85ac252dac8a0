// SPDX-License-Identifier: MIT
#include "view/press.h"

#include "base/attributes.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

// A code's first name is the one that screens show.
static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Up", PRESS_UP},
    {"Down", PRESS_DOWN},
    {"Left", PRESS_LEFT},
    {"Right", PRESS_RIGHT},
    {"PgUp", PRESS_PAGE_UP},
    {"PgDn", PRESS_PAGE_DOWN},
    {"Home", PRESS_HOME},
    {"End", PRESS_END},
    {"Enter", PRESS_ENTER},
    {"Esc", PRESS_ESCAPE},
    {"space", ' '},
    {"Tab", PRESS_TAB},
    {"S-Tab", PRESS_BACK_TAB},
    {"Bksp", PRESS_BACKSPACE},
    {"F1", PRESS_F1},
    {"Ctrl-L", PRESS_REDRAW},
    // What other programs call them.
    {"PageUp", PRESS_PAGE_UP},
    {"PageDown", PRESS_PAGE_DOWN},
    {"Return", PRESS_ENTER},
    {"Escape", PRESS_ESCAPE},
    {"BackTab", PRESS_BACK_TAB},
    {"Backspace", PRESS_BACKSPACE},
    {"C-l", PRESS_REDRAW},
};

const char *press_name(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return NULL;
}

static size_t read_named(const char *word, uint32_t *code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        size_t length = strlen(names[i].name);
        if (!strncasecmp(word + 1, names[i].name, length) && word[1 + length] == '>') {
            *code = names[i].code;
            return length + 2;
        }
    }
    return 0;
}

uint64_t key_count_add(uint64_t count, unsigned digit)
{
    count = count * 10 + digit;
    return count < KEY_COUNT_MOST ? count : KEY_COUNT_MOST;
}

bool key_script_next(const char **script, struct key_press *press, bool *is_bad)
{
    *is_bad = false;
    const char *at = *script + strspn(*script, " \t\n");
    if (!*at) {
        *script = at;
        return false;
    }
    *press = (struct key_press){.code = (unsigned char)*at};
    const bool has_name = *at == '<' && at[1] > ' ' && !isdigit((unsigned char)at[1]);
    size_t length = has_name ? read_named(at, &press->code) : 1;
    at += length;
    while (isdigit((unsigned char)*at))
        press->count = key_count_add(press->count, (unsigned)(*at++ - '0'));
    *is_bad = length == 0 || press->code > PRESS_CODES_END || (*at && !isspace((unsigned char)*at));
    *script = at;
    return !*is_bad;
}
