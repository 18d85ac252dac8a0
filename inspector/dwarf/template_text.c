// SPDX-License-Identifier: MIT
#include "dwarf/template_text.h"

#include <string.h>

void template_text_add(struct template_text *text, const char *more)
{
    const size_t length = strnlen(more, sizeof(text->bytes));
    text->is_void |= length >= sizeof(text->bytes) - text->length;
    if (text->is_void)
        return;
    memcpy(text->bytes + text->length, more, length);
    text->length += length;
}
