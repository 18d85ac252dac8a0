// SPDX-License-Identifier: MIT
// Loaded before the C library: the allocation with the number FAIL_AT fails, counted from 1. With FAIL_COUNT their
// number is written to the file of that name at the end.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long count;
static atomic_long fail_at = -1;

static int fails(void)
{
    if (fail_at < 0) {
        const char *text = getenv("FAIL_AT");
        fail_at = text ? atol(text) : 0;
    }
    if (++count != fail_at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = aligned_alloc(alignment, size);
    return *memory ? 0 : ENOMEM;
}

static int told = -1;

// Before main: a command that only reads makes no files any more.
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAIL_COUNT");
    told = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
}

__attribute__((destructor)) static void tell(void)
{
    char text[32];
    const int length = snprintf(text, sizeof(text), "%ld\n", (long)count);
    if (told >= 0 && write(told, text, (size_t)length) != length)
        abort();
}
