// SPDX-License-Identifier: MIT
#include "report/document.h"

#include <stdlib.h>

struct error *document_open(const struct writer *writer, const struct document_place *place,
                            const struct document_about *about, struct document **document)
{
    struct document *made = calloc(1, writer->document_bytes ? writer->document_bytes : sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    *made = (struct document){.writer = writer, .output = place->output, .about = *about};
    if (!made->output) {
        struct error *error = out_file_open(place->path, &made->file);
        if (error) {
            free(made);
            return error;
        }
        made->file_output = (struct output){.write = out_file_write, .context = made->file};
        made->output = &made->file_output;
    }
    *document = made;
    return NULL;
}

void document_take(struct document *document, const char *chunk, size_t size_bytes)
{
    const char *before = document->items_count ? document->writer->between : document->writer->first;
    output_text(document->output, before ? before : "");
    output_bytes(document->output, chunk, size_bytes);
}

void document_discard(struct document *document)
{
    out_file_discard(document->file);
    output_free(&document->file_output);
    free(document);
}

struct error *document_finish(struct document *document)
{
    struct error *error = NULL;
    if (document->file)
        error = error_prefix(output_finish(&document->file_output), "%s", out_file_path(document->file));
    if (!error && document->file) {
        error = out_file_commit(document->file);
        document->file = NULL;
    }
    document_discard(document);
    return error;
}

void output_move(struct output *output, struct output *from)
{
    output_bytes(output, from->data, from->length);
    output->out_of_memory |= from->out_of_memory;
    output_free(from);
}
