// SPDX-License-Identifier: MIT
// A growing buffer of text, and how it leaves: handed on in large pieces, or kept whole. Errors stick and are
// asked for once, at the end. An output belongs to one thread.
#ifndef STRATA_BASE_OUTPUT_H
#define STRATA_BASE_OUTPUT_H

#include "base/attributes.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Takes all `size_bytes` or returns an errno value.
typedef int output_write(void *context, const char *data, size_t size_bytes);

struct output {
    char *data;
    size_t length, capacity;
    output_write *write; // NULL: everything is kept in `data`
    void *context;
    bool out_of_memory;
    int errno_value; // of the first write that failed; nothing is written after it
};

void output_free(struct output *output);

void output_bytes(struct output *output, const char *data, size_t size_bytes);
void output_text(struct output *output, const char *text);
void output_char(struct output *output, char c);
void output_indented(struct output *output, size_t spaces,
                     const char *text); // the text behind so many spaces
void output_repeat(struct output *output, const char *text, size_t count);
void output_u64(struct output *output, uint64_t number);

// The number's digits, at the end of `text`.
enum { DECIMAL_BYTES = 21 };
char *decimal_text(char text[DECIMAL_BYTES], uint64_t number);
void output_format(struct output *output, const char *format, ...) PRINTF_LIKE(2, 3);

// Hands on what is left. Then, or when everything is kept: the first error, NULL when all went well.
MUST_USE struct error *output_finish(struct output *output);

#endif
