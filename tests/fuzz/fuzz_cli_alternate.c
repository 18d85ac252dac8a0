// SPDX-License-Identifier: MIT
// Any bytes as a program file and as the alternate file (of dwz) that it refers to: four bytes, little-endian, say how long the
// first one is. The seeds' link is /proc/self/fd/1000, where the second one lies.
#include "fuzz_cli.h"

enum { ALTERNATE_DESCRIPTOR = 1000 };

static const char *const lines[][FUZZ_WORDS_MOST] = {
    {"show", "FILE", "--format", "json"},      {"list", "FILE", "--format", "csv"},
    {"show", "FILE", "--expand", "shared7"},   {"report", "FILE", "-o", "html:/dev/null"},
    {"list", "FILE", "--contains", "shared3"}, {"diff", "FILE", "ALTERNATE"},
};

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_print_nowhere();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    char file[FUZZ_PATH_BYTES], alternate[FUZZ_PATH_BYTES];
    const char *const more[] = {"--threads=2", "--debug-dir=/nonexistent", NULL};
    struct fuzz_two two;
    if (!fuzz_two_of(data, size_bytes, &two))
        return 0;
    const int first = fuzz_memory_file(two.first, two.first_bytes, file);
    const int second = fuzz_memory_file(two.second, two.second_bytes, alternate);
    if (dup2(second, ALTERNATE_DESCRIPTOR) < 0)
        abort();
    const struct fuzz_name names[] = {{"FILE", file}, {"ALTERNATE", alternate}, {0}};
    const size_t rest = two.first_bytes + two.second_bytes, which = rest ? two.first[rest - 1] : 0;
    fuzz_run(lines[which % (sizeof(lines) / sizeof(lines[0]))], names, more);
    close(ALTERNATE_DESCRIPTOR);
    close(second);
    close(first);
    return 0;
}
