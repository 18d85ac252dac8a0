// SPDX-License-Identifier: MIT
#include "cli/write_types.h"

#include "report/document.h"

struct error *writing_add(const struct writing *writing, struct walk_worker *worker, const void *item)
{
    return chunks_encode(worker->output, writing->documents, writing->documents_count, writing->about, item);
}

unsigned writing_needs(const struct writing *writing)
{
    unsigned needs = 0;
    for (size_t i = 0; i < writing->documents_count; i++)
        needs |= writing->documents[i]->writer->needs;
    return needs;
}

static struct error *visit(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct writing *writing = context;
    return writing->visit(writing->context, worker, item);
}

static void take_batch(void *context, const struct output *batch)
{
    struct writing *writing = context;
    if (!writing->error)
        writing->error = chunks_take(batch, writing->documents);
}

static struct error *walk_all(const struct query *query, const struct selection *selection,
                              struct writing *writing)
{
    struct walk walk = {.query = query,
                        .selection = selection,
                        .visit = visit,
                        .emit = take_batch,
                        .context = writing,
                        .progress_label = writing->progress_label};
    struct error *error = walk_types(&walk);
    walk_free(&walk);
    if (error)
        error_free(writing->error);
    else
        error = writing->error;
    writing->error = NULL;
    return error;
}

struct error *write_types(const struct query *query, const struct selection *selection,
                          struct writing *writing)
{
    for (size_t i = 0; i < writing->documents_count; i++)
        RETURN_IF_ERROR(writer_begin_file(writing->documents[i], writing->about));
    RETURN_IF_ERROR(walk_all(query, selection, writing));
    for (size_t i = 0; i < writing->documents_count; i++) {
        struct error *error = writer_end_file(writing->documents[i], writing->about);
        if (error && (error->code != ERROR_UNSUPPORTED || writing->refused)) {
            error_free(writing->refused);
            writing->refused = NULL;
            return error;
        }
        writing->refused = error ? error : writing->refused;
    }
    return NULL;
}
