#include "report/document.h"

#include <stdlib.h>

struct error *document_open(const struct report_kind *kind, const char *path, size_t size_bytes,
                            const struct report_about *about, struct document **document)
{
    *document = calloc(1, size_bytes);
    if (!*document)
        return &error_out_of_memory;
    (*document)->sink.kind = kind;
    (*document)->about = *about;
    struct error *error = out_file_open(path, &(*document)->file);
    if (error) {
        free(*document);
        *document = NULL;
        return error;
    }
    (*document)->output = (struct output){.write = out_file_write, .context = (*document)->file};
    return NULL;
}

void document_take(struct document *document, const char *between, const char *chunk, size_t size_bytes)
{
    if (document->types_count++)
        output_text(&document->output, between);
    document->all_types_count++;
    output_bytes(&document->output, chunk, size_bytes);
}

void document_discard(struct report_sink *sink)
{
    struct document *document = document_of(sink);
    out_file_discard(document->file);
    output_free(&document->output);
    free(document);
}

struct error *document_finish(struct document *document)
{
    struct error *error = output_finish(&document->output);
    if (!error) {
        error = out_file_commit(document->file);
        document->file = NULL;
    }
    document_discard(&document->sink);
    return error;
}
