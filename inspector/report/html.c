// SPDX-License-Identifier: MIT
// One page without a network: its code comes from page/, its data is JSON in a block that no browser runs.
// Names in it come from the binary: what could end the block is escaped, the page itself puts text into text
// nodes only, and a content security policy names the hashes of the only script and style that may run.
#include "report/compact.h"
#include "report/document.h"
#include "report/page/page.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <string.h>

static struct error *html_open(const struct writer *writer, const struct document_place *place,
                               const struct document_about *about, struct document **document)
{
    RETURN_IF_ERROR(document_open(writer, place, about, document));
    struct output *output = (*document)->output;
    output_bytes(output, (const char *)page_head, page_head_bytes);
    output_text(output, "{\"strata\":");
    safe_json(output, about->version);
    output_text(output, ",\"cacheline_bytes\":");
    output_u64(output, about->cacheline_bytes);
    output_text(output, ",\"files\":[");
    return NULL;
}

static struct error *html_encode(struct output *chunk, const struct report_document *document,
                                 const void *item)
{
    (void)document;
    compact_type(chunk, item);
    return NULL;
}

// JSON in which no markup can begin or end. These characters stand inside of strings only, where \u is their
// other spelling; safe_json has escaped U+2028 and U+2029 already.
static void output_markup_free(struct output *output, const char *json, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes;) {
        size_t plain = i;
        while (plain < size_bytes && json[plain] != '<' && json[plain] != '>' && json[plain] != '&')
            plain++;
        output_bytes(output, json + i, plain - i);
        if (plain < size_bytes)
            output_format(output, "\\u%04x", (unsigned)json[plain]);
        i = plain + 1;
    }
}

static void about_file(struct output *output, const struct report_file *file)
{
    output_text(output, "{\"path\":");
    safe_json(output, file->path);
    output_text(output, ",\"build_id\":");
    safe_json(output, file->build_id);
    output_text(output, ",\"machine\":");
    safe_json(output, file->machine);
    output_format(output, ",\"bits\":%u,\"endian\":\"%s\",\"types\":[\n", file->bits,
                  file->big_endian ? "big" : "little");
}

static struct error *html_begin_file(struct document *document, const struct report_document *about)
{
    if (document->files_count > 1)
        output_char(document->output, ',');
    struct output head = {0};
    about_file(&head, &about->file);
    output_markup_free(document->output, head.data, head.length);
    document->output->out_of_memory |= head.out_of_memory;
    output_free(&head);
    return NULL;
}

static struct error *html_take(struct document *document, const char *chunk, size_t size_bytes)
{
    document_take(document, "", 0); // what stands between
    output_markup_free(document->output, chunk, size_bytes);
    return NULL;
}

static struct error *html_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "]}");
    return NULL;
}

static struct error *html_finish(struct document *document)
{
    output_text(document->output, "]}");
    output_bytes(document->output, (const char *)page_tail, page_tail_bytes);
    return document_finish(document);
}

const struct writer report_html = {.name = "html",
                                   .endings = {".html"},
                                   .other_endings = {".htm"},
                                   .meaning = "a page to browse, in one file, without a network",
                                   .needs = DESCRIBE_ROWS | DESCRIBE_PACK | DESCRIBE_SHARING | DESCRIBE_TRIAL,
                                   .between = ",\n",
                                   .open = html_open,
                                   .begin_file = html_begin_file,
                                   .encode = html_encode,
                                   .take = html_take,
                                   .end_file = html_end_file,
                                   .finish = html_finish};
