// SPDX-License-Identifier: MIT
#include "object/stream.h"

#include "base/bytes.h"
#include "base/write_all.h"
#include "object/not_elf.h"
#include "object/recognize.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 16 };

// Reads `least` bytes or more, fewer at the end only; false with errno. The descriptor may be one that does
// not block.
static bool read_chunk(int descriptor, char *buffer, size_t least, size_t *size_bytes)
{
    struct pollfd readable = {.fd = descriptor, .events = POLLIN};
    *size_bytes = 0;
    while (*size_bytes < least) {
        ssize_t got = read(descriptor, buffer + *size_bytes, CHUNK_BYTES - *size_bytes);
        if (got == 0)
            return true;
        if (got > 0)
            *size_bytes += (size_t)got;
        else if (errno != EINTR && (errno != EAGAIN || poll(&readable, 1, -1) < 0))
            return false;
    }
    return true;
}

static struct error *copy_all(int descriptor, const char *path, int kept)
{
    char buffer[CHUNK_BYTES];
    size_t size_bytes;
    if (!read_chunk(descriptor, buffer, RECOGNIZE_BYTES, &size_bytes))
        return error_system(errno, "%s: read", path);
    if (!size_bytes)
        return error_create(ERROR_BAD_FORMAT, "%s: empty: nothing came", path);
    if (!recognize_start((struct bytes){(const uint8_t *)buffer, size_bytes}))
        return not_elf_error(path, (struct bytes){(const uint8_t *)buffer, size_bytes});
    do {
        const int why = write_all(kept, buffer, size_bytes);
        if (why)
            return error_system(why, "%s: cannot be kept in memory", path);
        if (!read_chunk(descriptor, buffer, 1, &size_bytes))
            return error_system(errno, "%s: read", path);
    } while (size_bytes);
    return NULL;
}

struct error *stream_keep(int descriptor, const char *path, int *kept)
{
    *kept = memfd_create("strata", MFD_CLOEXEC);
    if (*kept < 0)
        return error_system(errno, "%s: cannot be kept in memory", path);
    struct error *error = copy_all(descriptor, path, *kept);
    if (error) {
        close(*kept);
        *kept = -1;
    }
    return error;
}

struct error *stream_settle_input(void)
{
    static const char path[] = "-";
    struct stat status;
    int kept;
    if (fstat(STDIN_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode))
        return NULL;
    RETURN_IF_ERROR(stream_keep(STDIN_FILENO, path, &kept));
    struct error *error = dup2(kept, STDIN_FILENO) < 0 ? error_system(errno, "%s", path) : NULL;
    close(kept);
    return error;
}
