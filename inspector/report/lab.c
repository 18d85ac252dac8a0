// SPDX-License-Identifier: MIT
#include "report/lab.h"

#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/safe_text.h"
#include "report/wrap.h"
#include "report/writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Text ---

static enum ink verdict_ink(enum lab_verdict verdict)
{
    return verdict == LAB_HOLDS ? INK_FIELD_FIRST : verdict == LAB_PARTLY ? INK_WASTE : INK_WARN;
}

static void verdict_word(struct output *output, const struct lab_document *lab, enum lab_verdict verdict)
{
    ink_text(output, &lab->document.style, verdict_ink(verdict), lab_verdict_word(verdict));
}

enum { NAME_CELLS = 18, VERDICT_CELLS = 11 };

static void line_text(struct output *output, const struct lab_document *lab, const struct lab_result *result)
{
    size_t cells = ink_name(output, &lab->document.style, INK_STRONG, result->experiment->name);
    size_t column = NAME_CELLS + VERDICT_CELLS;
    output_spaces(output, NAME_CELLS - cells);
    verdict_word(output, lab, result->here->verdict);
    output_spaces(output, VERDICT_CELLS - strlen(lab_verdict_word(result->here->verdict)));
    if (lab->with_go) {
        const char *word = result->has_go ? lab_verdict_word(result->on_go->verdict) : "-";
        output_text(output, "Go: ");
        output_text(output, word);
        output_spaces(output, VERDICT_CELLS - strlen(word));
        column += strlen("Go: ") + VERDICT_CELLS;
    }
    text_wrapped(output, &lab->document.style, result->experiment->claim, column, column);
}

static void notebook_text(struct output *output, const struct lab_document *lab,
                          const struct lab_notebook *notebook)
{
    vec_foreach (const char **, line, &notebook->evidence) {
        output_text(output, "  ");
        text_wrapped(output, &lab->document.style, *line, 2, 6);
    }
    output_char(output, '\n');
    verdict_word(output, lab, notebook->verdict);
    output_text(output, ": ");
    text_wrapped(output, &lab->document.style, notebook->reason ? notebook->reason : "",
                 strlen(lab_verdict_word(notebook->verdict)) + 2, 2);
}

// Why there is nothing of real Go: the other map is in it, or nothing can be asked of it from outside.
static void undone_text(struct output *output, const struct lab_result *result)
{
    enum { FIRST_SWISS = 24 };
    const bool is_swiss = !strncmp(result->experiment->name, "swiss-", 6);
    const char *version = result->go_version;
    const unsigned long minor =
        version && !strncmp(version, "go1.", 4) ? strtoul(version + 4, NULL, 10) : FIRST_SWISS;
    output_format(output, "\n(not done on real Go, %s", version ? version : "?");
    if (is_swiss && minor < FIRST_SWISS)
        output_text(output, ", which has the classic map: --go=TOOL takes one of 1.24 or later");
    output_text(output, ")\n");
}

static void whole_text(struct output *output, const struct lab_document *lab, const struct lab_result *result)
{
    size_t cells = ink_name(output, &lab->document.style, INK_STRONG, result->experiment->name);
    output_text(output, ": ");
    text_wrapped(output, &lab->document.style, result->experiment->claim, cells + 2, 2);
    output_char(output, '\n');
    notebook_text(output, lab, result->here);
    if (result->experiment->source)
        output_format(output, "in Go 1.23: %s\n", result->experiment->source);
    if (!lab->with_go || !result->experiment->run)
        return;
    if (!result->has_go) {
        undone_text(output, result);
        return;
    }
    output_format(output, "\non real Go, %s:\n\n", result->go_version ? result->go_version : "?");
    notebook_text(output, lab, result->on_go);
}

// How many of the claims hold, and what this is about.
static void tally_text(struct output *output, const struct lab_document *lab)
{
    size_t all = 0;
    for (size_t i = 0; i < LAB_VERDICTS; i++)
        all += lab->tally[i];
    char text[256];
    snprintf(text, sizeof(text),
             "What people say of Go's maps, classic and Swiss, tried on live ones: of %zu claims %zu hold, "
             "%zu hold "
             "partly, %zu "
             "are refuted%s. \"strata lab NAME\" shows the evidence.",
             all, lab->tally[LAB_HOLDS], lab->tally[LAB_PARTLY], lab->tally[LAB_REFUTED],
             lab->tally[LAB_UNDECIDED] ? ", the rest is undecided" : "");
    text_wrapped(output, &lab->document.style, text, 0, 0);
    output_char(output, '\n');
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct lab_document *lab = (const struct lab_document *)about;
    if (lab->is_whole)
        whole_text(output, lab, item);
    else
        line_text(output, lab, item);
    return NULL;
}

struct lab_text_document {
    struct document document; // first
    bool is_whole;
};

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    const struct lab_document *lab = (const struct lab_document *)about;
    ((struct lab_text_document *)document)->is_whole = lab->is_whole;
    if (!lab->is_whole)
        tally_text(document->output, lab);
    return NULL;
}

static struct error *text_take(struct document *document, const char *chunk, size_t size_bytes)
{
    if (document->items_count && ((struct lab_text_document *)document)->is_whole)
        output_char(document->output, '\n');
    output_bytes(document->output, chunk, size_bytes);
    return NULL;
}

const struct writer lab_text = {.name = "text",
                                .document_bytes = sizeof(struct lab_text_document),
                                .begin_file = text_begin_file,
                                .encode = text_encode,
                                .take = text_take};

// --- JSON (strata.lab/1) ---

static void json_notebook(struct output *output, const struct lab_notebook *notebook)
{
    output_format(output, "\"verdict\":\"%s\",\"reason\":", lab_verdict_word(notebook->verdict));
    safe_json(output, notebook->reason);
    output_text(output, ",\"evidence\":[");
    for (size_t i = 0; i < notebook->evidence.length; i++) {
        output_text(output, i ? "," : "");
        safe_json(output, notebook->evidence.data[i]);
    }
    output_char(output, ']');
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    (void)about;
    const struct lab_result *result = item;
    output_text(output, "{\"name\":");
    safe_json(output, result->experiment->name);
    output_text(output, ",\"claim\":");
    safe_json(output, result->experiment->claim);
    output_char(output, ',');
    json_notebook(output, result->here);
    output_text(output, ",\"go\":");
    if (result->has_go) {
        output_text(output, "{\"version\":");
        safe_json(output, result->go_version);
        output_char(output, ',');
        json_notebook(output, result->on_go);
        output_text(output, "}}");
    } else {
        output_text(output, "null}");
    }
    return NULL;
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    (void)about;
    output_text(document->output, "{\"schema\":\"strata.lab/1\",\"experiments\":[");
    return NULL;
}

const struct writer lab_json = {.name = "json",
                                .first = "\n",
                                .between = ",\n",
                                .begin_file = json_begin_file,
                                .encode = json_encode,
                                .end_file = json_items_end};
