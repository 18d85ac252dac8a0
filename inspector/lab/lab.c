// SPDX-License-Identifier: MIT
#include "lab/lab.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *lab_verdict_word(enum lab_verdict verdict)
{
    static const char *const words[] = {[LAB_UNDECIDED] = "undecided",
                                        [LAB_HOLDS] = "holds",
                                        [LAB_REFUTED] = "refuted",
                                        [LAB_PARTLY] = "partly"};
    return words[verdict];
}

void lab_notebook_init(struct lab_notebook *notebook)
{
    *notebook = (struct lab_notebook){0};
    arena_init(&notebook->arena);
}

void lab_notebook_free(struct lab_notebook *notebook)
{
    vec_free(&notebook->evidence);
    arena_free(&notebook->arena);
}

static const char *written(struct lab_notebook *notebook, const char *format, va_list arguments)
{
    char *text;
    int length = vasprintf(&text, format, arguments);
    if (length < 0) {
        notebook->out_of_memory = true;
        return "";
    }
    const char *kept = arena_copy_text(&notebook->arena, text, (size_t)length);
    free(text);
    notebook->out_of_memory |= !kept;
    return kept ? kept : "";
}

void lab_note(struct lab_notebook *notebook, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *line = written(notebook, format, arguments);
    va_end(arguments);
    notebook->out_of_memory |= !vec_push(&notebook->evidence, line);
}

void lab_conclude(struct lab_notebook *notebook, enum lab_verdict verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    notebook->reason = written(notebook, format, arguments);
    va_end(arguments);
    notebook->verdict = verdict;
}
