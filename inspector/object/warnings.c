#include "object/warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void warnings_own(struct warnings *warnings, char *line)
{
    if (line && !vec_push(&warnings->lines, line))
        free(line);
}

void warnings_add(struct warnings *warnings, const char *format, ...)
{
    char *line = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&line, format, arguments) < 0)
        line = NULL;
    va_end(arguments);
    warnings_own(warnings, line);
}

void warnings_add_error(struct warnings *warnings, struct error *error)
{
    if (error)
        warnings_own(warnings, strdup(error->message));
    error_free(error);
}

void warnings_free(struct warnings *warnings)
{
    vec_foreach (char **, line, &warnings->lines)
        free(*line);
    vec_free(&warnings->lines);
}
