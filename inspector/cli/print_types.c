#include "cli/print_types.h"

struct printing {
    const struct typewise_document *typewise;
    struct output *output;
    bool has_parts;
};

// What stands between parts goes by the parts that are there, not by positions: a type that cannot be read
// has a position, but no part.
static struct error *print_part(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct typewise_document *typewise = ((const struct printing *)context)->typewise;
    if (worker->output->length)
        output_text(worker->output, typewise->between);
    return typewise->part(typewise->context, worker, item);
}

static void print_batch(void *context, const struct output *batch)
{
    struct printing *printing = context;
    if (batch->length && printing->has_parts)
        output_text(printing->output, printing->typewise->between);
    printing->has_parts |= batch->length > 0;
    output_bytes(printing->output, batch->data, batch->length);
    printing->output->out_of_memory |= batch->out_of_memory;
}

struct error *print_types(const struct query *query, const struct selection *selection,
                          const struct typewise_document *typewise, struct output *output)
{
    struct printing printing = {.typewise = typewise, .output = output};
    struct walk walk = {.query = query,
                        .selection = selection,
                        .visit = print_part,
                        .emit = print_batch,
                        .context = &printing,
                        .progress_label = "computing"};
    typewise->begin(output, typewise->document);
    struct error *error = walk_types(&walk);
    walk_free(&walk);
    if (!error)
        typewise->end(output, typewise->document);
    return error;
}
