// SPDX-License-Identifier: MIT
#include "browse/browse_model.h"

#include "browse/browse_index.h"
#include "query/figures.h"
#include "query/member_names.h"
#include "query/summarize.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TYPES = 256, NOTICES_MOST = 100 };

struct model_work {
    struct model *model;
    pthread_t thread;
    bool is_started, is_joined;
    atomic_bool stops;
    pthread_mutex_t mutex; // guards what follows
    enum model_stage stage;
    struct error *error;
    const char *label; // of what is under way
    uint64_t done, total;
    struct notices notices;
    size_t notices_dropped;
    atomic_size_t known; // types whose numbers are there
    size_t known_seen;
    // Only the thread's until the stage says that it is done:
    struct model_file *files; // indexed, computed; becomes the model's
    struct model_index index;
    uint32_t *file_groups;
    const char **file_names;
    uint32_t file_groups_count;
    struct progress_sink progress;
    struct notice_sink sink;
    bool is_files_taken;
};

// --- What the thread says ---

static struct model_work *work_of_sink(struct notice_sink *sink)
{
    return (struct model_work *)((char *)sink - offsetof(struct model_work, sink));
}

static struct model_work *work_of_progress(struct progress_sink *sink)
{
    return (struct model_work *)((char *)sink - offsetof(struct model_work, progress));
}

static void take_notice(struct notice_sink *sink, const char *line)
{
    struct model_work *work = work_of_sink(sink);
    pthread_mutex_lock(&work->mutex);
    if (work->notices.lines.length < NOTICES_MOST)
        notices_add(&work->notices, "%s", line);
    else
        work->notices_dropped++;
    pthread_mutex_unlock(&work->mutex);
}

static void progress_begin(struct progress_sink *sink, const char *label)
{
    struct model_work *work = work_of_progress(sink);
    pthread_mutex_lock(&work->mutex);
    work->label = label;
    work->done = 0;
    pthread_mutex_unlock(&work->mutex);
}

static void progress_take(struct progress_sink *sink, uint64_t done, uint64_t total)
{
    struct model_work *work = work_of_progress(sink);
    pthread_mutex_lock(&work->mutex);
    work->done = done;
    work->total = total;
    pthread_mutex_unlock(&work->mutex);
}

static void progress_finish(struct progress_sink *sink)
{
    (void)sink;
}

// --- Numbers of the types ---

struct computing {
    struct model_work *work;
    struct model_file *file;
    struct figures figures;
};

static void numbers_are_known(const struct computing *computing, size_t position)
{
    atomic_store_explicit(&computing->file->is_known[position], 1, memory_order_release);
    atomic_fetch_add_explicit(&computing->work->known, 1, memory_order_relaxed);
}

static struct error *compute_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct computing *computing = context;
    struct model_file *file = computing->file;
    struct type_summary *summary = &file->summaries[item->position];
    if (atomic_load_explicit(&computing->work->stops, memory_order_relaxed))
        return error_create(ERROR_NOT_FOUND, "stopped");
    RETURN_IF_ERROR(
        figures_summarize(&computing->figures, worker, item, DESCRIBE_PACK | DESCRIBE_SHARING, summary));
    RETURN_IF_ERROR(summary_keep(summary, worker->kept));
    file->members[item->position] = member_names(item->layout->type, worker->kept);
    if (!file->members[item->position])
        return &error_out_of_memory;
    numbers_are_known(computing, item->position);
    return NULL;
}

// What earlier runs have kept of the types need not be computed.
static void take_known(const struct computing *computing)
{
    struct model_file *file = computing->file;
    for (size_t i = 0; i < file->count; i++)
        if (figures_take(&computing->figures, i, DESCRIBE_PACK | DESCRIBE_SHARING, &file->summaries[i],
                         &file->members[i]))
            numbers_are_known(computing, i);
}

static struct error *file_compute(struct model_work *work, struct model_file *file)
{
    struct computing computing = {.work = work, .file = file};
    RETURN_IF_ERROR(figures_open(&file->query, &file->selection, &computing.figures));
    take_known(&computing);
    file->walk = (struct walk){.query = &file->query,
                               .selection = &file->selection,
                               .visit = compute_type,
                               .context = &computing,
                               .progress_label = "computing",
                               .layouts_only = true,
                               .passes_over = computing.figures.is_known};
    struct error *error = walk_types(&file->walk);
    if (!error)
        figures_keep(&computing.figures);
    file->walk.passes_over = NULL;
    figures_close(&computing.figures);
    return error;
}

static struct error *file_index(struct model_file *file)
{
    RETURN_IF_ERROR(select_types(&file->query, NULL, 0, SELECT_ENUMERATIONS, &file->selection));
    file->index = file->selection.index;
    file->index_is_full = true;
    file->numbers = file->selection.numbers;
    file->count = file->selection.count;
    file->summaries = calloc(file->count + 1, sizeof(*file->summaries));
    file->members = calloc(file->count + 1, sizeof(*file->members));
    file->is_known = calloc(file->count + 1, sizeof(*file->is_known));
    return file->summaries && file->members && file->is_known ? NULL : &error_out_of_memory;
}

static void work_stage(struct model_work *work, enum model_stage stage)
{
    pthread_mutex_lock(&work->mutex);
    work->stage = stage;
    pthread_mutex_unlock(&work->mutex);
}

static struct error *work_all(struct model_work *work)
{
    const size_t count = work->model->files_count;
    uint64_t first = 0;
    for (size_t i = 0; i < count && !work->stops; i++) {
        RETURN_IF_ERROR(file_index(&work->files[i]));
        work->files[i].first = (uint32_t)first;
        first += work->files[i].count;
        if (first >= TYPE_NONE)
            return error_create(ERROR_UNSUPPORTED, "these files have more types than can be shown");
    }
    if (work->stops)
        return NULL;
    RETURN_IF_ERROR(index_order(work->files, count, (uint32_t)first, work->model->compares, &work->index));
    work_stage(work, MODEL_INDEXED);
    for (size_t i = 0; i < count && !work->stops; i++)
        RETURN_IF_ERROR(file_compute(work, &work->files[i]));
    if (work->stops)
        return NULL;
    RETURN_IF_ERROR(index_by_file(work->files, count, (uint32_t)first, &work->file_groups, &work->file_names,
                                  &work->file_groups_count));
    work_stage(work, MODEL_COMPUTED);
    return NULL;
}

static void *work_run(void *context)
{
    struct model_work *work = context;
    struct error *error = work_all(work);
    pthread_mutex_lock(&work->mutex);
    if (work->stops) {
        error_free(error);
        error = NULL;
    }
    work->error = error;
    work->label = NULL;
    pthread_mutex_unlock(&work->mutex);
    return NULL;
}

// --- Opening and closing ---

static struct error *open_some(struct model_file *file)
{
    RETURN_IF_ERROR(query_index_some(&file->query, FIRST_TYPES, &file->index));
    return select_all(file->index, SELECT_ENUMERATIONS, &file->numbers, &file->count);
}

struct error *model_open(struct model *model, const struct query *queries, size_t count, bool compares)
{
    *model = (struct model){.compares = compares, .files_count = count};
    model->files = calloc(count + 1, sizeof(*model->files));
    struct model_work *work = model->work = calloc(1, sizeof(*work));
    if (!model->files || !work)
        return &error_out_of_memory;
    pthread_mutex_init(&work->mutex, NULL);
    work->model = model;
    work->label = "scanning";
    work->progress = (struct progress_sink){progress_begin, progress_take, progress_finish};
    work->sink.take = take_notice;
    work->files = calloc(count + 1, sizeof(*work->files));
    if (!work->files)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        model->files[i].query = queries[i];
        model->files[i].query.progress = NULL;
        model->files[i].query.notices = NULL;
        work->files[i].query = queries[i];
        work->files[i].query.progress = &work->progress;
        work->files[i].query.notices = &work->sink;
    }
    if (count && !compares) {
        RETURN_IF_ERROR(open_some(&model->files[0]));
        model->count = (uint32_t)model->files[0].count;
        for (size_t i = 1; i < count; i++)
            model->files[i].first = model->count; // nothing is known of them yet
    }
    if (pthread_create(&work->thread, NULL, work_run, work) != 0)
        return error_create(ERROR_SYSTEM, "there is no room for one more thread");
    work->is_started = true;
    return NULL;
}

static void file_free(struct model_file *file)
{
    walk_free(&file->walk);
    if (file->index_is_full) {
        selection_free(&file->selection);
    } else {
        type_index_free(file->index);
        free(file->numbers);
    }
    free(file->summaries);
    free(file->members);
    free((void *)file->is_known);
}

static void work_join(struct model_work *work)
{
    if (work->is_started && !work->is_joined)
        pthread_join(work->thread, NULL);
    work->is_joined = true;
}

void model_close(struct model *model)
{
    struct model_work *work = model->work;
    if (work) {
        atomic_store(&work->stops, true);
        work_join(work);
        for (size_t i = 0; work->files && !work->is_files_taken && i < model->files_count; i++)
            file_free(&work->files[i]);
        if (work->files != model->files)
            free(work->files);
        index_free(&work->index);
        free(work->file_groups);
        free(work->file_names);
        error_free(work->error);
        notices_free(&work->notices);
        pthread_mutex_destroy(&work->mutex);
    }
    for (size_t i = 0; model->files && i < model->files_count; i++)
        file_free(&model->files[i]);
    free(model->files);
    free(work);
    *model = (struct model){0};
}

// --- Taking over ---

static void take_index(struct model *model)
{
    struct model_work *work = model->work;
    for (size_t i = 0; i < model->files_count; i++)
        file_free(&model->files[i]);
    free(model->files);
    model->files = work->files; // the thread goes on filling in numbers, by is_known
    work->is_files_taken = true;
    model->count = 0;
    for (size_t i = 0; i < model->files_count; i++)
        model->count += (uint32_t)model->files[i].count;
    model->by_name = work->index.by_name;
    model->names = work->index.names;
    model->groups[GROUP_NAMESPACE] = work->index.groups;
    model->group_names[GROUP_NAMESPACE] = work->index.group_names;
    model->groups_count[GROUP_NAMESPACE] = work->index.groups_count;
    model->counterparts = work->index.counterparts;
    model->changes = work->index.changes;
}

struct error *model_poll(struct model *model, bool *changed)
{
    struct model_work *work = model->work;
    pthread_mutex_lock(&work->mutex);
    const enum model_stage stage = work->stage;
    struct error *error = work->error;
    work->error = NULL;
    pthread_mutex_unlock(&work->mutex);
    const size_t known = atomic_load(&work->known);
    *changed = stage != model->stage || known != work->known_seen;
    work->known_seen = known;
    if (stage >= MODEL_INDEXED && model->stage < MODEL_INDEXED)
        take_index(model);
    if (stage == MODEL_COMPUTED && model->stage < MODEL_COMPUTED) {
        model->groups[GROUP_FILE] = work->file_groups;
        model->group_names[GROUP_FILE] = work->file_names;
        model->groups_count[GROUP_FILE] = work->file_groups_count;
    }
    model->stage = stage;
    return error;
}

struct error *model_wait(struct model *model)
{
    bool changed;
    work_join(model->work);
    return model_poll(model, &changed);
}

const char *model_progress(struct model *model, unsigned *percent)
{
    struct model_work *work = model->work;
    pthread_mutex_lock(&work->mutex);
    const char *label = work->label;
    *percent = work->total ? (unsigned)(work->done * 100 / work->total) : 0;
    pthread_mutex_unlock(&work->mutex);
    return label;
}

void model_notices(struct model *model, void (*each)(void *context, const char *line), void *context)
{
    struct model_work *work = model->work;
    pthread_mutex_lock(&work->mutex);
    vec_foreach (char **, line, &work->notices.lines)
        each(context, *line);
    pthread_mutex_unlock(&work->mutex);
}

// --- Types ---

size_t model_file_of(const struct model *model, uint32_t type)
{
    size_t low = 0, high = model->files_count;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (model->files[middle].first <= type)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct type_index_entry *model_entry(const struct model *model, uint32_t type)
{
    const struct model_file *file = &model->files[model_file_of(model, type)];
    return &file->index->entries[file->numbers[type - file->first]];
}

const char *model_name(const struct model *model, uint32_t type)
{
    return model->names ? model->names[type] : model_entry(model, type)->name;
}

const struct type_summary *model_summary(const struct model *model, uint32_t type)
{
    const struct model_file *file = &model->files[model_file_of(model, type)];
    return model_file_summary(file, type - file->first);
}

uint32_t model_find(const struct model *model, size_t file_number, struct type_id id)
{
    const struct model_file *file = &model->files[file_number];
    for (size_t i = 0; i < file->count; i++)
        if (type_id_equal(file->index->entries[file->numbers[i]].id, id))
            return file->first + (uint32_t)i;
    return TYPE_NONE;
}
