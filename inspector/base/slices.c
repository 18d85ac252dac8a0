// SPDX-License-Identifier: MIT
#include "base/slices.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct slices {
    void (*work)(void *context, size_t slice);
    void *context;
    size_t count;
    atomic_size_t next;
};

unsigned threads_available(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > THREADS_MOST ? THREADS_MOST : (unsigned)count;
}

static void *slices_work(void *argument)
{
    struct slices *slices = argument;
    for (size_t i; (i = atomic_fetch_add(&slices->next, 1)) < slices->count;)
        slices->work(slices->context, i);
    return NULL;
}

void slices_run(size_t count, unsigned threads, void (*work)(void *context, size_t slice), void *context)
{
    struct slices slices = {.work = work, .context = context, .count = count};
    pthread_t helpers[THREADS_MOST - 1];
    unsigned started = 0;
    while (started + 1 < threads && started + 1 < count && started < THREADS_MOST - 1 &&
           pthread_create(&helpers[started], NULL, slices_work, &slices) == 0)
        started++;
    slices_work(&slices);
    for (unsigned i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
}
