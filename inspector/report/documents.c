// JSON and CSV as reports. One file's JSON is strata.layout/1; those of several are put into an array.
#include "report/csv.h"
#include "report/document.h"
#include "report/safe_text.h"

// --- JSON ---
//
//     one file:       {"schema":"strata.layout/1", …}
//     several files:  {"schema":"strata.layouts/1","documents":[
//                     {"schema":"strata.layout/1", …},
//                     {"schema":"strata.layout/1", …}]}
//
// The first document is held back in memory until it is known whether there is a second.

struct json_document {
    struct document document;
    struct output first;
};

static struct output *json_output(struct json_document *json)
{
    return json->document.files_count > 1 ? &json->document.output : &json->first;
}

static struct error *json_open(const char *path, const struct report_about *about, struct report_sink **sink)
{
    struct document *document;
    RETURN_IF_ERROR(document_open(&report_kind_json, path, sizeof(struct json_document), about, &document));
    *sink = &document->sink;
    return NULL;
}

static struct error *json_encode(struct output *chunk, const struct report_document *document,
                                 const struct report_type *type)
{
    return report_json.type(chunk, document, type);
}

static struct error *json_begin_file(struct report_sink *sink, const struct report_document *about)
{
    struct document *document = document_of(sink);
    struct json_document *json = (struct json_document *)document;
    if (++document->files_count == 2) {
        output_text(&document->output, "{\"schema\":\"strata.layouts/1\",\"documents\":[\n");
        output_bytes(&document->output, json->first.data, json->first.length);
        document->output.out_of_memory |= json->first.out_of_memory;
        output_free(&json->first);
    }
    if (document->files_count > 1)
        output_char(&document->output, ',');
    document->types_count = 0;
    report_json.begin(json_output(json), about);
    return NULL;
}

static struct error *json_take(struct report_sink *sink, const char *chunk, size_t size_bytes)
{
    struct document *document = document_of(sink);
    struct output *output = json_output((struct json_document *)document);
    if (document->types_count++)
        output_text(output, report_json.between);
    output_bytes(output, chunk, size_bytes);
    return NULL;
}

static struct error *json_end_file(struct report_sink *sink)
{
    report_json.end(json_output((struct json_document *)sink), NULL);
    return NULL;
}

static struct error *json_finish(struct report_sink *sink)
{
    struct document *document = document_of(sink);
    struct json_document *json = (struct json_document *)document;
    if (document->files_count > 1)
        output_text(&document->output, "]}\n");
    else
        output_bytes(&document->output, json->first.data, json->first.length);
    document->output.out_of_memory |= json->first.out_of_memory;
    output_free(&json->first);
    return document_finish(document);
}

static void json_discard(struct report_sink *sink)
{
    output_free(&((struct json_document *)sink)->first);
    document_discard(sink);
}

const struct report_kind report_kind_json = {.name = "json",
                                             .endings = {".json"},
                                             .open = json_open,
                                             .encode = json_encode,
                                             .begin_file = json_begin_file,
                                             .take = json_take,
                                             .end_file = json_end_file,
                                             .finish = json_finish,
                                             .discard = json_discard};

// --- CSV: the columns of `strata show --format csv`, with the file's path in front ---

static struct error *csv_open(const char *path, const struct report_about *about, struct report_sink **sink)
{
    struct document *document;
    RETURN_IF_ERROR(document_open(&report_kind_csv, path, sizeof(*document), about, &document));
    csv_header(&document->output, true);
    *sink = &document->sink;
    return NULL;
}

static struct error *csv_encode(struct output *chunk, const struct report_document *document,
                                const struct report_type *type)
{
    csv_rows(chunk, document->file.path, type);
    return NULL;
}

static struct error *nothing_to_begin(struct report_sink *sink, const struct report_document *document)
{
    (void)sink;
    (void)document;
    return NULL;
}

static struct error *nothing_to_end(struct report_sink *sink)
{
    (void)sink;
    return NULL;
}

static struct error *csv_take(struct report_sink *sink, const char *chunk, size_t size_bytes)
{
    document_take(document_of(sink), "", chunk, size_bytes);
    return NULL;
}

static struct error *csv_finish(struct report_sink *sink)
{
    return document_finish(document_of(sink));
}

const struct report_kind report_kind_csv = {.name = "csv",
                                            .endings = {".csv"},
                                            .open = csv_open,
                                            .encode = csv_encode,
                                            .begin_file = nothing_to_begin,
                                            .take = csv_take,
                                            .end_file = nothing_to_end,
                                            .finish = csv_finish,
                                            .discard = document_discard};
