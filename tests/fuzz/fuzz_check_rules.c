// SPDX-License-Identifier: MIT
// Any text as a file of rules, and as a condition of --where: rules or one line of error.
#include "check/rules.h"
#include "query/where.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void expect_one_line(struct error *error, bool has_result)
{
    if (!error != has_result || (error && strchr(error->message, '\n')))
        abort();
    error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    char *text = malloc(size_bytes + 1);
    memcpy(text, data, size_bytes);
    text[size_bytes] = '\0';
    struct rules *rules = NULL;
    struct error *error = rules_parse(text, size_bytes, "fuzz", &rules);
    expect_one_line(error, rules != NULL);
    rules_free(rules);
    if (!strchr(text, '\n')) {
        struct where *where = NULL;
        error = where_parse(text, &where);
        expect_one_line(error, where != NULL);
        where_free(where);
    }
    free(text);
    return 0;
}
