// SPDX-License-Identifier: MIT
#include "object/inflate_pages.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE // since Linux 5.14
#define MADV_POPULATE_WRITE 23
#endif

// Pages are made in steps of at most so many bytes, which end where a huge page does. One takes 0.4 ms where huge pages are at hand, 2 ms
// with small pages, and 6 where the host has to find each page.
enum { STEP_BYTES = 4 << 20, HUGE_BYTES = 2 << 20, STEP_NS_MOST = 4000000, SMALL_BYTES_LEAST = 8 << 20 };

// Processor time: others may run meanwhile.
static uint64_t thread_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// How dear a step of huge pages was decides what the next ones are made of.
static void pages_judge(struct inflate_pages *pages, uint64_t step_ns)
{
    const int64_t last = atomic_load(&pages->small_last);
    const int64_t next = step_ns <= STEP_NS_MOST ? 0 : last ? 2 * last : SMALL_BYTES_LEAST;
    atomic_store(&pages->small_last, next);
    atomic_store(&pages->small_left, next);
}

bool inflate_pages_make(struct inflate_pages *pages, uint8_t *at, uint64_t size_bytes)
{
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t end = ((uintptr_t)at + size_bytes) & ~(page_bytes - 1);
    uintptr_t start = ((uintptr_t)at + page_bytes - 1) & ~(page_bytes - 1);
    while (start < end) {
        const uintptr_t step_end = (start + STEP_BYTES) & ~(uintptr_t)(HUGE_BYTES - 1);
        const uintptr_t next = step_end < end ? step_end : end;
        const bool are_small = atomic_load(&pages->small_left) > 0;
        const uint64_t before_ns = thread_ns();
        if (are_small)
            (void)madvise((void *)start, next - start, MADV_NOHUGEPAGE); // refused: there are none
        if (madvise((void *)start, next - start, MADV_POPULATE_WRITE))
            return false;
        if (are_small)
            atomic_fetch_sub(&pages->small_left, (int64_t)(next - start));
        else
            pages_judge(pages, thread_ns() - before_ns);
        start = next;
    }
    return true;
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
