// SPDX-License-Identifier: MIT
// Any bytes as a program file, while one allocation of strata's own fails (or all from one on): an exit status, no leak, and
// what is there is no less than said. The last three bytes say which one, which command, and with what options. The C library's
// own allocations, and libelf's, libdwarf's and SQLite's, are those of tests/oracle/allocations.py.
#include "fuzz_cli.h"

#include <argp.h>
#include <stdarg.h>
#include <stdatomic.h>

static atomic_ulong allocations, failing;
static atomic_bool fails_for_good, counts;

static bool fails(void)
{
    if (!atomic_load(&counts))
        return false;
    const unsigned long number = atomic_fetch_add(&allocations, 1) + 1, first = atomic_load(&failing);
    return first && (number == first || (number > first && atomic_load(&fails_for_good)));
}

// The linker's --wrap names them so.
void *__real_malloc(size_t size_bytes);
void *__real_calloc(size_t count, size_t size_bytes);
void *__real_realloc(void *memory, size_t size_bytes);
void __real_options_parse(const struct argp *argp, int argc, char **argv, void *options);
void __wrap_options_parse(const struct argp *argp, int argc, char **argv, void *options);
char *__real_strdup(const char *text);
int __real_vasprintf(char **text, const char *format, va_list values);
void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t count, size_t size_bytes);
void *__wrap_realloc(void *memory, size_t size_bytes);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **text, const char *format, va_list values);
int __wrap_asprintf(char **text, const char *format, ...);

// Only from here on: argp ends the program when it has no memory for the options, by itself, and no fuzzer can.
void __wrap_options_parse(const struct argp *argp, int argc, char **argv, void *options)
{
    atomic_store(&counts, false);
    __real_options_parse(argp, argc, argv, options);
    atomic_store(&counts, true);
}

void *__wrap_malloc(size_t size_bytes)
{
    return fails() ? NULL : __real_malloc(size_bytes);
}

void *__wrap_calloc(size_t count, size_t size_bytes)
{
    return fails() ? NULL : __real_calloc(count, size_bytes);
}

void *__wrap_realloc(void *memory, size_t size_bytes)
{
    return fails() ? NULL : __real_realloc(memory, size_bytes);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

int __wrap_vasprintf(char **text, const char *format, va_list values)
{
    return fails() ? -1 : __real_vasprintf(text, format, values);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int length = __wrap_vasprintf(text, format, values);
    va_end(values);
    return length;
}

static const char *const lines[][FUZZ_WORDS_MOST] = {
    {"show", "FILE", "--format", "json"},
    {"show", "FILE", "/o.*r/", "inner", "--expand", "--bytes"},
    {"list", "FILE", "--where", "holes > 0 || name ~ \"[a-o]+.*e\"", "--sort", "savings"},
    {"list", "FILE", "--contains", "inner", "--format", "csv"},
    {"diff", "FILE", "FILE", "--format", "json"},
    {"pack", "FILE", "outer"},
    {"check", "FILE", "--rules", "RULES", "--format", "junit"},
    {"report", "FILE", "-o", "html:/dev/null", "-o", "md:/dev/null", "-o", "sarif:-"},
    {"list", "FILE", "--source", "btf"},
};

static const char rules[] =
    "type /.*/\n  max_size 24\n  no_holes\ntype outer\n  offset(a) == 0\n  same_line(a, u)\n";

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_print_nowhere();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static const char *const more[][5] = {
        {"--threads=1", "--debug-dir=/nonexistent", NULL},
        {"--threads=2", "--debug-dir=/nonexistent", NULL},
        {"--threads=1", "--debug-dir=/nonexistent", "--hex", "--color=always", NULL},
        {"--threads=1", "--no-debug-link", "--cacheline=32", NULL}};
    char file[FUZZ_PATH_BYTES], rules_file[FUZZ_PATH_BYTES];
    if (size_bytes < 3)
        return 0;
    const uint8_t *tail = data + size_bytes - 3;
    const int first = fuzz_memory_file(data, size_bytes, file),
              second = fuzz_memory_file(rules, sizeof(rules) - 1, rules_file);
    const struct fuzz_name names[] = {{"FILE", file}, {"RULES", rules_file}, {0}};
    const char *const *line = lines[tail[0] % (sizeof(lines) / sizeof(lines[0]))];
    atomic_store(&allocations, 0);
    atomic_store(&fails_for_good, tail[1] & 0x80);
    atomic_store(&failing, (unsigned long)(tail[1] & 0x7f) * 8 + tail[2] % 8 + 1);
    const int status = fuzz_run(line, names, more[tail[2] / 8 % 4]);
    const bool has_failed = atomic_load(&allocations) >= atomic_load(&failing);
    atomic_store(&failing, 0);
    // Twice without a failure it gives the same; with one it may only say so.
    const int whole = fuzz_run(line, names, more[tail[2] / 8 % 4]);
    if (status != whole && !(has_failed && status == EXIT_USAGE))
        abort();
    close(first);
    close(second);
    return 0;
}
