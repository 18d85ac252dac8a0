#include "base/write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t size_bytes)
{
    const char *at = data;
    while (size_bytes) {
        ssize_t written = write(fd, at, size_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        at += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}
