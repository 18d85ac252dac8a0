// SPDX-License-Identifier: MIT
#include "browse/browse_holders.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct holders_work {
    struct progress_sink sink; // first
    _Atomic uint64_t done, total;
    atomic_bool stops, has_ended;
    pthread_t thread;
    struct query query;
    const struct selection *selection;
    char *name;
    size_t file;
    // The thread's until it has ended:
    struct holders_search search;
    struct error *error;
};

static void on_begin(struct progress_sink *sink, const char *label)
{
    (void)sink;
    (void)label;
}

static void on_update(struct progress_sink *sink, uint64_t done, uint64_t total)
{
    struct holders_work *work = (struct holders_work *)sink;
    atomic_store(&work->total, total);
    atomic_store(&work->done, done);
}

static void on_end(struct progress_sink *sink)
{
    (void)sink;
}

static void *look(void *context)
{
    struct holders_work *work = context;
    work->error = holders_find(&work->query, work->selection, work->name, &work->stops, &work->search);
    atomic_store(&work->has_ended, true);
    return NULL;
}

static void work_free(struct holders_work *work)
{
    error_free(work->error);
    holders_search_free(&work->search);
    free(work->name);
    free(work);
}

void holders_stop(struct holders *holders)
{
    if (!holders->work)
        return;
    atomic_store(&holders->work->stops, true);
    pthread_join(holders->work->thread, NULL);
    work_free(holders->work);
    holders->work = NULL;
}

static void forget_shown(struct holders *holders)
{
    holders_search_free(&holders->search);
    free(holders->name);
    holders->search = (struct holders_search){0};
    holders->name = NULL;
    holders->is_shown = false;
}

void holders_close(struct holders *holders)
{
    holders_stop(holders);
    forget_shown(holders);
}

struct error *holders_look(struct holders *holders, const struct model *model, size_t file, const char *name)
{
    struct holders_work *work = calloc(1, sizeof(*work));
    holders_stop(holders);
    if (!work)
        return &error_out_of_memory;
    work->sink = (struct progress_sink){.begin = on_begin, .update = on_update, .end = on_end};
    work->query = model->files[file].query;
    work->query.notices = NULL; // the model has told them
    work->query.progress = &work->sink;
    work->selection = &model->files[file].selection;
    work->name = strdup(name); // it may be that of the holders that are shown
    work->file = file;
    const bool has_room = work->name != NULL;
    if (!has_room || pthread_create(&work->thread, NULL, look, work)) {
        work_free(work);
        return has_room ? error_create(ERROR_SYSTEM, "there is no room for one more thread")
                        : &error_out_of_memory;
    }
    holders->work = work;
    return NULL;
}

const char *holders_looking(const struct holders *holders, unsigned *percent)
{
    struct holders_work *work = holders->work;
    *percent = 0;
    if (!work)
        return NULL;
    const uint64_t total = atomic_load(&work->total), done = atomic_load(&work->done);
    if (total)
        *percent = (unsigned)(100 * (done < total ? done : total) / total);
    return work->name;
}

struct error *holders_poll(struct holders *holders, bool waits, bool *has_come)
{
    struct holders_work *work = holders->work;
    *has_come = false;
    if (!work || (!waits && !atomic_load(&work->has_ended)))
        return NULL;
    pthread_join(work->thread, NULL);
    holders->work = NULL;
    struct error *error = work->error;
    work->error = NULL;
    if (!error) {
        forget_shown(holders);
        holders->search = work->search;
        holders->search.walk.query = NULL;
        holders->name = work->name;
        holders->file = work->file;
        holders->is_shown = *has_come = true;
        work->search = (struct holders_search){0};
        work->name = NULL;
    }
    work_free(work);
    return error;
}
