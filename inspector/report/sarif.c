// SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.49): holes, padding and straddling members as results at
// the place where the type, or the member behind the hole, is declared. All are notes: nothing here is wrong,
// only large.
#include "report/document.h"
#include "report/safe_text.h"
#include "report/sharing.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum rule { RULE_HOLE, RULE_PADDING, RULE_STRADDLE, RULE_SHARING, RULES };

static const struct {
    const char *id, *name, *level, *summary, *help;
} rules[RULES] = {
    [RULE_HOLE] =
        {"hole", "Hole", "note", "Unused bytes between members",
         "A member needs an alignment that the end of the member before it does not have, so the compiler "
         "leaves bytes unused. Another order of members may need fewer."},
    [RULE_PADDING] =
        {"padding", "Padding", "note", "Unused bytes at the end of a type",
         "The size of a type is a multiple of its alignment, so that arrays of it are aligned. Another "
         "order of members may need fewer bytes, or room for a further member is here for free."},
    [RULE_STRADDLE] =
        {"straddle", "Straddle", "note", "A member crosses a border of cache lines without need",
         "The member is no larger than a cache line and lies in two: each access may touch both."},
    [RULE_SHARING] =
        {"false-sharing", "FalseSharing", "warning", "Members that threads contend for lie in one cache line",
         "What one processor writes takes the whole line away from all others. Alignment to a line, or "
         "padding, parts the members."},
};

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
static void source_place(struct output *output, const struct report_document *document, const char *path)
{
    const char *below = path_below(path, document->source_root);
    output_text(output, "{\"uri\":");
    uri_json(output, below ? below : path);
    output_text(output, below ? ",\"uriBaseId\":\"%SRCROOT%\"}" : "}");
}

// 3.28: the source line when it is told, and always the type as a logical place.
static void location(struct output *output, const struct report_document *document,
                     const struct report_type *type, uint64_t line)
{
    output_text(output, "\"locations\":[{");
    if (type->declared_file && *type->declared_file) {
        output_text(output, "\"physicalLocation\":{\"artifactLocation\":");
        source_place(output, document, type->declared_file);
        if (line)
            output_format(output, ",\"region\":{\"startLine\":%" PRIu64 "}", line);
        output_text(output, "},");
    }
    output_text(output, "\"logicalLocations\":[{\"fullyQualifiedName\":");
    safe_json(output, type->name ? type->name : "(anonymous)");
    output_text(output, ",\"kind\":\"type\"}]}]");
}

// --- Results ---

// In a message "[text](target)" is a link (3.11.6): a name that looks like one is no link.
static void message_name(struct output *output, const char *name)
{
    bool is_like_link = strstr(name, "](") != NULL;
    for (const char *c = name; *c; c++) {
        output_text(output, is_like_link && (*c == '[' || *c == ']') ? "\\" : "");
        output_char(output, *c);
    }
}

static void quoted_name(struct output *output, const char *name)
{
    output_text(output, name ? "'" : "");
    message_name(output, name ? name : "an anonymous member");
    output_text(output, name ? "'" : "");
}

static void size_text(struct output *output, uint64_t bits)
{
    bool is_bytes = bits % 8 == 0;
    uint64_t number = is_bytes ? bits / 8 : bits;
    output_format(output, "%" PRIu64 " %s%s", number, is_bytes ? "byte" : "bit", number == 1 ? "" : "s");
}

// What every message begins and ends with: "struct Demo: …, at offset 9 of 24 bytes".
static void type_words(struct output *output, const struct report_type *type)
{
    output_format(output, "%s ", type->kind_word);
    message_name(output, type->name ? type->name : "(anonymous)");
    output_text(output, ": ");
}

static void offset_words(struct output *output, const struct report_type *type, uint64_t offset_bits)
{
    output_format(output, ", at offset %" PRIu64, offset_bits / 8);
    if (offset_bits % 8)
        output_format(output, " bit %" PRIu64, offset_bits % 8);
    if (type->layout->size_known)
        output_format(output, " of %" PRIu64 " bytes", type->layout->size_bits / 8);
}

struct result {
    enum rule rule;
    uint64_t line;
    const char *mark;      // what stays the same when lines move: part of the fingerprint
    struct output message; // a text
};

// 3.27. The fingerprint tells the same finding in another run from a new one (3.27.17).
static void result_json(struct output *output, const struct report_document *document,
                        const struct report_type *type, struct result *result)
{
    output_char(&result->message, '\0');
    struct output identity = {0};
    output_format(&identity, "%s %s %s", rules[result->rule].id, type->name ? type->name : "",
                  result->mark ? result->mark : "");
    output_char(&identity, '\0');
    output_text(output, output->length && output->data[output->length - 1] == '}' ? ",\n" : "");
    output_format(output, "{\"ruleId\":\"%s\",\"ruleIndex\":%d,\"level\":\"%s\",\"message\":{\"text\":",
                  rules[result->rule].id, (int)result->rule, rules[result->rule].level);
    safe_json(output, result->message.data);
    output_text(output, "},");
    location(output, document, type, result->line ? result->line : type->declared_line);
    output_text(output, ",\"analysisTarget\":{\"uri\":");
    uri_json(output, document->file.path);
    output_text(output, "},\"partialFingerprints\":{\"strata/v1\":");
    safe_json(output, identity.data);
    output_text(output, "}}");
    output->out_of_memory |= identity.out_of_memory | result->message.out_of_memory;
    output_free(&identity);
    output_free(&result->message);
}

static void gap_result(struct output *output, const struct report_document *document,
                       const struct report_type *type, const struct layout_gap *gap)
{
    bool is_padding = gap->class == LAYOUT_TAIL_PADDING || !gap->after;
    struct result result = {.rule = is_padding ? RULE_PADDING : RULE_HOLE,
                            .line = gap->after ? gap->after->declared_line : 0,
                            .mark = gap->after ? gap->after->name : NULL};
    type_words(&result.message, type);
    size_text(&result.message, gap->size_bits);
    output_text(&result.message, is_padding ? " of padding at the end" : " unused before ");
    if (!is_padding)
        quoted_name(&result.message, gap->after->name);
    offset_words(&result.message, type, gap->offset_bits);
    result_json(output, document, type, &result);
}

static void straddle_result(struct output *output, const struct report_document *document,
                            const struct report_type *type, const struct row *row)
{
    struct result result = {.rule = RULE_STRADDLE, .line = row->member->declared_line, .mark = row->name};
    type_words(&result.message, type);
    quoted_name(&result.message, row->name);
    output_format(&result.message, " crosses a border of cache lines of %" PRIu64 " bytes",
                  type->layout->cacheline_bytes);
    offset_words(&result.message, type, row->offset_bits);
    result_json(output, document, type, &result);
}

static void sharing_result(struct output *output, const struct report_document *document,
                           const struct report_type *type, const struct sharing_line *line,
                           const struct sharing_line *last)
{
    struct result result = {.rule = RULE_SHARING, .line = line->hot->declared_line, .mark = line->hot->name};
    type_words(&result.message, type);
    output_text(&result.message, line->other ? "" : "elements of ");
    quoted_name(&result.message, line->hot->name);
    if (line->other) {
        output_text(&result.message, line->hot_count == 2 ? " and " : ", ");
        quoted_name(&result.message, line->other->name);
    }
    if (line->hot_count > 2)
        output_format(&result.message, " and %zu more", line->hot_count - 2);
    output_format(&result.message, " share cache line %" PRIu64, line->line);
    if (last != line)
        output_format(&result.message, " (and so on to line %" PRIu64 ")", last->line);
    result_json(output, document, type, &result);
}

static struct error *sarif_encode(struct output *chunk, const struct report_document *document,
                                  const struct report_type *type)
{
    struct output results = {0};
    const struct layout *layout = type->layout;
    for (size_t i = 0; i < layout->gaps_count; i++)
        if (layout->gaps[i].class != LAYOUT_UNKNOWN)
            gap_result(&results, document, type, &layout->gaps[i]);
    for (size_t i = 0; i < type->rows.count; i++)
        if (type->rows.data[i].straddles && type->rows.data[i].depth == 0)
            straddle_result(&results, document, type, &type->rows.data[i]);
    size_t next = 0;
    for (const struct sharing_line *line, *last;
         type->sharing && (line = sharing_next(type->sharing, &next, &last));)
        sharing_result(&results, document, type, line, last);
    if (results.length)
        output_bytes(chunk, results.data, results.length);
    chunk->out_of_memory |= results.out_of_memory;
    output_free(&results);
    return NULL;
}

// --- The log ---

static void rules_json(struct output *output)
{
    for (int i = 0; i < RULES; i++)
        output_format(output,
                      "%s{\"id\":\"%s\",\"name\":\"%s\",\"shortDescription\":{\"text\":\"%s\"},"
                      "\"help\":{\"text\":\"%s\"},\"defaultConfiguration\":{\"level\":\"%s\"}}",
                      i ? ",\n" : "", rules[i].id, rules[i].name, rules[i].summary, rules[i].help,
                      rules[i].level);
}

static struct error *sarif_open(const char *path, const struct report_about *about, struct report_sink **sink)
{
    struct document *document;
    RETURN_IF_ERROR(document_open(&report_kind_sarif, path, sizeof(*document), about, &document));
    struct output *output = &document->output;
    output_text(output,
                "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"strata\",\"version\":");
    safe_json(output, about->version);
    output_text(output, ",\"rules\":[\n");
    rules_json(output);
    output_text(output, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[\n");
    *sink = &document->sink;
    return NULL;
}

static struct error *sarif_begin_file(struct report_sink *sink, const struct report_document *about)
{
    (void)about;
    document_of(sink)->files_count++;
    return NULL;
}

static struct error *sarif_take(struct report_sink *sink, const char *chunk, size_t size_bytes)
{
    document_take(document_of(sink), ",\n", chunk, size_bytes);
    return NULL;
}

static struct error *sarif_end_file(struct report_sink *sink)
{
    (void)sink;
    return NULL;
}

static struct error *sarif_finish(struct report_sink *sink)
{
    struct document *document = document_of(sink);
    output_text(&document->output, "\n]}]}\n");
    return document_finish(document);
}

const struct report_kind report_kind_sarif = {.name = "sarif",
                                              .endings = {".sarif", ".sarif.json"},
                                              .open = sarif_open,
                                              .encode = sarif_encode,
                                              .begin_file = sarif_begin_file,
                                              .take = sarif_take,
                                              .end_file = sarif_end_file,
                                              .finish = sarif_finish,
                                              .discard = document_discard};
