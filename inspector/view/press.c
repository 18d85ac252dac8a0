// SPDX-License-Identifier: MIT
#include "view/press.h"

#include "base/attributes.h"
#include <ctype.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Up", PRESS_UP},        {"Down", PRESS_DOWN},           {"Left", PRESS_LEFT}, {"Right", PRESS_RIGHT},
    {"PgUp", PRESS_PAGE_UP}, {"PgDn", PRESS_PAGE_DOWN},      {"Home", PRESS_HOME}, {"End", PRESS_END},
    {"Enter", PRESS_ENTER},  {"Esc", PRESS_ESCAPE},          {"Space", ' '},       {"Tab", PRESS_TAB},
    {"F1", PRESS_F1},        {"Backspace", PRESS_BACKSPACE},
};

static size_t read_named(const char *word, uint32_t *code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        size_t length = strlen(names[i].name);
        if (!strncmp(word + 1, names[i].name, length) && word[1 + length] == '>') {
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
    size_t length = *at == '<' && at[1] > ' ' ? read_named(at, &press->code) : 1;
    at += length;
    while (isdigit((unsigned char)*at))
        press->count = key_count_add(press->count, (unsigned)(*at++ - '0'));
    *is_bad = length == 0 || press->code > PRESS_CODES_END || (*at && !isspace((unsigned char)*at));
    *script = at;
    return !*is_bad;
}
