// SPDX-License-Identifier: MIT
// What the fuzzers of commands share: files in memory, and commands run as a person would run them.
#ifndef STRATA_TESTS_FUZZ_CLI_H
#define STRATA_TESTS_FUZZ_CLI_H

#include "cli/cmd.h"
#include "fuzz_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

enum { FUZZ_WORDS_MOST = 16, FUZZ_PATH_BYTES = 32 };

// Its path is written to `path`; the caller closes the descriptor.
static inline int fuzz_memory_file(const void *data, size_t size_bytes, char path[static FUZZ_PATH_BYTES])
{
    const int descriptor = fuzz_descriptor(data, size_bytes);
    snprintf(path, FUZZ_PATH_BYTES, "/proc/self/fd/%d", descriptor);
    return descriptor;
}

// Output goes to `descriptor` from now on.
static inline void fuzz_print_to(int descriptor)
{
    if (descriptor < 0 || dup2(descriptor, STDOUT_FILENO) < 0)
        abort();
}

static inline void fuzz_print_nowhere(void)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fuzz_print_to(nowhere);
    close(nowhere);
}

// A word of a line and what stands for it; the last has no name.
struct fuzz_name {
    const char *name, *value;
};

// `line` ends with NULL. An exit status that is none aborts.
static inline int fuzz_run(const char *const *line, const struct fuzz_name *names, const char *const *more)
{
    char *words[FUZZ_WORDS_MOST + 1];
    int count = 0;
    for (; *line && count < FUZZ_WORDS_MOST; line++) {
        const struct fuzz_name *name = names;
        while (name->name && strcmp(name->name, *line) != 0)
            name++;
        words[count++] = (char *)(uintptr_t)(name->name ? name->value : *line);
    }
    for (; *more && count < FUZZ_WORDS_MOST; more++)
        words[count++] = (char *)(uintptr_t)*more;
    words[count] = NULL;
    const int status = command_named(words[0])->run(count, words);
    if (status != EXIT_FINE && status != EXIT_FINDINGS && status != EXIT_USAGE)
        abort();
    return status;
}

#endif
