// SPDX-License-Identifier: MIT
#include "report/writer.h"

#include "report/document.h"

#include <string.h>
#include <strings.h>

// --- A writer's functions ---

struct error *writer_open(const struct writer *writer, const struct document_place *place,
                          const struct document_about *about, struct document **document)
{
    return writer->open ? writer->open(writer, place, about, document)
                        : document_open(writer, place, about, document);
}

struct error *writer_begin_file(struct document *document, const struct report_document *about)
{
    document->files_count++;
    document->items_count = 0;
    return document->writer->begin_file ? document->writer->begin_file(document, about) : NULL;
}

static struct error *writer_take(struct document *document, const char *chunk, size_t size_bytes)
{
    const struct writer *writer = document->writer;
    struct error *error = NULL;
    if (writer->take)
        error = writer->take(document, chunk, size_bytes);
    else
        document_take(document, chunk, size_bytes);
    document->items_count++;
    document->all_items_count++;
    return error;
}

struct error *writer_end_file(struct document *document, const struct report_document *about)
{
    return document->writer->end_file ? document->writer->end_file(document, about) : NULL;
}

struct error *writer_has_file(struct document *document, const struct report_document *about, bool *has)
{
    *has = false;
    return document->writer->has_file ? document->writer->has_file(document, about, has) : NULL;
}

struct error *writer_leave_out(struct document *document, const struct report_left_out *file)
{
    return document->writer->leave_out ? document->writer->leave_out(document, file) : NULL;
}

struct error *writer_finish(struct document *document)
{
    return document->writer->finish ? document->writer->finish(document) : document_finish(document);
}

void writer_discard(struct document *document)
{
    if (document->writer->discard)
        document->writer->discard(document);
    else
        document_discard(document);
}

struct error *writer_add(struct document *document, const struct report_document *about, const void *item)
{
    struct output chunk = {0};
    struct error *error = document->writer->encode(&chunk, about, item);
    if (!error)
        error = output_finish(&chunk);
    if (!error && chunk.length)
        error = writer_take(document, chunk.data, chunk.length);
    output_free(&chunk);
    return error;
}

// --- Chunks ---

// What stands before each chunk.
struct chunk_frame {
    size_t document, size_bytes;
};

// An empty chunk leaves no frame.
static struct error *encode_framed(struct output *chunks, const struct writer *writer, size_t number,
                                   const struct report_document *about, const void *item)
{
    size_t start = chunks->length;
    struct chunk_frame frame = {.document = number};
    output_bytes(chunks, (const char *)&frame, sizeof(frame));
    RETURN_IF_ERROR(writer->encode(chunks, about, item));
    if (chunks->out_of_memory)
        return &error_out_of_memory;
    frame.size_bytes = chunks->length - start - sizeof(frame);
    memcpy(chunks->data + start, &frame, sizeof(frame));
    if (!frame.size_bytes)
        chunks->length = start;
    return NULL;
}

struct error *chunks_encode(struct output *chunks, struct document *const *documents, size_t count,
                            const struct report_document *about, const void *item)
{
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(encode_framed(chunks, documents[i]->writer, i, about, item));
    return NULL;
}

struct error *chunks_take(const struct output *chunks, struct document *const *documents)
{
    for (size_t at = 0; at < chunks->length;) {
        struct chunk_frame frame;
        memcpy(&frame, chunks->data + at, sizeof(frame));
        at += sizeof(frame);
        RETURN_IF_ERROR(writer_take(documents[frame.document], chunks->data + at, frame.size_bytes));
        at += frame.size_bytes;
    }
    return NULL;
}

// --- Which writer ---

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), ending_length = strlen(ending);
    return length > ending_length && !strcasecmp(text + length - ending_length, ending);
}

static const struct writer *writer_called(const struct writer *const *writers, const char *name,
                                          size_t length)
{
    for (; *writers; writers++)
        if (strlen((*writers)->name) == length && !strncmp((*writers)->name, name, length))
            return *writers;
    return NULL;
}

const struct writer *writer_named(const struct writer *const *writers, const char *name)
{
    return writer_called(writers, name, strlen(name));
}

static size_t longest_ending(const char *const endings[static WRITER_ENDINGS_MOST], const char *path)
{
    size_t longest = 0;
    for (size_t i = 0; i < WRITER_ENDINGS_MOST && endings[i]; i++)
        if (strlen(endings[i]) > longest && ends_with(path, endings[i]))
            longest = strlen(endings[i]);
    return longest;
}

// The longest ending wins: ".sarif.json" over ".json".
static const struct writer *writer_by_ending(const struct writer *const *writers, const char *path)
{
    const struct writer *best = NULL;
    size_t best_length = 0;
    for (; *writers; writers++) {
        const size_t shown = longest_ending((*writers)->endings, path),
                     other = longest_ending((*writers)->other_endings, path);
        const size_t length = shown > other ? shown : other;
        if (length > best_length) {
            best = *writers;
            best_length = length;
        }
    }
    return best;
}

static struct error *no_writer(const struct writer *const *writers, const char *text)
{
    struct output endings = {0};
    for (size_t w = 0; writers[w]; w++) {
        if (writers[w]->server)
            output_format(&endings, w ? ", %s:%s" : "%s:%s", writers[w]->name, writers[w]->server);
        for (size_t e = 0; e < WRITER_ENDINGS_MOST && writers[w]->endings[e]; e++)
            output_format(&endings, e ? " (%s)" : w ? ", %s" : "%s", writers[w]->endings[e]);
    }
    output_char(&endings, '\0');
    struct error *error = output_finish(&endings);
    if (!error)
        error = error_create(ERROR_USAGE,
                             "%s: which format? The ending tells it: %s; "
                             "or a name before a colon: json:-, sarif:results.json",
                             text, endings.data);
    output_free(&endings);
    return error;
}

static struct error *no_place(const struct writer *writer)
{
    return error_create(ERROR_USAGE, "%s: nothing stands behind the colon: -o %s:%s", writer->name,
                        writer->name, writer->server ? writer->server : "FILE");
}

struct error *writer_of_path(const struct writer *const *writers, const char *text,
                             const struct writer **writer, const char **path)
{
    const char *colon = strchr(text, ':');
    *path = text;
    *writer = colon ? writer_called(writers, text, (size_t)(colon - text)) : NULL;
    if (*writer) {
        *path = colon + 1;
        return **path ? NULL : no_place(*writer);
    }
    *writer = writer_by_ending(writers, text);
    return *writer ? NULL : no_writer(writers, text);
}
