// SPDX-License-Identifier: MIT
#include "base/slices.h"
#include "object/object.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ                                                                                   \
    22 // Linux 5.14; older kernels refuse it, and the pages come one by one as they are touched
#endif

static const uintptr_t SLICE_BYTES = 8u << 20, SECTION_LEAST_BYTES = 4u << 20;

struct pages {
    uintptr_t start, end; // page aligned
    int advice;
};

static void slice_advise(void *context, size_t slice)
{
    const struct pages *pages = context;
    const uintptr_t from = pages->start + slice * SLICE_BYTES;
    const uintptr_t size_bytes = pages->end - from < SLICE_BYTES ? pages->end - from : SLICE_BYTES;
    madvise((void *)from, size_bytes, pages->advice); // refused: nothing is lost but time
}

static void section_advise(const struct object *object, enum section_id id, int advice)
{
    const struct bytes section = object->sections[id];
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct pages pages = {((uintptr_t)section.data + page_bytes - 1) & ~(page_bytes - 1),
                          ((uintptr_t)section.data + section.size_bytes) & ~(page_bytes - 1), advice};
    if (section.size_bytes >= SECTION_LEAST_BYTES && pages.end > pages.start)
        slices_run((pages.end - pages.start + SLICE_BYTES - 1) / SLICE_BYTES, object->threads, slice_advise,
                   &pages);
}

void object_populate(const struct object *object, enum section_id id)
{
    section_advise(object, id, MADV_POPULATE_READ);
}

void object_give_back(const struct object *object, enum section_id id)
{
    section_advise(object, id, MADV_DONTNEED);
}
