// SPDX-License-Identifier: MIT
#include "report/sarif.h"

#include "report/safe_text.h"
#include "type/type_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Fingerprints ---

// How often each fingerprint was met, by its hash: open addressing, at most three quarters full.
struct sarif_print {
    uint64_t hash;
    uint64_t count; // 0: free
};

struct sarif_prints {
    struct sarif_print *slots;
    size_t slots_count, used; // slots_count is a power of two
};

static struct sarif_print *print_at(const struct sarif_prints *prints, uint64_t hash)
{
    size_t slot = hash & (prints->slots_count - 1);
    while (prints->slots[slot].count && prints->slots[slot].hash != hash)
        slot = (slot + 1) & (prints->slots_count - 1);
    return &prints->slots[slot];
}

static bool prints_grow(struct sarif_prints *prints)
{
    struct sarif_prints larger = {.slots_count = prints->slots_count ? 2 * prints->slots_count : 64,
                                  .used = prints->used};
    larger.slots = calloc(larger.slots_count, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < prints->slots_count; i++)
        if (prints->slots[i].count)
            *print_at(&larger, prints->slots[i].hash) = prints->slots[i];
    free(prints->slots);
    *prints = larger;
    return true;
}

// The which-th with this hash it is, from 1 on; 0 when memory is short.
static uint64_t prints_count(struct sarif_prints *prints, uint64_t hash)
{
    if (4 * prints->used >= 3 * prints->slots_count && !prints_grow(prints))
        return 0;
    struct sarif_print *print = print_at(prints, hash);
    prints->used += !print->count;
    print->hash = hash;
    return ++print->count;
}

// --- Places ---

// 3.4: what lies below the root is relative to it, as a reader elsewhere (a code review) has it.
static enum source_place artifact(struct output *output, const char *folder, const char *file,
                                  const struct source_root *root)
{
    output_text(output, "{\"uri\":\"");
    const enum source_place place = source_uri(output, folder, file, root);
    output_text(output, place == SOURCE_BELOW_ROOT ? "\",\"uriBaseId\":\"%SRCROOT%\"}" : "\"}");
    return place;
}

// A path of the command line: relative to where that ran, which matters only below the root.
static enum source_place given_artifact(struct output *output, const char *path,
                                        const struct source_root *root)
{
    struct output below = {0};
    const bool is_below = root && source_path(&below, root->here, path, root) == SOURCE_BELOW_ROOT;
    output->out_of_memory |= below.out_of_memory;
    output_free(&below);
    return is_below ? artifact(output, root->here, path, root) : artifact(output, NULL, path, NULL);
}

// 3.28: the source line when it is known, else the program, as GitHub refuses a log with a result that is
// nowhere; and always the type as a logical place.
static enum source_place location(struct output *output, const struct report_document *about,
                                  const struct sarif_result *result, bool has_file)
{
    output_text(output, "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":");
    const struct source_root *root = about->source_root;
    const enum source_place place = !has_file          ? given_artifact(output, about->file.path, root)
                                    : result->is_given ? given_artifact(output, result->file, root)
                                                       : artifact(output, result->folder, result->file, root);
    // GitHub puts what has no line onto the first.
    output_format(output, ",\"region\":{\"startLine\":%" PRIu64 "}},",
                  has_file && result->line ? result->line : 1);
    output_text(output, "\"logicalLocations\":[{\"fullyQualifiedName\":");
    safe_json(output, result->type_name ? result->type_name : "(anonymous)");
    output_text(output, ",\"kind\":\"type\"}]}]");
    return place;
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

// What stands before each result of a chunk. The text comes in two parts: what tells two of the same
// fingerprint apart stands between, and is known in the order of the log only.
struct result_frame {
    size_t first_bytes, second_bytes;
    uint64_t hash;
    unsigned rule;
    bool is_placeless, is_absolute;
};

void sarif_result(struct output *chunk, const struct report_document *about,
                  const struct sarif_result *result)
{
    struct output text = {0};
    struct result_frame frame = {.rule = result->rule, .hash = type_index_name_hash(result->fingerprint)};
    const struct sarif_rule *rule = &result->rules[result->rule];
    output_text(&text, "{\"ruleId\":");
    safe_json(&text, rule->id);
    if (result->is_indexed)
        output_format(&text, ",\"ruleIndex\":%u", result->rule);
    output_format(&text, ",\"level\":\"%s\",\"message\":{\"text\":", rule->level);
    safe_json(&text, result->message);
    output_text(&text, "},");
    frame.is_placeless = !result->file || !*result->file;
    frame.is_absolute = location(&text, about, result, !frame.is_placeless) == SOURCE_ABSOLUTE;
    output_text(&text, ",\"analysisTarget\":");
    (void)given_artifact(&text, about->file.path, about->source_root);
    output_text(&text, ",\"partialFingerprints\":{\"strata/v1\":");
    safe_json(&text, result->fingerprint);
    text.length -= !text.out_of_memory; // its quotation mark
    frame.first_bytes = text.length;
    if (result->is_suppressed)
        output_text(&text, ",\"suppressions\":[{\"kind\":\"external\"}]");
    output_char(&text, '}');
    frame.second_bytes = text.length - frame.first_bytes;
    output_bytes(chunk, (const char *)&frame, sizeof(frame));
    output_bytes(chunk, text.data, text.length);
    chunk->out_of_memory |= text.out_of_memory;
    output_free(&text);
}

// --- The log ---

struct error *sarif_open(const struct writer *writer, const struct document_place *place,
                         const struct document_about *about, struct document **document)
{
    RETURN_IF_ERROR(document_open(writer, place, about, document));
    struct sarif_document *log = (struct sarif_document *)*document;
    log->prints = calloc(1, sizeof(*log->prints));
    if (!log->prints) {
        sarif_discard(*document);
        return &error_out_of_memory;
    }
    struct output *output = (*document)->output;
    output_text(output,
                "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
                "\"runs\":[{\"columnKind\":\"unicodeCodePoints\",");
    if (about->source_root) {
        output_text(output, "\"originalUriBaseIds\":{\"%SRCROOT%\":{\"uri\":\"");
        source_folder_uri(output, about->source_root->paths[0]);
        output_text(output, "\"}},");
    }
    output_text(output, "\"results\":[\n");
    return NULL;
}

// GitHub reads "primaryLocationLineHash" alone; the other one is the same for people.
static struct error *take_result(struct sarif_document *log, const struct result_frame *frame,
                                 const char *text)
{
    struct output *output = log->document.output;
    const uint64_t number = prints_count(log->prints, frame->hash);
    if (!number)
        return &error_out_of_memory;
    output_text(output, log->results_count ? ",\n" : "");
    output_bytes(output, text, frame->first_bytes);
    if (number > 1)
        output_format(output, " #%" PRIu64, number);
    output_format(output, "\",\"primaryLocationLineHash\":\"%016" PRIx64 ":%" PRIu64 "\"}", frame->hash,
                  number);
    output_bytes(output, text + frame->first_bytes, frame->second_bytes);
    log->results_count++;
    log->placeless_count += frame->is_placeless;
    log->absolute_count += frame->is_absolute && !frame->is_placeless;
    log->broken_rules |= UINT64_C(1) << frame->rule;
    return NULL;
}

struct error *sarif_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct result_frame frame;
    for (size_t at = 0; at < size_bytes; at += frame.first_bytes + frame.second_bytes) {
        memcpy(&frame, chunk + at, sizeof(frame));
        at += sizeof(frame);
        RETURN_IF_ERROR(take_result((struct sarif_document *)document, &frame, chunk + at));
    }
    return NULL;
}

static void write_text(struct output *output, const char *key, const char *text)
{
    output_format(output, ",\"%s\":{\"text\":", key);
    safe_json(output, text);
    output_char(output, '}');
}

// 3.49, and what GitHub shows of it.
static void write_rule(struct output *output, const struct sarif_rule *rule)
{
    output_format(output, "{\"id\":\"%s\",\"name\":\"%s\"", rule->id, rule->name);
    write_text(output, "shortDescription", rule->summary);
    write_text(output, "fullDescription", rule->description);
    output_text(output, ",\"help\":{\"text\":");
    safe_json(output, rule->help);
    output_text(output, ",\"markdown\":");
    safe_json(output, rule->help);
    output_format(output,
                  "},\"defaultConfiguration\":{\"level\":\"%s\"},\"properties\":{\"tags\":[\"performance\","
                  "\"memory-layout\"],"
                  "\"precision\":\"very-high\",\"problem.severity\":\"%s\"}}",
                  rule->level, strcmp(rule->level, "note") ? rule->level : "recommendation");
}

static void write_tool(const struct sarif_document *log, const struct sarif_rule *rules, size_t count,
                       bool broken_only)
{
    struct output *output = log->document.output;
    const struct document_about *about = &log->document.about;
    output_text(output, "\n],\"tool\":{\"driver\":{\"name\":\"strata\",\"version\":");
    safe_json(output, about->version);
    output_text(output, ",\"semanticVersion\":");
    safe_json(output, about->version);
    if (about->homepage && *about->homepage) {
        output_text(output, ",\"informationUri\":");
        safe_json(output, about->homepage);
    }
    output_text(output, ",\"rules\":[");
    const char *before = "\n";
    for (size_t i = 0; i < count; i++) {
        if (broken_only && !(log->broken_rules >> i & 1))
            continue;
        output_text(output, before);
        write_rule(output, &rules[i]);
        before = ",\n";
    }
    output_text(output, "]}}}]}\n");
}

// What a forge will make of it is said where somebody can still change it.
static void give_notices(const struct sarif_document *log)
{
    enum { GITHUB_RESULTS_MOST = 25000 };
    struct notice_sink *notices = log->document.about.notices;
    char line[200];
    if (log->placeless_count) {
        snprintf(line, sizeof(line),
                 "sarif: the source file of %zu of %zu results is not known; they are at the program's path",
                 log->placeless_count, log->results_count);
        notice_give(notices, line);
    }
    if (log->absolute_count) {
        snprintf(line, sizeof(line), "sarif: %zu of %zu results have absolute paths%s", log->absolute_count,
                 log->results_count,
                 log->document.about.source_root ? ", outside of --source-root"
                                                 : "; --source-root DIR makes them relative");
        notice_give(notices, line);
    }
    if (log->results_count > GITHUB_RESULTS_MOST) {
        snprintf(line, sizeof(line), "sarif: %zu results; GitHub takes no more than %d", log->results_count,
                 GITHUB_RESULTS_MOST);
        notice_give(notices, line);
    }
}

static void free_prints(struct document *document)
{
    struct sarif_document *log = (struct sarif_document *)document;
    if (log->prints)
        free(log->prints->slots);
    free(log->prints);
    log->prints = NULL;
}

void sarif_discard(struct document *document)
{
    free_prints(document);
    document_discard(document);
}

struct error *sarif_finish(struct document *document, const struct sarif_rule *rules, size_t count,
                           bool broken_only)
{
    const struct sarif_document *log = (const struct sarif_document *)document;
    write_tool(log, rules, count, broken_only);
    give_notices(log);
    free_prints(document);
    return document_finish(document);
}
