// SPDX-License-Identifier: MIT
#include "type/qualified_name.h"

#include <stdbool.h>
#include <string.h>

const char *name_last_part(const char *qualified, enum name_separators separators)
{
    const char *last = qualified;
    if (!strpbrk(qualified, ":./")) // as those of most languages
        return qualified;
    unsigned depth = 0;
    for (const char *c = qualified; *c; c++) {
        const bool opens = *c == '<' || *c == '(' || *c == '[' || *c == '{';
        const bool closes = *c == '>' || *c == ')' || *c == ']' || *c == '}';
        if (opens)
            depth++;
        else if (closes && depth > 0)
            depth--;
        else if (depth == 0 && (separators & NAME_SCOPES) && c[0] == ':' && c[1] == ':' && c[2] != '\0')
            last = c + 2;
        else if (depth == 0 && (separators & NAME_PACKAGES) && (*c == '.' || *c == '/'))
            last = c + 1;
    }
    return last;
}
