// SPDX-License-Identifier: MIT
#include "query/walk.h"

#include "base/slices.h"
#include "base/vec.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    BATCH_LEAST = 32, // types, so that small units do not cost a turn each
    BATCH_MOST = 256,
    // Bytes of output and of scratch memory that a batch may gather, so that memory is bounded by what one type
    // needs.
    KEPT_BYTES_MOST = 4 << 20,
    RUN_AHEAD = 8, // batches a thread may be ahead of the one to be emitted next: bounds the memory
};

// A thread's graph may grow to this, or to twice what one batch needs.
// Small enough to stay in the caches.
static const size_t GRAPH_BYTES_LEAST = 2u << 20;

struct batch {
    size_t first, end; // positions
    struct output output;
    struct problems problems;
    bool is_done;
};

typedef VEC(struct batch) batches_vec;

struct crew {
    struct walk *walk;
    struct batch *batches;
    size_t batches_count;
    size_t ring; // batches under way at most
    pthread_mutex_t mutex;
    pthread_cond_t emitted;
    size_t next, next_emit; // guarded by the mutex, as are the error and the progress
    bool is_emitting;       // a thread does, without the mutex
    struct error *error;
};

static const struct type_index_entry *entry_at(const struct selection *selection, size_t position)
{
    return &selection->index->entries[selection->numbers[position]];
}

static bool is_visited(const struct walk *walk, size_t position)
{
    return !walk->passes_over || !walk->passes_over[position];
}

static bool cut_batches(const struct walk *walk, batches_vec *batches)
{
    const struct selection *selection = walk->selection;
    for (size_t first = 0; first < selection->count;) {
        size_t end = first + 1;
        if (!is_visited(walk, first)) {
            first++;
            continue;
        }
        while (end < selection->count && end - first < BATCH_MOST &&
               (end - first < BATCH_LEAST ||
                entry_at(selection, end)->id.group == entry_at(selection, end - 1)->id.group))
            end++;
        if (!vec_push(batches, (struct batch){.first = first, .end = end}))
            return false;
        first = end;
    }
    return true;
}

static struct error *visit_position(const struct walk *walk, struct type_maker *maker,
                                    struct walk_worker *worker, size_t position, struct problems *problems)
{
    struct walk_item item = {.position = position, .entry = entry_at(walk->selection, position)};
    struct error *error = type_maker_build(maker, item.entry, &item.type);
    if (error && error->code == ERROR_BAD_FORMAT) {
        problems_add(problems, item.entry->id.number, "%s", error->message);
        error_free(error);
        return problems->is_incomplete ? &error_out_of_memory : NULL;
    }
    if (!error)
        error = layout_compute(worker->layouter, item.type, &item.layout);
    if (!error)
        error = walk->visit(walk->context, worker, &item);
    if (!error && (worker->scratch->has_failed || worker->kept->has_failed))
        error = &error_out_of_memory; // whatever it was for: the item is not whole
    return error;
}

// Types that hold most of the file in a long chain make every batch build that chain anew. So a graph is kept
// until it is twice as large as its first batch made it: then all graphs together cost as much as the last.
static void graph_forget(struct type_maker *maker, struct walk_worker *worker)
{
    size_t bytes = type_maker_graph_bytes(maker);
    if (!worker->graph_first_bytes)
        worker->graph_first_bytes = bytes;
    if (bytes < GRAPH_BYTES_LEAST || bytes / 2 < worker->graph_first_bytes)
        return;
    type_maker_forget(maker);
    layouter_forget(worker->layouter);
    worker->graph_first_bytes = 0;
}

// What a few types have made too large to be kept until the batch ends goes out in turn, ahead of the rest.
static void batch_emit_part(struct crew *crew, struct batch *batch)
{
    pthread_mutex_lock(&crew->mutex);
    while (!crew->error && &crew->batches[crew->next_emit] != batch)
        pthread_cond_wait(&crew->emitted, &crew->mutex);
    const bool is_wanted = !crew->error;
    pthread_mutex_unlock(&crew->mutex);
    if (is_wanted && crew->walk->emit) { // nobody else emits before this batch is done
        crew->walk->emit(crew->walk->context, &batch->output);
        output_free(&batch->output);
    }
}

static struct error *visit_batch(struct crew *crew, struct type_maker *maker, struct walk_worker *worker,
                                 struct batch *batch)
{
    const struct walk *walk = crew->walk;
    struct error *error = NULL;
    worker->output = &batch->output;
    for (size_t i = batch->first; i < batch->end && !error; i++) {
        if (is_visited(walk, i))
            error = visit_position(walk, maker, worker, i, &batch->problems);
        if (worker->scratch->allocated_bytes > KEPT_BYTES_MOST)
            arena_free(worker->scratch);
        if (!error && batch->output.length > KEPT_BYTES_MOST)
            batch_emit_part(crew, batch);
    }
    graph_forget(maker, worker);
    arena_free(worker->scratch);
    return error;
}

// Emits all that is done and next in turn, with the mutex held but while a batch goes out: where that takes time (a database),
// other threads go on. One thread emits at a time, so that batches come in order; it takes along what others finish meanwhile.
static void crew_emit(struct crew *crew)
{
    if (crew->is_emitting)
        return;
    crew->is_emitting = true;
    while (crew->next_emit < crew->batches_count && crew->batches[crew->next_emit].is_done) {
        struct batch *batch = &crew->batches[crew->next_emit];
        if (crew->walk->emit) {
            pthread_mutex_unlock(&crew->mutex);
            crew->walk->emit(crew->walk->context, &batch->output);
            pthread_mutex_lock(&crew->mutex);
        }
        output_free(&batch->output);
        problems_give(&batch->problems, crew->walk->query->notices);
        problems_free(&batch->problems);
        crew->next_emit++;
        progress_update(crew->walk->query->progress, crew->next_emit, crew->batches_count);
        pthread_cond_broadcast(&crew->emitted);
    }
    crew->is_emitting = false;
    pthread_cond_broadcast(&crew->emitted); // an error, too
}

// The next batch to work on; NULL when there is none, or an error ended the walk.
static struct batch *crew_take(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    while (!crew->error && crew->next < crew->batches_count && crew->next - crew->next_emit >= crew->ring)
        pthread_cond_wait(&crew->emitted, &crew->mutex);
    struct batch *batch =
        !crew->error && crew->next < crew->batches_count ? &crew->batches[crew->next++] : NULL;
    pthread_mutex_unlock(&crew->mutex);
    return batch;
}

static void crew_put(struct crew *crew, struct batch *batch, struct error *error)
{
    pthread_mutex_lock(&crew->mutex);
    if (error && crew->error)
        error_free(error);
    else if (error)
        crew->error = error;
    batch->is_done = !error;
    crew_emit(crew);
    pthread_mutex_unlock(&crew->mutex);
}

// Works until no batch is left.
static void work(void *context, size_t number)
{
    struct crew *crew = context;
    struct type_maker *maker = NULL;
    struct arena scratch;
    arena_init(&scratch);
    struct walk_worker worker = {.scratch = &scratch, .kept = &crew->walk->kept[number]};
    const struct query *query = crew->walk->query;
    const struct selection *selection = crew->walk->selection;
    struct error *error =
        type_source_make(query->source, selection->index_is_full ? selection->index : NULL, &maker);
    if (!error && crew->walk->layouts_only)
        type_maker_layouts_only(maker);
    if (!error && crew->walk->skips_names)
        type_maker_skip_names(maker);
    if (!error)
        error = layouter_create(&query->layout, &worker.layouter);
    struct batch *batch;
    while ((batch = crew_take(crew))) {
        if (!error)
            error = visit_batch(crew, maker, &worker, batch);
        crew_put(crew, batch, error);
        if (error)
            break;
    }
    if (!batch)
        error_free(error); // no batch was left to end with it
    layouter_free(worker.layouter);
    type_maker_close(maker);
    arena_free(&scratch);
}

static struct error *walk_batches(struct walk *walk, batches_vec *batches)
{
    size_t count = walk->query->threads < batches->length ? walk->query->threads : batches->length;
    count = count < THREADS_MOST ? count : THREADS_MOST;
    walk->kept = calloc(count + 1, sizeof(*walk->kept));
    if (!walk->kept)
        return &error_out_of_memory;
    walk->kept_count = count;
    struct crew crew = {.walk = walk,
                        .batches = batches->data,
                        .batches_count = batches->length,
                        .ring = count * RUN_AHEAD,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .emitted = PTHREAD_COND_INITIALIZER};
    progress_start(walk->query->progress, walk->progress_label);
    slices_run(count, (unsigned)count, work, &crew);
    progress_stop(walk->query->progress);
    return crew.error;
}

struct error *walk_types(struct walk *walk)
{
    batches_vec batches = {0};
    struct error *error = cut_batches(walk, &batches) ? walk_batches(walk, &batches) : &error_out_of_memory;
    vec_foreach (struct batch *, batch, &batches) {
        output_free(&batch->output);
        problems_free(&batch->problems);
    }
    vec_free(&batches);
    return error;
}

void walk_free(struct walk *walk)
{
    for (size_t i = 0; i < walk->kept_count; i++)
        arena_free(&walk->kept[i]);
    free(walk->kept);
    walk->kept = NULL;
    walk->kept_count = 0;
}
