// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out_of_memory_text[] = "out of memory";

struct error error_out_of_memory = {.code = ERROR_OUT_OF_MEMORY, .message = out_of_memory_text};

// Takes over `message`, which may be NULL when memory is short.
static struct error *error_own(enum error_code code, char *message)
{
    struct error *error = message ? malloc(sizeof(*error)) : NULL;
    if (!error) {
        free(message);
        return &error_out_of_memory;
    }
    error->code = code;
    error->message = message;
    return error;
}

static char *format_text(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

struct error *error_create(enum error_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = format_text(format, arguments);
    va_end(arguments);
    return error_own(code, message);
}

struct error *error_system(int errno_value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *what = format_text(format, arguments);
    va_end(arguments);
    if (!what)
        return &error_out_of_memory;
    char *message = NULL;
    if (asprintf(&message, "%s: %s", what, strerror(errno_value)) < 0)
        message = NULL;
    free(what);
    return error_own(errno_value == ENOMEM ? ERROR_OUT_OF_MEMORY : ERROR_SYSTEM, message);
}

struct error *error_prefix(struct error *error, const char *format, ...)
{
    if (!error || error == &error_out_of_memory)
        return error;
    va_list arguments;
    va_start(arguments, format);
    char *prefix = format_text(format, arguments);
    va_end(arguments);
    char *message = NULL;
    if (prefix && asprintf(&message, "%s: %s", prefix, error->message) >= 0) {
        free(error->message);
        error->message = message;
    }
    free(prefix);
    return error;
}

void error_free(struct error *error)
{
    if (!error || error == &error_out_of_memory)
        return;
    free(error->message);
    free(error);
}

void error_free_at(struct error **pointer)
{
    error_free(*pointer);
}
