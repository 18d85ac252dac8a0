// SPDX-License-Identifier: MIT
#include "base/slices.h"
#include "object/object.h"
#include "object/pages.h"

#include <sys/mman.h>
#include <unistd.h>

static const uintptr_t SLICE_BYTES = 8u << 20, SECTION_LEAST_BYTES = 4u << 20,
                       MAPPING_LEAST_BYTES = 64u << 20;

// Linux maps what it has of sixteen pages around the one that is touched. MADV_POPULATE_READ does the same, and looks up each page once
// more; where fewer come, the rest is left for when it is read.
static const uintptr_t AROUND_BYTES = 64u << 10;

struct pages {
    uintptr_t start, end; // page aligned
};

static void slice_populate(void *context, size_t slice)
{
    const struct pages *pages = context;
    const uintptr_t from = pages->start + slice * SLICE_BYTES;
    const uintptr_t end = pages->end - from < SLICE_BYTES ? pages->end : from + SLICE_BYTES;
    for (uintptr_t page = from; page < end; page += AROUND_BYTES)
        (void)*(const volatile char *)page;
}

static struct pages pages_within(const uint8_t *start, uint64_t size_bytes)
{
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    return (struct pages){((uintptr_t)start + page_bytes - 1) & ~(page_bytes - 1),
                          ((uintptr_t)start + (uintptr_t)size_bytes) & ~(page_bytes - 1)};
}

void object_populate(const struct object *object, enum section_id id)
{
    const struct bytes section = object->sections[id];
    struct pages pages = pages_within(section.data, section.size_bytes);
    if (section.size_bytes >= SECTION_LEAST_BYTES && pages.end > pages.start)
        slices_run((pages.end - pages.start + SLICE_BYTES - 1) / SLICE_BYTES, object->threads, slice_populate,
                   &pages);
}

static void slice_drop(void *context, size_t slice)
{
    const struct pages *pages = context;
    const uintptr_t from = pages->start + slice * SLICE_BYTES;
    const uintptr_t size_bytes = pages->end - from < SLICE_BYTES ? pages->end - from : SLICE_BYTES;
    madvise((void *)from, size_bytes, MADV_DONTNEED);
}

void pages_drop(void *mapping, size_t size_bytes, unsigned threads)
{
    struct pages pages = {(uintptr_t)mapping, (uintptr_t)mapping + size_bytes};
    if (threads > 1 && size_bytes >= MAPPING_LEAST_BYTES)
        slices_run((size_bytes + SLICE_BYTES - 1) / SLICE_BYTES, threads, slice_drop, &pages);
}

void pages_let_go(const uint8_t *start, uint64_t size_bytes)
{
    const struct pages pages = pages_within(start, size_bytes);
    if (pages.end > pages.start)
        madvise((void *)pages.start, pages.end - pages.start, MADV_DONTNEED);
}
