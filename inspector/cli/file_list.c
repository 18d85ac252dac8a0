// SPDX-License-Identifier: MIT
#include "cli/file_list.h"

#include "base/read_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES_MOST = 1 << 30, SLICES_MOST = 100000 };

bool file_slice_parse(const char *text, struct file_slice *slice)
{
    char rest;
    if (text[strspn(text, "0123456789/")] ||
        sscanf(text, "%6u/%6u%c", &slice->slice, &slice->slices, &rest) != 2)
        return false;
    return slice->slice >= 1 && slice->slice <= slice->slices && slice->slices <= SLICES_MOST;
}

struct error *file_list_read(const char *path, char **text, bool (*each)(void *context, char *path),
                             void *context)
{
    size_t size_bytes;
    RETURN_IF_ERROR(read_text(path, LIST_BYTES_MOST, "a list of files", text, &size_bytes));
    if (memchr(*text, '\0', size_bytes))
        return error_create(ERROR_BAD_FORMAT, "%s: no list of files: it holds a NUL byte", path);
    // The last line may lack its end, and with it the place of a NUL.
    char *ended = realloc(*text, size_bytes + 1);
    if (!ended)
        return &error_out_of_memory;
    *text = ended;
    ended[size_bytes] = '\0';
    for (char *line = *text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        if (*line && !each(context, line))
            return &error_out_of_memory;
    }
    return NULL;
}
