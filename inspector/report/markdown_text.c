// SPDX-License-Identifier: MIT
#include "report/markdown.h"

#include "report/safe_text.h"

#include <string.h>

void markdown_code(struct output *output, const char *text)
{
    struct output safe = {0};
    safe_text(&safe, text && *text ? text : "-", false);
    size_t run = 0, longest = 0;
    for (size_t i = 0; i < safe.length; i++) {
        run = safe.data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    output_repeat(output, "`", longest + 1);
    output_text(output, longest ? " " : "");
    for (size_t i = 0; i < safe.length; i++) {
        output_text(output, safe.data[i] == '|' ? "\\" : "");
        output_char(output, safe.data[i]);
    }
    output_text(output, longest ? " " : "");
    output_repeat(output, "`", longest + 1);
    output->out_of_memory |= safe.out_of_memory;
    output_free(&safe);
}

void markdown_text(struct output *output, const char *text)
{
    struct output safe = {0};
    bool in_code = false;
    safe_text(&safe, text, false);
    for (size_t i = 0; i < safe.length; i++) {
        if (safe.data[i] == '`') {
            output_text(output, in_code ? "</code>" : "<code>");
            in_code = !in_code;
        } else if (safe.data[i] && strchr("<>&|*_[]\\#~", safe.data[i])) {
            output_format(output, "&#%d;", safe.data[i]);
        } else {
            output_char(output, safe.data[i]);
        }
    }
    output_text(output, in_code ? "</code>" : "");
    output->out_of_memory |= safe.out_of_memory;
    output_free(&safe);
}
