// SPDX-License-Identifier: MIT
// What came of the rules as JSON (strata.check/1), and as Markdown for a pull request.
#include "report/check.h"
#include "report/document.h"
#include "report/json_parts.h"
#include "report/markdown.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>

// --- JSON ---

static struct error *json_open(const struct writer *writer, const struct document_place *place,
                               const struct document_about *about, struct document **document)
{
    RETURN_IF_ERROR(document_open(writer, place, about, document));
    output_text((*document)->output, "{\"schema\":\"strata.check/1\",\"files\":[\n");
    return NULL;
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    struct output *output = document->output;
    output_text(output, document->files_count > 1 ? ",\n" : "");
    json_file(output, "{\"file\":", &about->file);
    json_quoted(output, ",\"rules\":", check->rules_path);
    json_number(output, ",\"checks\":", check->count);
    json_number(output, ",\"broken\":", check_breaks(check));
    json_number(output, ",\"blessed\":", check_blessed(check));
    output_text(output, ",\"results\":[\n");
    return NULL;
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct check_result *result = item;
    json_quoted(output, "{\"status\":",
                !result->message     ? "kept"
                : result->is_blessed ? "blessed"
                                     : "broken");
    json_quoted(output, ",\"type\":", result->type_name);
    json_quoted(output, ",\"kind\":", result->kind_word);
    json_quoted(output, ",\"id\":", result->rule_id);
    json_quoted(output, ",\"rule\":", *result->rule_text ? result->rule_text : NULL);
    json_number(output, ",\"rule_line\":", result->rule_line);
    json_quoted(output, ",\"message\":", result->message);
    json_number_or_null(output, ",\"value\":", result->has_value, result->value);
    json_declared(output, ",\"decl\":", about, result->declared_folder, result->declared_file,
                  result->declared_line);
    output_char(output, '}');
    return NULL;
}

static struct error *json_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "\n]}");
    return NULL;
}

static struct error *json_finish(struct document *document)
{
    output_text(document->output, "\n]}\n");
    return document_finish(document);
}

const struct writer check_json = {.name = "json",
                                  .between = ",\n",
                                  .open = json_open,
                                  .begin_file = json_begin_file,
                                  .encode = json_encode,
                                  .end_file = json_end_file,
                                  .finish = json_finish};

// --- Markdown ---

enum { LINES_MOST = 200 }; // of a file: a comment has a limit (GitHub: 65536 characters)

static struct error *markdown_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    struct output *output = document->output;
    const size_t breaks = check_breaks(check), blessed = check_blessed(check);
    output_text(output, document->files_count > 1 ? "\n### " : "### ");
    markdown_code(output, about->file.path);
    output_format(output, ": %zu of %zu layout checks broken", breaks, check->count);
    if (blessed)
        output_format(output, ", %zu more blessed", blessed);
    output_text(output, breaks ? "\n\n| type | what is | the rule | declared |\n|---|---|---|---|\n" : "\n");
    return NULL;
}

static struct error *markdown_encode(struct output *output, const struct report_document *about,
                                     const void *item)
{
    const struct check_result *result = item;
    if (!check_result_breaks(result))
        return NULL;
    output_format(output, "| %s ", result->kind_word ? result->kind_word : "");
    markdown_code(output, result->type_name);
    output_text(output, " | ");
    markdown_text(output, result->message);
    output_text(output, " | ");
    if (*result->rule_text)
        markdown_code(output, result->rule_text);
    output_text(output, " | ");
    struct output place = {0};
    const struct check_document *check = (const struct check_document *)about;
    if (result->declared_file) {
        (void)source_path(&place, about->source_root ? result->declared_folder : NULL, result->declared_file,
                          about->source_root);
        if (result->declared_line)
            output_format(&place, ":%" PRIu64, result->declared_line);
    } else {
        output_format(&place, "%s:%u", check->rules_path, result->rule_line);
    }
    output_char(&place, '\0');
    if (!place.out_of_memory)
        markdown_code(output, place.data);
    output_text(output, " |\n");
    output->out_of_memory |= place.out_of_memory;
    output_free(&place);
    return NULL;
}

static struct error *markdown_take(struct document *document, const char *chunk, size_t size_bytes)
{
    if (document->items_count < LINES_MOST)
        document_take(document, chunk, size_bytes);
    return NULL;
}

static struct error *markdown_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    if (document->items_count > LINES_MOST)
        output_format(document->output, "\n%zu more are not listed.\n", document->items_count - LINES_MOST);
    return NULL;
}

const struct writer check_markdown = {.name = "markdown",
                                      .begin_file = markdown_begin_file,
                                      .encode = markdown_encode,
                                      .take = markdown_take,
                                      .end_file = markdown_end_file};
