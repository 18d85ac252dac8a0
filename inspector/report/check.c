#include "report/check.h"

#include "report/ink.h"
#include "report/safe_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static bool is_broken(const struct check_result *result)
{
    return result->message && !result->is_blessed;
}

size_t check_breaks(const struct check_document *document)
{
    size_t count = 0;
    for (size_t i = 0; i < document->count; i++)
        count += is_broken(&document->results[i]);
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

static void text(struct output *output, const struct check_document *document)
{
    const struct report_style *style = &document->style;
    for (size_t i = 0; i < document->count; i++) {
        const struct check_result *result = &document->results[i];
        if (!is_broken(result))
            continue;
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
        safe_text(output, document->rules_path, style->ascii);
        output_format(output, ":%u", result->rule_line);
        ink_stop(output, style, INK_DIM);
        output_char(output, '\n');
    }
    const size_t breaks = check_breaks(document), blessed = count_blessed(document);
    output_format(output, "%zu of %zu checks broken", breaks, document->count);
    if (blessed)
        output_format(output, ", %zu more blessed", blessed);
    output_char(output, '\n');
}

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

static void junit(struct output *output, const struct check_document *document)
{
    output_format(output,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"strata\" tests=\"%zu\" "
                  "failures=\"%zu\" skipped=\"%zu\" errors=\"0\">\n",
                  document->count, check_breaks(document), count_blessed(document));
    for (size_t i = 0; i < document->count; i++) {
        const struct check_result *result = &document->results[i];
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
            continue;
        }
        output_text(output, result->is_blessed ? "\"><skipped message=\"" : "\"><failure message=\"");
        xml_text(output, result->message);
        output_text(output, "\"/></testcase>\n");
    }
    output_text(output, "</testsuite>\n");
}

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

static void github(struct output *output, const struct check_document *document)
{
    for (size_t i = 0; i < document->count; i++) {
        const struct check_result *result = &document->results[i];
        if (!is_broken(result))
            continue;
        const bool has_place = result->declared_file != NULL;
        output_text(output, "::error file=");
        github_text(output, has_place ? result->declared_file : document->rules_path, true);
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
    }
}

// --- SARIF 2.1.0 ---

// A URI reference: bytes that may not stand in one are percent-encoded (RFC 3986, section 2).
static void sarif_uri(struct output *output, const char *path)
{
    output_char(output, '"');
    output_text(output, path[0] == '/' ? "file://" : "");
    for (const char *c = path; *c; c++) {
        const unsigned char byte = (unsigned char)*c;
        if ((byte < 0x80 && isalnum(byte)) || strchr("-._~/", byte))
            output_char(output, *c);
        else
            output_format(output, "%%%02X", byte);
    }
    output_char(output, '"');
}

static void sarif_result(struct output *output, const struct check_document *document,
                         const struct check_result *result)
{
    const bool has_place = result->declared_file && *result->declared_file;
    const uint64_t line = has_place ? result->declared_line : result->rule_line;
    struct output message = {0};
    output_format(&message, "%s: %s%s%s", result->type_name, result->message,
                  *result->rule_text ? ", the rule is " : "", result->rule_text);
    output_char(&message, '\0');
    output_text(output, "{\"ruleId\":");
    safe_json(output, result->rule_id);
    output_text(output, ",\"level\":\"error\",\"message\":{\"text\":");
    safe_json(output, message.data ? message.data : "");
    output_text(output, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
    sarif_uri(output, has_place ? result->declared_file : document->rules_path);
    output_char(output, '}');
    if (line)
        output_format(output, ",\"region\":{\"startLine\":%" PRIu64 "}", line);
    output_text(output, "},\"logicalLocations\":[{\"fullyQualifiedName\":");
    safe_json(output, result->type_name);
    output_text(output, ",\"kind\":\"type\"}]}]");
    if (result->is_blessed)
        output_text(output, ",\"suppressions\":[{\"kind\":\"external\"}]");
    output_char(output, '}');
    output->out_of_memory |= message.out_of_memory;
    output_free(&message);
}

// The rules that results name, each once: 3.49.3 wants their ids unique.
static void sarif_rules(struct output *output, const struct check_document *document)
{
    const char *separator = "";
    for (size_t i = 0; i < document->count; i++) {
        bool is_new = document->results[i].message != NULL;
        for (size_t j = 0; j < i && is_new; j++)
            is_new = !document->results[j].message ||
                     strcmp(document->results[j].rule_id, document->results[i].rule_id) != 0;
        if (!is_new)
            continue;
        output_text(output, separator);
        output_text(output, "{\"id\":");
        safe_json(output, document->results[i].rule_id);
        output_char(output, '}');
        separator = ",";
    }
}

static void sarif(struct output *output, const struct check_document *document)
{
    output_text(
        output,
        "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":"
        "[{\"tool\":{\"driver\":{\"name\":\"strata\",\"rules\":[");
    sarif_rules(output, document);
    output_text(output, "]}},\"results\":[");
    const char *separator = "\n";
    for (size_t i = 0; i < document->count; i++) {
        if (!document->results[i].message)
            continue;
        output_text(output, separator);
        sarif_result(output, document, &document->results[i]);
        separator = ",\n";
    }
    output_text(output, "\n]}]}\n");
}

check_format *check_format_named(const char *name)
{
    static const struct {
        const char *name;
        check_format *format;
    } formats[] = {{"text", text}, {"junit", junit}, {"sarif", sarif}, {"github", github}};
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (!strcmp(formats[i].name, name))
            return formats[i].format;
    return NULL;
}
