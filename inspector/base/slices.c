#include "base/slices.h"

#include <pthread.h>
#include <stdatomic.h>

enum { HELPERS_MOST = 15 };

struct slices {
    void (*work)(void *context, size_t slice);
    void *context;
    size_t count;
    atomic_size_t next;
};

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
    pthread_t helpers[HELPERS_MOST];
    unsigned started = 0;
    while (started + 1 < threads && started + 1 < count && started < HELPERS_MOST &&
           pthread_create(&helpers[started], NULL, slices_work, &slices) == 0)
        started++;
    slices_work(&slices);
    for (unsigned i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
}
