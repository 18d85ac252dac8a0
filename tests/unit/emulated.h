// SPDX-License-Identifier: MIT
// Whether an emulator of another processor runs the test (qemu-user, scripts/test-arm64.sh): it has no ptrace, which every kernel has.
#ifndef STRATA_TESTS_EMULATED_H
#define STRATA_TESTS_EMULATED_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <unistd.h>

static inline bool is_emulated(void)
{
    return ptrace(PTRACE_CONT, getpid(), NULL, NULL) == -1 && errno == ENOSYS; // a kernel says ESRCH
}

#endif
