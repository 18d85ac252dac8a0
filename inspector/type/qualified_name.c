// SPDX-License-Identifier: MIT
#include "type/qualified_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { COUNTS_NOT, OPENS, CLOSES, COLON, SLASH };

// What a character is to names; most count not.
static const uint8_t classes[UINT8_MAX + 1] = {
    ['<'] = OPENS,  ['('] = OPENS,  ['['] = OPENS, ['{'] = OPENS, ['>'] = CLOSES, [')'] = CLOSES,
    [']'] = CLOSES, ['}'] = CLOSES, [':'] = COLON, ['.'] = SLASH, ['/'] = SLASH,
};

const char *name_last_part(const char *qualified, enum name_separators separators)
{
    const char *last = qualified;
    if (!strpbrk(qualified, ":./")) // as those of most languages
        return qualified;
    unsigned depth = 0;
    for (const char *c = qualified; *c; c++) {
        const uint8_t class = classes[(uint8_t)*c];
        if (class == COUNTS_NOT)
            continue;
        if (class == OPENS)
            depth++;
        else if (class == CLOSES)
            depth -= depth > 0;
        else if (depth > 0)
            continue;
        else if (class == COLON && (separators & NAME_SCOPES) && c[1] == ':' && c[2] != '\0')
            last = c + 2;
        else if (class == SLASH && (separators & NAME_PACKAGES))
            last = c + 1;
    }
    return last;
}
