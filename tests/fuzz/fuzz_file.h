// SPDX-License-Identifier: MIT
// The input of a fuzzer as a file: the object layer opens paths, and a file in memory has one.
#ifndef STRATA_TESTS_FUZZ_FILE_H
#define STRATA_TESTS_FUZZ_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What libFuzzer calls; nobody else declares it.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

// What cannot be read is said in one line.
static inline bool is_fine(struct error *error)
{
    const bool fine = !error;
    if (error && strchr(error->message, '\n'))
        abort();
    error_free(error);
    return fine;
}

static inline int fuzz_descriptor(const void *data, size_t size_bytes)
{
    const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    if (descriptor < 0 || (size_bytes && write(descriptor, data, size_bytes) != (ssize_t)size_bytes))
        abort();
    return descriptor;
}

// Two files in one input: its first four bytes, little-endian, say how long the first file is. False: it is shorter.
struct fuzz_two {
    const uint8_t *first, *second;
    size_t first_bytes, second_bytes;
};

static inline bool fuzz_two_of(const uint8_t *data, size_t size_bytes, struct fuzz_two *two)
{
    uint32_t first_bytes;
    if (size_bytes < sizeof(first_bytes))
        return false;
    memcpy(&first_bytes, data, sizeof(first_bytes));
    two->first = data + sizeof(first_bytes);
    size_bytes -= sizeof(first_bytes);
    two->first_bytes = first_bytes < size_bytes ? first_bytes : size_bytes;
    two->second = two->first + two->first_bytes;
    two->second_bytes = size_bytes - two->first_bytes;
    return true;
}

static inline void fuzz_file(const uint8_t *data, size_t size_bytes, void (*exercise)(const char *path))
{
    const int descriptor = fuzz_descriptor(data, size_bytes);
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    exercise(path);
    close(descriptor);
}

#endif
