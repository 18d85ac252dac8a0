#include "cli/print_types.h"

struct printing {
    const struct typewise_document *typewise;
    struct output *output;
};

static struct error *print_part(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct typewise_document *typewise = ((const struct printing *)context)->typewise;
    if (item->position)
        output_text(worker->output, typewise->between);
    return typewise->part(typewise->context, worker, item);
}

static void print_batch(void *context, const struct output *batch)
{
    struct output *output = ((struct printing *)context)->output;
    output_bytes(output, batch->data, batch->length);
    output->out_of_memory |= batch->out_of_memory;
}

struct error *print_types(struct input *input, const struct selection *selection,
                          const struct typewise_document *typewise, struct output *output)
{
    struct printing printing = {typewise, output};
    struct walk walk = {.input = input,
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
