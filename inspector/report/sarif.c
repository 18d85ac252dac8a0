#include "report/sarif.h"

#include "report/safe_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

// --- Places ---

// A URI of a file: bytes that may not stand in one are percent-encoded (RFC 3986, section 2).
static void uri_json(struct output *output, const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    output_char(output, '"');
    output_text(output, path[0] == '/' ? "file://" : "");
    for (const char *c = path; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if ((byte < 0x80 && isalnum(byte)) || strchr("-._~/+,=@", byte)) {
            output_char(output, (char)byte);
        } else {
            output_char(output, '%');
            output_char(output, hex[byte >> 4]);
            output_char(output, hex[byte & 15]);
        }
    }
    output_char(output, '"');
}

// The part of `path` below the folder `root`; NULL when it is not there.
static const char *path_below(const char *path, const char *root)
{
    size_t length = root ? strlen(root) : 0;
    while (length && root[length - 1] == '/')
        length--;
    bool is_below = length && !strncmp(path, root, length) && path[length] == '/' && path[length + 1];
    return is_below ? path + length + 1 : NULL;
}

// 3.4: what lies below the root is relative to it, as a reader elsewhere (a code review) has it.
static void source_place(struct output *output, const struct report_document *about, const char *path)
{
    const char *below = path_below(path, about->source_root);
    output_text(output, "{\"uri\":");
    uri_json(output, below ? below : path);
    output_text(output, below ? ",\"uriBaseId\":\"%SRCROOT%\"}" : "}");
}

// 3.28: the source line when it is known, and always the type as a logical place.
static void location(struct output *output, const struct report_document *about,
                     const struct sarif_result *result)
{
    output_text(output, "\"locations\":[{");
    if (result->file && *result->file) {
        output_text(output, "\"physicalLocation\":{\"artifactLocation\":");
        source_place(output, about, result->file);
        if (result->line)
            output_format(output, ",\"region\":{\"startLine\":%" PRIu64 "}", result->line);
        output_text(output, "},");
    }
    output_text(output, "\"logicalLocations\":[{\"fullyQualifiedName\":");
    safe_json(output, result->type_name ? result->type_name : "(anonymous)");
    output_text(output, ",\"kind\":\"type\"}]}]");
}

// --- Results ---

void sarif_message_name(struct output *output, const char *name)
{
    bool is_like_link = strstr(name, "](") != NULL;
    for (const char *c = name; *c; c++) {
        output_text(output, is_like_link && (*c == '[' || *c == ']') ? "\\" : "");
        output_char(output, *c);
    }
}

void sarif_result(struct output *output, const struct report_document *about,
                  const struct sarif_result *result)
{
    output_text(output, "{\"ruleId\":");
    safe_json(output, result->rule_id);
    if (result->rule_index != SARIF_NO_INDEX)
        output_format(output, ",\"ruleIndex\":%d", result->rule_index);
    output_format(output, ",\"level\":\"%s\",\"message\":{\"text\":", result->level);
    safe_json(output, result->message);
    output_text(output, "},");
    location(output, about, result);
    output_text(output, ",\"analysisTarget\":{\"uri\":");
    uri_json(output, about->file.path);
    output_text(output, "},\"partialFingerprints\":{\"strata/v1\":");
    safe_json(output, result->fingerprint);
    output_char(output, '}');
    if (result->is_suppressed)
        output_text(output, ",\"suppressions\":[{\"kind\":\"external\"}]");
    output_char(output, '}');
}

// --- The log ---

void sarif_begin(struct output *output, const char *version)
{
    output_text(output,
                "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"strata\",\"version\":");
    safe_json(output, version);
    output_text(output, ",\"rules\":[\n");
}

void sarif_rule(struct output *output, const struct sarif_rule *rule, bool is_first)
{
    output_text(output, is_first ? "{\"id\":" : ",\n{\"id\":");
    safe_json(output, rule->id);
    if (rule->name)
        output_format(output,
                      ",\"name\":\"%s\",\"shortDescription\":{\"text\":\"%s\"},"
                      "\"help\":{\"text\":\"%s\"},\"defaultConfiguration\":{\"level\":\"%s\"}",
                      rule->name, rule->summary, rule->help, rule->level);
    output_char(output, '}');
}

void sarif_rules_end(struct output *output)
{
    output_text(output, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[\n");
}

void sarif_end(struct output *output)
{
    output_text(output, "\n]}]}\n");
}
