#include "report/check.h"

#include "base/vec.h"
#include "report/document.h"
#include "report/ink.h"
#include "report/safe_text.h"
#include "report/sarif.h"
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

static size_t count_blessed(const struct check_document *document)
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
    const size_t breaks = check_breaks(check), blessed = count_blessed(check);
    output_format(document->output, "%zu of %zu checks broken", breaks, check->count);
    if (blessed)
        output_format(document->output, ", %zu more blessed", blessed);
    output_char(document->output, '\n');
    return NULL;
}

const struct writer check_text = {.name = "text", .encode = text_encode, .end_file = text_end_file};

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

static struct error *junit_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    output_format(document->output,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"strata\" tests=\"%zu\" "
                  "failures=\"%zu\" skipped=\"%zu\" errors=\"0\">\n",
                  check->count, check_breaks(check), count_blessed(check));
    return NULL;
}

static struct error *junit_encode(struct output *output, const struct report_document *about,
                                  const void *item)
{
    const struct check_result *result = item;
    (void)about;
    output_text(output, "  <testcase classname=\"");
    xml_text(output, result->type_name);
    output_text(output, "\" name=\"");
    xml_text(output, *result->rule_text ? result->rule_text : result->rule_id);
    if (result->declared_file) {
        output_text(output, "\" file=\"");
        xml_text(output, result->declared_file);
        if (result->declared_line)
            output_format(output, "\" line=\"%" PRIu64, result->declared_line);
    }
    if (!result->message) {
        output_text(output, "\"/>\n");
        return NULL;
    }
    output_text(output, result->is_blessed ? "\"><skipped message=\"" : "\"><failure message=\"");
    xml_text(output, result->message);
    output_text(output, "\"/></testcase>\n");
    return NULL;
}

static struct error *junit_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "</testsuite>\n");
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
    output_text(output, "::error file=");
    github_text(output, has_place ? result->declared_file : rules_path, true);
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

// --- SARIF 2.1.0 ---

static struct error *sarif_encode(struct output *output, const struct report_document *about,
                                  const void *item)
{
    const struct check_result *result = item;
    if (!result->message)
        return NULL;
    const bool has_place = result->declared_file && *result->declared_file;
    const bool has_rule = *result->rule_text != '\0';
    struct output message = {0}, fingerprint = {0};
    sarif_message_name(&message, result->type_name);
    output_text(&message, ": ");
    sarif_message_name(&message, result->message);
    output_text(&message, has_rule ? ", the rule is " : "");
    sarif_message_name(&message, result->rule_text);
    output_char(&message, '\0');
    output_format(&fingerprint, "%s %s %s", result->rule_id, result->type_name, result->rule_text);
    output_char(&fingerprint, '\0');
    const char *rules_path = ((const struct check_document *)about)->rules_path;
    sarif_result(output, about,
                 &(struct sarif_result){.rule_id = result->rule_id,
                                        .rule_index = SARIF_NO_INDEX,
                                        .level = "error",
                                        .message = message.data,
                                        .file = has_place ? result->declared_file : rules_path,
                                        .line = has_place ? result->declared_line : result->rule_line,
                                        .type_name = result->type_name,
                                        .fingerprint = fingerprint.data,
                                        .is_suppressed = result->is_blessed});
    output->out_of_memory |= message.out_of_memory | fingerprint.out_of_memory;
    output_free(&message);
    output_free(&fingerprint);
    return NULL;
}

typedef VEC(const char *) ids_vec;

static bool has_id(const ids_vec *ids, const char *id)
{
    for (size_t i = 0; i < ids->length; i++)
        if (!strcmp(ids->data[i], id))
            return true;
    return false;
}

// The rules that results name, each once: 3.49.3 wants their ids unique.
static struct error *sarif_begin_file(struct document *document, const struct report_document *about)
{
    const struct check_document *check = (const struct check_document *)about;
    ids_vec ids = {0};
    struct error *error = NULL;
    sarif_begin(document->output, document->about.version);
    for (size_t i = 0; i < check->count && !error; i++) {
        const struct check_result *result = &check->results[i];
        if (!result->message || has_id(&ids, result->rule_id))
            continue;
        sarif_rule(document->output, &(struct sarif_rule){.id = result->rule_id}, !ids.length);
        error = vec_push(&ids, result->rule_id) ? NULL : &error_out_of_memory;
    }
    sarif_rules_end(document->output);
    vec_free(&ids);
    return error;
}

static struct error *sarif_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    sarif_end(document->output);
    return NULL;
}

const struct writer check_sarif = {.name = "sarif",
                                   .between = ",\n",
                                   .begin_file = sarif_begin_file,
                                   .encode = sarif_encode,
                                   .end_file = sarif_end_file};
