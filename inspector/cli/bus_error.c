// SPDX-License-Identifier: MIT
#include "cli/bus_error.h"

#include "cli/cmd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

// All below runs in a signal handler: system calls and memory of its own, nothing else.

enum { LINE_BYTES = 4400, READ_BYTES = 4096 };

static bool parse_hex(const char **at, uintptr_t *number)
{
    const char *start = *at;
    *number = 0;
    for (;; ++*at) {
        const char c = **at;
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return *at > start;
        *number = *number * 16 + (uintptr_t)digit;
    }
}

// "55d0-55d8 r--p 00000000 fe:01 1234      /path": the path, when the address lies within. See proc_pid_maps(5).
static const char *path_at(const char *line, uintptr_t address)
{
    uintptr_t first, end;
    if (!parse_hex(&line, &first) || *line++ != '-' || !parse_hex(&line, &end) || address < first ||
        address >= end)
        return NULL;
    return strchr(line, '/');
}

static void tell(const char *path)
{
    char message[LINE_BYTES + 80] = "strata: ";
    size_t length = strlen(message);
    for (; *path && length < LINE_BYTES; path++)
        message[length++] = *path < ' ' || *path == 0x7f ? '?' : *path;
    static const char what[] = ": truncated: it became shorter while it was read\n";
    memcpy(message + length, what, sizeof(what) - 1);
    (void)!write(STDERR_FILENO, message, length + sizeof(what) - 1);
}

static void tell_of(uintptr_t address)
{
    char line[LINE_BYTES], piece[READ_BYTES];
    const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    for (ssize_t count; maps >= 0 && (count = read(maps, piece, sizeof(piece))) > 0;)
        for (ssize_t i = 0; i < count; i++) {
            if (piece[i] != '\n') {
                if (length < LINE_BYTES - 1)
                    line[length++] = piece[i];
                continue;
            }
            line[length] = '\0';
            length = 0;
            const char *path = path_at(line, address);
            if (path) {
                tell(path);
                return;
            }
        }
    tell("a file");
}

static void on_bus_error(int number, siginfo_t *information, void *context)
{
    (void)context;
    if (information->si_code == BUS_ADRERR) {
        tell_of((uintptr_t)information->si_addr);
        _exit(EXIT_USAGE);
    }
    signal(number, SIG_DFL); // anything else is what it always was
    raise(number);
}

void bus_error_guard(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGBUS, &action, NULL);
}
