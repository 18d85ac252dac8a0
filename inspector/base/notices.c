// SPDX-License-Identifier: MIT
#include "base/notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void notices_own(struct notices *notices, char *line)
{
    if (line && vec_push(&notices->lines, line))
        return;
    free(line);
    notices->is_incomplete = true;
}

void notices_add(struct notices *notices, const char *format, ...)
{
    char *line = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&line, format, arguments) < 0)
        line = NULL;
    va_end(arguments);
    notices_own(notices, line);
}

void notices_add_error(struct notices *notices, struct error *error)
{
    if (error)
        notices_own(notices, strdup(error->message));
    error_free(error);
}

void notices_free(struct notices *notices)
{
    vec_foreach (char **, line, &notices->lines)
        free(*line);
    vec_free(&notices->lines);
}

void problems_add(struct problems *problems, uint64_t order, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (text && vec_push(problems, (struct problem){order, text}))
        return;
    free(text);
    problems->is_incomplete = true; // a list without problems must not pass for a file without any
}

void problems_give(const struct problems *problems, struct notice_sink *sink)
{
    vec_foreach (const struct problem *, problem, problems)
        notice_give(sink, problem->text);
}

void problems_free(struct problems *problems)
{
    vec_foreach (struct problem *, problem, problems)
        free(problem->text);
    vec_free(problems);
}
