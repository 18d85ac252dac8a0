#include "cli/rules_file.h"

#include "base/vec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RULES_BYTES_MOST = 16 << 20 };

static void close_at(FILE **file)
{
    if (*file)
        fclose(*file);
}

struct error *rules_read(const char *path, struct rules **rules)
{
    CLEANUP(close_at) FILE *file = strcmp(path, "-") ? fopen(path, "r") : fdopen(dup(STDIN_FILENO), "r");
    if (!file)
        return error_system(errno, "%s", path);
    VEC(char) text = {0};
    struct error *error = NULL;
    for (size_t count = 1; count && !error; text.length += count) {
        if (!vec_reserve(&text, 65536)) {
            error = &error_out_of_memory;
            break;
        }
        if (text.length > RULES_BYTES_MOST) {
            error = error_create(ERROR_USAGE, "%s: is too large for a file of rules", path);
            break;
        }
        count = fread(text.data + text.length, 1, 65536, file);
    }
    if (!error && ferror(file))
        error = error_system(errno, "%s", path);
    if (!error)
        error = rules_parse(text.data, text.length, path, rules);
    vec_free(&text);
    return error;
}
