// SPDX-License-Identifier: MIT
// Any bytes as a program file: each document is the same to the byte whatever the number of threads, and so is the exit status.
// The last byte says which document it is.
#include "fuzz_cli.h"

static const char *const lines[][FUZZ_WORDS_MOST] = {
    {"show", "FILE", "--format", "json"},
    {"show", "FILE", "--expand"},
    {"show", "FILE", "--format", "csv"},
    {"list", "FILE", "--sort", "waste"},
    {"list", "FILE", "--format", "csv", "--where", "size > 4"},
    {"diff", "FILE", "OTHER"},
    {"report", "FILE", "-o", "html:-"},
    {"report", "FILE", "OTHER", "-o", "md:-"},
    {"report", "FILE", "-o", "sarif:-"},
    {"report", "OTHER", "FILE", "-o", "json:-"},
    {"check", "FILE", "OTHER", "--rules", "RULES", "--format", "json"},
};

static const char rules[] = "type *\n  max_size 24\n  no_holes\n  waste <= 3\ntype outer\n  offset(a) == 0\n";

static int status_of(const char *const *line, const struct fuzz_name *names, const char *threads, int out)
{
    const char *const more[] = {threads, "--debug-dir=/nonexistent", NULL};
    fuzz_print_to(out);
    const int status = fuzz_run(line, names, more);
    fuzz_print_nowhere();
    return status;
}

static char *content(int descriptor, size_t *size_bytes)
{
    *size_bytes = (size_t)lseek(descriptor, 0, SEEK_END);
    char *text = malloc(*size_bytes + 1);
    if (pread(descriptor, text, *size_bytes, 0) != (ssize_t)*size_bytes)
        abort();
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    char file[FUZZ_PATH_BYTES], other[FUZZ_PATH_BYTES], rules_file[FUZZ_PATH_BYTES], unused[FUZZ_PATH_BYTES];
    if (!size_bytes)
        return 0;
    uint8_t *changed = malloc(size_bytes);
    memcpy(changed, data, size_bytes);
    changed[size_bytes / 3] ^= 1;
    const int opened[] = {fuzz_memory_file(data, size_bytes, file),
                          fuzz_memory_file(changed, size_bytes, other),
                          fuzz_memory_file(rules, sizeof(rules) - 1, rules_file),
                          fuzz_memory_file("", 0, unused), fuzz_memory_file("", 0, unused)};
    const struct fuzz_name names[] = {{"FILE", file}, {"OTHER", other}, {"RULES", rules_file}, {0}};
    const char *const *line = lines[data[size_bytes - 1] % (sizeof(lines) / sizeof(lines[0]))];
    const int one = status_of(line, names, "--threads=1", opened[3]);
    const int three = status_of(line, names, "--threads=3", opened[4]);
    size_t one_bytes, three_bytes;
    char *first = content(opened[3], &one_bytes), *second = content(opened[4], &three_bytes);
    if (one != three || one_bytes != three_bytes || memcmp(first, second, one_bytes) != 0)
        abort();
    free(first);
    free(second);
    free(changed);
    for (size_t i = 0; i < sizeof(opened) / sizeof(opened[0]); i++)
        close(opened[i]);
    return 0;
}
