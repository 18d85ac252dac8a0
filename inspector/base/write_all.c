// SPDX-License-Identifier: MIT
#include "base/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t size_bytes)
{
    const char *at = data;
    while (size_bytes) {
        ssize_t written = write(fd, at, size_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            // Another program may have made the pipe that we share a non-blocking one: wait for room.
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (written < 0)
            return errno;
        at += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}
