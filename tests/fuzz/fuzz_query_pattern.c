// SPDX-License-Identifier: MIT
// Any text as a pattern, compared with any other: the first line is the pattern, the rest the text.
#include "query/pattern.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    setlocale(LC_ALL, "C.UTF-8"); // where TRE works with wide characters
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    const uint8_t *end = size_bytes ? memchr(data, '\n', size_bytes) : NULL;
    const size_t length = end ? (size_t)(end - data) : size_bytes;
    if (length && memchr(data, '\0', length))
        return 0; // no pattern has one
    char *pattern_text = malloc(length + 1), *text = malloc(size_bytes - length + 1);
    memcpy(pattern_text, data, length);
    pattern_text[length] = '\0';
    memcpy(text, data + length, size_bytes - length);
    text[size_bytes - length] = '\0';
    struct pattern *pattern;
    struct error *error = pattern_create(pattern_text, length, &pattern);
    if (!error != !!pattern || (error && strchr(error->message, '\n')))
        abort();
    if (pattern && pattern_matches(pattern, text) != pattern_matches(pattern, text))
        abort();
    if (pattern && pattern_problem(pattern))
        abort();
    error_free(error);
    pattern_free(pattern);
    free(pattern_text);
    free(text);
    return 0;
}
