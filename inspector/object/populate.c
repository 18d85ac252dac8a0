#include "object/object.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ                                                                                   \
    22 // Linux 5.14; older kernels refuse it, and the pages come one by one as they are touched
#endif

enum { SLICE_LEAST_BYTES = 4 << 20, THREADS_MOST = 16 };

struct slice {
    uintptr_t start, end; // page aligned
};

static void *slice_populate(void *argument)
{
    const struct slice *slice = argument;
    madvise((void *)slice->start, slice->end - slice->start,
            MADV_POPULATE_READ); // refused: nothing is lost but time
    return NULL;
}

void object_populate(const struct object *object, enum section_id id)
{
    const struct bytes section = object->sections[id];
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = ((uintptr_t)section.data + page_bytes - 1) & ~(page_bytes - 1);
    const uintptr_t end = ((uintptr_t)section.data + section.size_bytes) & ~(page_bytes - 1);
    if (section.size_bytes < SLICE_LEAST_BYTES || end <= start)
        return;
    uintptr_t parts = (end - start) / SLICE_LEAST_BYTES + 1;
    parts = parts > object->threads ? object->threads : parts;
    parts = parts > THREADS_MOST ? THREADS_MOST : parts;
    struct slice slices[THREADS_MOST];
    pthread_t threads[THREADS_MOST];
    unsigned started = 1; // this thread takes the first
    const uintptr_t part_bytes = ((end - start) / parts + page_bytes) & ~(page_bytes - 1);
    for (unsigned i = 0; i < parts; i++) {
        uintptr_t from = start + i * part_bytes, to = from + part_bytes;
        slices[i] = (struct slice){from < end ? from : end, to < end ? to : end};
    }
    while (started < parts && pthread_create(&threads[started], NULL, slice_populate, &slices[started]) == 0)
        started++;
    slice_populate(&slices[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
}
