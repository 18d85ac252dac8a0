// SPDX-License-Identifier: MIT
// Any bytes as a program file, given to the commands as a person would: what they write goes nowhere, and they end with an
// exit status. The last byte says which command it is.
#include "cli/cmd.h"
#include "fuzz_file.h"

#include <fcntl.h>
#include <string.h>

enum { WORDS_MOST = 8, PATH_BYTES = 32 };

// FILE is the input, OTHER the same with one byte changed, DATABASE a new file.
static const char *const lines[][WORDS_MOST] = {
    {"show", "FILE", "--format", "json"},
    {"show", "FILE", "--expand", "--bytes"},
    {"list", "FILE", "--where", "holes > 0 || name ~ \"[a-o]+.*e\"", "--sort", "savings"},
    {"diff", "FILE", "OTHER"},
    {"diff", "OTHER", "FILE", "--format", "json"},
    {"pack", "FILE", "outer"},
    {"pack", "FILE", "inner"},
    {"check", "FILE", "--rules", "RULES"},
    {"verify", "FILE"},
    {"report", "FILE", "-o", "html:/dev/null", "-o", "md:/dev/null"},
    {"report", "FILE", "OTHER", "-o", "sarif:/dev/null", "-o", "csv:/dev/null"},
    {"report", "FILE", "-o", "DATABASE"},
    {"list", "FILE", "--source", "btf"},
};

static const char rules[] = "type *\n  max_size 24\n  no_holes\ntype outer\n  offset(a) == 0\n  same_line(a, u)\n";

static int memory_file(const void *data, size_t size_bytes, char path[static PATH_BYTES])
{
    const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, data, size_bytes) != (ssize_t)size_bytes)
        abort();
    snprintf(path, PATH_BYTES, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

static void run(const char *const *line, char *file, char *other, char *rules_file)
{
    char database[64];
    char *words[WORDS_MOST + 3];
    int count = 0;
    snprintf(database, sizeof(database), "sqlite:/dev/shm/strata-fuzz-%d", (int)getpid());
    for (; count < WORDS_MOST && line[count]; count++)
        words[count] = !strcmp(line[count], "FILE")       ? file
                       : !strcmp(line[count], "OTHER")    ? other
                       : !strcmp(line[count], "RULES")    ? rules_file
                       : !strcmp(line[count], "DATABASE") ? database
                                                          : (char *)(uintptr_t)line[count];
    words[count++] = (char *)(uintptr_t) "--threads=2";
    words[count++] = (char *)(uintptr_t) "--debug-dir=/nonexistent";
    words[count] = NULL;
    const int status = command_named(line[0])->run(count, words);
    unlink(strchr(database, ':') + 1);
    if (status != EXIT_FINE && status != EXIT_FINDINGS && status != EXIT_USAGE)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    char file[PATH_BYTES], other[PATH_BYTES], rules_file[PATH_BYTES];
    if (!size_bytes)
        return 0;
    uint8_t *changed = malloc(size_bytes);
    memcpy(changed, data, size_bytes);
    changed[size_bytes / 2] ^= 4;
    const int first = memory_file(data, size_bytes, file), second = memory_file(changed, size_bytes, other);
    const int third = memory_file(rules, sizeof(rules) - 1, rules_file);
    run(lines[data[size_bytes - 1] % (sizeof(lines) / sizeof(lines[0]))], file, other, rules_file);
    close(first);
    close(second);
    close(third);
    free(changed);
    return 0;
}
