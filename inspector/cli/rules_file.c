// SPDX-License-Identifier: MIT
#include "cli/rules_file.h"

#include "base/read_text.h"

#include <stdlib.h>

enum { RULES_BYTES_MOST = 16 << 20 };

struct error *rules_read(const char *path, struct rules **rules)
{
    char *text;
    size_t size_bytes;
    RETURN_IF_ERROR(read_text(path, RULES_BYTES_MOST, "a file of rules", &text, &size_bytes));
    struct error *error = rules_parse(text, size_bytes, path, rules);
    free(text);
    return error;
}
