// SPDX-License-Identifier: MIT
// Any bytes as a file that holds or names others: an archive, a compressed file, a package, a program with skeletons. Two files in
// one: four bytes, little-endian, say how long the first one is; the second lies at /proc/self/fd/1000, which the seeds'
// skeletons and thin archives name. A run must leave no descriptor open, and what it cannot read it says in one line.
#include "fuzz_file.h"
#include "fuzz_source.h"

#include <fcntl.h>
#include <string.h>

enum { OTHER_DESCRIPTOR = 1000, PATH_BYTES = 64 };

static int lowest_free(void)
{
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        abort();
    close(descriptor);
    return descriptor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct fuzz_two two;
    char path[PATH_BYTES];
    if (!fuzz_two_of(data, size_bytes, &two))
        return 0;
    const int first = fuzz_descriptor(two.first, two.first_bytes);
    const int second = fuzz_descriptor(two.second, two.second_bytes);
    if (dup2(second, OTHER_DESCRIPTOR) < 0)
        abort();
    close(second);
    const int free_before = lowest_free();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
    exercise_source(path, NULL);
    snprintf(path, sizeof(path), "/proc/self/fd/%d(one.o)", first);
    exercise_source(path, NULL);
    if (lowest_free() != free_before)
        abort();
    close(OTHER_DESCRIPTOR);
    close(first);
    return 0;
}
