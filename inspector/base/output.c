// SPDX-License-Identifier: MIT
#include "base/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 18 };

void output_free(struct output *output)
{
    free(output->data);
    *output = (struct output){0};
}

static void output_flush(struct output *output)
{
    if (output->write && output->length && !output->errno_value)
        output->errno_value = output->write(output->context, output->data, output->length);
    output->length = 0;
}

static bool output_reserve(struct output *output, size_t more)
{
    if (output->write && output->length && output->length + more > PIECE_BYTES)
        output_flush(output);
    if (more <= output->capacity - output->length)
        return true;
    size_t wanted;
    if (__builtin_add_overflow(output->length, more, &wanted))
        wanted = SIZE_MAX;
    size_t grown = output->capacity < 4096 ? 4096 : output->capacity * 2;
    if (output->write && grown < PIECE_BYTES)
        grown = PIECE_BYTES;
    char *moved = realloc(output->data, grown < wanted ? wanted : grown);
    if (!moved) {
        output->out_of_memory = true;
        return false;
    }
    output->data = moved;
    output->capacity = grown < wanted ? wanted : grown;
    return true;
}

void output_bytes(struct output *output, const char *data, size_t size_bytes)
{
    if (!size_bytes || !output_reserve(output, size_bytes))
        return;
    memcpy(output->data + output->length, data, size_bytes);
    output->length += size_bytes;
}

void output_text(struct output *output, const char *text)
{
    output_bytes(output, text, strlen(text));
}

void output_char(struct output *output, char c)
{
    if (output->length == output->capacity && !output_reserve(output, 1))
        return;
    output->data[output->length++] = c;
}

void output_indented(struct output *output, size_t spaces, const char *text)
{
    const size_t length = strlen(text);
    static const char few[] = "        ";
    enum { FEW = sizeof(few) - 1 };
    size_t room;
    if (__builtin_add_overflow(spaces, length + FEW, &room) || !output_reserve(output, room))
        return;
    char *to = output->data + output->length;
    memcpy(to, few, FEW); // of one size, which costs no call
    if (spaces > FEW)
        memset(to + FEW, ' ', spaces - FEW);
    memcpy(to + spaces, text, length);
    output->length += spaces + length;
}

void output_repeat(struct output *output, const char *text, size_t count)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < count; i++)
        output_bytes(output, text, length);
}

char *decimal_text(char text[DECIMAL_BYTES], uint64_t number)
{
    char *first = text + DECIMAL_BYTES - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return first;
}

void output_u64(struct output *output, uint64_t number)
{
    char text[DECIMAL_BYTES];
    output_text(output, decimal_text(text, number));
}

void output_format(struct output *output, const char *format, ...)
{
    enum { USUAL_BYTES = 256 };
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    if (output_reserve(output, USUAL_BYTES)) {
        int length = vsnprintf(output->data + output->length, USUAL_BYTES, format, arguments);
        if (length >= USUAL_BYTES && output_reserve(output, (size_t)length + 1))
            vsnprintf(output->data + output->length, (size_t)length + 1, format, again);
        else if (length >= USUAL_BYTES)
            length = 0; // out of memory
        output->length += length > 0 ? (size_t)length : 0;
    }
    va_end(arguments);
    va_end(again);
}

struct error *output_finish(struct output *output)
{
    if (output->write)
        output_flush(output);
    if (output->errno_value)
        return error_system(output->errno_value, "write");
    return output->out_of_memory ? &error_out_of_memory : NULL;
}
