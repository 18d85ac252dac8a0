// SPDX-License-Identifier: MIT
// The default allocator: malloc's, but large arrays come from the system on huge pages. A lookup in a map of
// millions touches one random place; with small pages that is a miss in the address translation too.
#include "hmap_internal.h"
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define LARGE_BYTES ((size_t)4 << 20)
#define SMALL_BYTES                                                                                          \
    ((size_t)1024) // glibc's calloc does not use the thread's cache of free blocks, its malloc does up to
                   // here

// Aligned to a huge page, and not a byte longer than asked for: the end lies on small pages.
static void *large_allocate(size_t size_bytes)
{
    size_t reserved_bytes;
    if (__builtin_add_overflow(size_bytes, HUGE_PAGE_BYTES, &reserved_bytes))
        return NULL;
    char *reserved = mmap(NULL, reserved_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (reserved == MAP_FAILED)
        return NULL;
    size_t head_bytes = -(uintptr_t)reserved & (HUGE_PAGE_BYTES - 1);
    const size_t page_bytes = 4096;
    size_t kept_bytes = (size_bytes + page_bytes - 1) & ~(page_bytes - 1);
    if (head_bytes)
        munmap(reserved, head_bytes);
    if (reserved_bytes - head_bytes > kept_bytes)
        munmap(reserved + head_bytes + kept_bytes, reserved_bytes - head_bytes - kept_bytes);
    madvise(reserved + head_bytes, kept_bytes, MADV_HUGEPAGE); // a wish: no harm if it is not granted
    return reserved + head_bytes;
}

static void *default_allocate(void *state, size_t size_bytes)
{
    (void)state;
    if (size_bytes <= SMALL_BYTES) {
        void *memory = malloc(size_bytes);
        return memory ? memset(memory, 0, size_bytes) : NULL;
    }
    return size_bytes < LARGE_BYTES ? calloc(1, size_bytes) : large_allocate(size_bytes);
}

static void default_release(void *state, void *memory, size_t size_bytes)
{
    (void)state;
    if (size_bytes < LARGE_BYTES)
        free(memory);
    else
        munmap(memory, size_bytes);
}

struct hmap_allocator hmap_default_allocator(void)
{
    return (struct hmap_allocator){default_allocate, default_release, NULL};
}
