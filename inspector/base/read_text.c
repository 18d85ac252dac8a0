// SPDX-License-Identifier: MIT
#include "base/read_text.h"

#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 16 };

typedef VEC(char) chars_vec;

static struct error *read_piece(int descriptor, const char *path, chars_vec *text, bool *has_more)
{
    if (!vec_reserve(text, PIECE_BYTES))
        return &error_out_of_memory;
    const ssize_t count = read(descriptor, text->data + text->length, PIECE_BYTES);
    if (count < 0 && errno == EAGAIN) // a FIFO that somebody will write to
        poll(&(struct pollfd){.fd = descriptor, .events = POLLIN}, 1, -1);
    else if (count < 0 && errno != EINTR)
        return error_system(errno, "%s", path);
    *has_more = count != 0;
    text->length += count > 0 ? (size_t)count : 0;
    return NULL;
}

static struct error *read_pieces(int descriptor, const char *path, size_t most, const char *kind,
                                 chars_vec *text)
{
    for (bool has_more = true; has_more;) {
        RETURN_IF_ERROR(read_piece(descriptor, path, text, &has_more));
        if (text->length > most)
            return error_create(ERROR_USAGE, "%s: is too large for %s", path, kind);
    }
    return NULL;
}

struct error *read_text(const char *path, size_t most, const char *kind, char **text, size_t *size_bytes)
{
    const bool is_input = !strcmp(path, "-");
    const int descriptor = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    chars_vec read_so_far = {0};
    *text = NULL;
    *size_bytes = 0;
    if (descriptor < 0)
        return error_system(errno, "%s", path);
    struct error *error = read_pieces(descriptor, path, most, kind, &read_so_far);
    if (!is_input)
        close(descriptor);
    if (error) {
        vec_free(&read_so_far);
    } else {
        *text = read_so_far.data;
        *size_bytes = read_so_far.length;
    }
    return error;
}
