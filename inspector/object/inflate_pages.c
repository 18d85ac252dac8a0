// SPDX-License-Identifier: MIT
#include "object/inflate_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE // since Linux 5.14
#define MADV_POPULATE_WRITE 23
#endif

bool inflate_pages_make(uint8_t *at, uint64_t size_bytes)
{
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = ((uintptr_t)at + page_bytes - 1) & ~(page_bytes - 1);
    const uintptr_t end = ((uintptr_t)at + size_bytes) & ~(page_bytes - 1);
    return start >= end || madvise((void *)start, end - start, MADV_POPULATE_WRITE) == 0;
}

uint64_t inflate_plan_likely_bytes(const struct inflate_plan *plan)
{
    const uint64_t likely_bytes = 16 * (uint64_t)plan->payload.size_bytes;
    return plan->size_bytes < likely_bytes ? plan->size_bytes : likely_bytes;
}

void inflate_plan_drop(const struct inflate_plan *plan, struct bytes used)
{
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = ((uintptr_t)used.data + page_bytes - 1) & ~(page_bytes - 1);
    const uintptr_t end = ((uintptr_t)used.data + used.size_bytes) & ~(page_bytes - 1);
    if (plan->is_mapped && start < end)
        (void)madvise((void *)start, end - start, MADV_DONTNEED); // refused: they stay
}
