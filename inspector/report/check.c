// SPDX-License-Identifier: MIT
#include "report/check.h"

#include "report/document.h"
#include "report/ink.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <string.h>

size_t check_breaks(const struct check_document *document)
{
    size_t count = 0;
    for (size_t i = 0; i < document->count; i++)
        count += check_result_breaks(&document->results[i]);
    return count;
}

size_t check_blessed(const struct check_document *document)
{
    size_t count = 0;
    for (size_t i = 0; i < document->count; i++)
        count += document->results[i].message && document->results[i].is_blessed;
    return count;
}

// --- Text ---

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct check_result *result = item;
    const struct report_style *style = &about->style;
    if (!check_result_breaks(result))
        return NULL;
    if (result->kind_word)
        output_format(output, "%s ", result->kind_word);
    ink_name(output, style, INK_STRONG, result->type_name);
    output_text(output, ": ");
    ink_name(output, style, INK_WARN, result->message);
    if (*result->rule_text) {
        output_text(output, ", the rule is ");
        safe_text(output, result->rule_text, style->ascii);
    }
    output_text(output, "  ");
    ink_start(output, style, INK_DIM);
    if (result->declared_file) {
        safe_text(output, result->declared_file, style->ascii);
        if (result->declared_line)
            output_format(output, ":%" PRIu64, result->declared_line);
        output_text(output, ", ");
    }
    safe_text(output, ((const struct check_document *)about)->rules_path, style->ascii);
    output_format(output, ":%u", result->rule_line);
    ink_stop(output, style, INK_DIM);
    output_char(output, '\n');
    return NULL;
}

static struct error *text_end_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    const size_t breaks = check_breaks(check), blessed = check_blessed(check);
    output_format(document->output, "%zu of %zu checks broken", breaks, check->count);
    if (blessed)
        output_format(document->output, ", %zu more blessed", blessed);
    output_char(document->output, '\n');
    return NULL;
}

// Of several files each has its name above what is said of it.
static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    if (check->files_count < 2)
        return NULL;
    output_text(document->output, document->files_count > 1 ? "\n" : "");
    ink_name(document->output, &about->style, INK_STRONG, about->file.path);
    output_text(document->output, ":\n");
    return NULL;
}

const struct writer check_text = {
    .name = "text", .begin_file = text_begin_file, .encode = text_encode, .end_file = text_end_file};

// --- JUnit XML ---

// XML 1.0 has no place for control characters at all: safe_text has written those out.
static void xml_text(struct output *output, const char *name)
{
    struct output safe = {0};
    safe_text(&safe, name, false);
    for (size_t i = 0; i < safe.length; i++) {
        if (strchr("<>&\"'", safe.data[i]) && safe.data[i])
            output_format(output, "&#%d;", safe.data[i]);
        else
            output_char(output, safe.data[i]);
    }
    output->out_of_memory |= safe.out_of_memory;
    output_free(&safe);
}

// The attributes are those of the schemas in use (Ant's, Jenkins' junit-10.xsd): "file" and "line" of a case are in
// neither, so they are written only where they are asked for.
static struct error *junit_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    if (document->files_count == 1)
        output_text(document->output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if (document->files_count == 1 && check->files_count > 1)
        output_text(document->output, "<testsuites>\n");
    output_text(document->output, "<testsuite name=\"");
    xml_text(document->output, check->files_count > 1 ? about->file.path : "strata");
    output_format(document->output,
                  "\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" errors=\"0\" time=\"0\">\n",
                  check->count, check_breaks(check), check_blessed(check));
    return NULL;
}

static void place_text(struct output *output, const struct report_document *about,
                       const struct check_result *result)
{
    (void)source_path(output, result->declared_folder, result->declared_file, about->source_root);
    output_char(output, '\0');
}

static void junit_place(struct output *output, const struct check_document *check,
                        const struct check_result *result, bool is_attributes)
{
    if (!result->declared_file || check->junit_places != is_attributes)
        return;
    struct output place = {0};
    place_text(&place, &check->document, result);
    output_text(output, is_attributes ? " file=\"" : "");
    xml_text(output, place.data ? place.data : "");
    if (result->declared_line)
        output_format(output, is_attributes ? "\" line=\"%" PRIu64 : ":%" PRIu64, result->declared_line);
    output_text(output, is_attributes ? "\"" : "");
    output->out_of_memory |= place.out_of_memory;
    output_free(&place);
}

static struct error *junit_encode(struct output *output, const struct report_document *about,
                                  const void *item)
{
    const struct check_document *check = (const struct check_document *)about;
    const struct check_result *result = item;
    output_text(output, "  <testcase classname=\"");
    xml_text(output, result->type_name);
    output_text(output, "\" name=\"");
    xml_text(output, *result->rule_text ? result->rule_text : result->rule_id);
    output_text(output, "\" time=\"0\"");
    junit_place(output, check, result, true);
    if (!result->message) {
        output_text(output, "/>\n");
        return NULL;
    }
    output_text(output, result->is_blessed ? "><skipped message=\"" : "><failure message=\"");
    xml_text(output, result->message);
    if (result->is_blessed) {
        output_text(output, "\"/></testcase>\n");
        return NULL;
    }
    output_format(output, "\" type=\"%s\">", result->rule_id);
    junit_place(output, check, result, false);
    output_text(output, "</failure></testcase>\n");
    return NULL;
}

static struct error *junit_end_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    output_text(document->output, "</testsuite>\n");
    if (check->files_count > 1 && document->files_count == check->files_count)
        output_text(document->output, "</testsuites>\n");
    return NULL;
}

const struct writer check_junit = {
    .name = "junit", .begin_file = junit_begin_file, .encode = junit_encode, .end_file = junit_end_file};

// --- GitHub workflow commands ---

// docs.github.com, "Workflow commands": % and line ends are escaped, in properties also : and ,
static void github_text(struct output *output, const char *name, bool is_property)
{
    struct output safe = {0};
    safe_text(&safe, name, false);
    for (size_t i = 0; i < safe.length; i++) {
        const char c = safe.data[i];
        if (c == '%' || (is_property && (c == ':' || c == ',')))
            output_format(output, "%%%02X", c);
        else
            output_char(output, c);
    }
    output->out_of_memory |= safe.out_of_memory;
    output_free(&safe);
}

static struct error *github_encode(struct output *output, const struct report_document *about,
                                   const void *item)
{
    const struct check_result *result = item;
    const char *rules_path = ((const struct check_document *)about)->rules_path;
    if (!check_result_breaks(result))
        return NULL;
    const bool has_place = result->declared_file != NULL;
    struct output place = {0};
    if (has_place)
        place_text(&place, about, result);
    output_text(output, "::error file=");
    github_text(output, place.data ? place.data : rules_path, true);
    output->out_of_memory |= place.out_of_memory;
    output_free(&place);
    const uint64_t line = has_place ? result->declared_line : result->rule_line;
    if (line)
        output_format(output, ",line=%" PRIu64, line);
    output_text(output, ",title=");
    github_text(output, result->type_name, true);
    output_text(output, "::");
    github_text(output, result->message, false);
    if (*result->rule_text) {
        output_text(output, ", the rule is ");
        github_text(output, result->rule_text, false);
    }
    output_char(output, '\n');
    return NULL;
}

const struct writer check_github = {.name = "github", .encode = github_encode};
