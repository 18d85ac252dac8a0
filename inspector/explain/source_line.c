// SPDX-License-Identifier: MIT
#include "explain/source_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES_MOST = 400 };

static bool is_source(const char *path)
{
    const char *dot = strrchr(path, '.');
    return path[0] == '/' && dot && (!strcmp(dot, ".go") || !strcmp(dot, ".s"));
}

// All of the file, with a NUL; NULL: it cannot be read. The caller frees it.
static char *whole_file(const char *path)
{
    struct stat status;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *text = NULL;
    if (descriptor < 0)
        return NULL;
    if (!fstat(descriptor, &status) && S_ISREG(status.st_mode) && status.st_size > 0 &&
        status.st_size <= SOURCE_BYTES_MOST)
        text = malloc((size_t)status.st_size + 1);
    size_t length = 0;
    while (text && length < (size_t)status.st_size) {
        const ssize_t got = read(descriptor, text + length, (size_t)status.st_size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    if (text)
        text[length] = '\0';
    close(descriptor);
    return text;
}

const char *source_line_read(const char *path, uint64_t line, struct arena *arena)
{
    char *text = line && path && is_source(path) ? whole_file(path) : NULL;
    const char *at = text;
    while (at && --line)
        at = (at = strchr(at, '\n')) ? at + 1 : NULL;
    const size_t length = at ? strcspn(at, "\r\n") : 0;
    const char *copy = length && length <= LINE_BYTES_MOST ? arena_copy_text(arena, at, length) : NULL;
    free(text);
    return copy;
}
