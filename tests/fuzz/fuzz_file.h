// SPDX-License-Identifier: MIT
// The input of a fuzzer as a file: the object layer opens paths, and a file in memory has one.
#ifndef STRATA_TESTS_FUZZ_FILE_H
#define STRATA_TESTS_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// What libFuzzer calls; nobody else declares it.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static inline void fuzz_file(const uint8_t *data, size_t size_bytes, void (*exercise)(const char *path))
{
    int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, data, size_bytes) != (ssize_t)size_bytes)
        abort();
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    exercise(path);
    close(descriptor);
}

#endif
