// SPDX-License-Identifier: MIT
#include "report/holders.h"

#include "report/csv.h"
#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/writers.h"

#include <string.h>

enum { OFFSET_CELLS = 8, HOW_CELLS = 7 };

// --- Text ---

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    if (!((const struct holders_document *)about)->lines_count)
        return NULL;
    ink_start(document->output, &about->style, INK_DIM);
    output_text(document->output, "  offset  how      holder and member");
    ink_stop(document->output, &about->style, INK_DIM);
    output_char(document->output, '\n');
    return NULL;
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct report_holding *line = item;
    const char *how = hold_how_word(line->holding->how);
    char text[NUMBER_BYTES];
    output_right(
        output,
        line->holding->offset_known ? number_text(text, &about->style, line->holding->offset_bits / 8) : "?",
        OFFSET_CELLS);
    output_format(output, "  %s", how);
    output_spaces(output, HOW_CELLS - strlen(how) + 2);
    ink_kind_word(output, line->kind_word, line->holder);
    ink_name(output, &about->style, INK_STRONG, line->holder);
    output_text(output, "  ");
    ink_name(output, &about->style, INK_PLAIN, line->holding->member);
    output_text(output, "  ");
    ink_name(output, &about->style, INK_TYPE, line->holding->type_text);
    if (line->in_path) {
        output_text(output, "  in ");
        ink_name(output, &about->style, INK_DIM, line->in_path);
    }
    if (line->in_files > 1)
        output_format(output, " and %zu other file%s", line->in_files - 1, line->in_files == 2 ? "" : "s");
    output_char(output, '\n');
    return NULL;
}

const struct writer holders_text = {.name = "text", .begin_file = text_begin_file, .encode = text_encode};

// --- JSON (strata.holders/1) ---

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct holders_document *holders = (const struct holders_document *)about;
    if (holders->files) {
        output_text(document->output, "{\"schema\":\"strata.holders-in-files/1\",\"files\":[");
        for (size_t i = 0; i < holders->files_count; i++)
            json_file(document->output, i ? ",\n" : "\n", &holders->files[i]);
        output_char(document->output, ']');
    } else {
        json_file(document->output, "{\"schema\":\"strata.holders/1\",\"file\":", &about->file);
    }
    json_quoted(document->output, ",\"held\":", holders->held);
    output_text(document->output, ",\"holders\":[\n");
    return NULL;
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct report_holding *line = item;
    (void)about;
    json_quoted(output, "{\"holder\":", line->holder);
    json_quoted(output, ",\"kind\":", line->kind_word);
    json_quoted(output, ",\"member\":", line->holding->member);
    json_quoted(output, ",\"type\":", line->holding->type_text);
    json_quoted(output, ",\"how\":", hold_how_word(line->holding->how));
    json_number_or_null(output, ",\"offset_bits\":", line->holding->offset_known, line->holding->offset_bits);
    if (line->in_path) {
        json_quoted(output, ",\"path\":", line->in_path);
        json_number(output, ",\"files\":", line->in_files);
    }
    output_char(output, '}');
    return NULL;
}

const struct writer holders_json = {.name = "json",
                                    .between = ",\n",
                                    .begin_file = json_begin_file,
                                    .encode = json_encode,
                                    .end_file = json_items_end};

// --- CSV ---

static struct error *csv_begin_file(struct document *document, const struct report_document *about)
{
    const bool is_several = ((const struct holders_document *)about)->files != NULL;
    output_text(document->output, "holder,kind,member,type,how,offset_bits");
    output_text(document->output, is_several ? ",files,path\r\n" : "\r\n");
    return NULL;
}

static struct error *csv_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct report_holding *line = item;
    const char *const texts[] = {line->holder, line->kind_word, line->holding->member,
                                 line->holding->type_text, hold_how_word(line->holding->how)};
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        output_text(output, i ? "," : "");
        csv_text(output, &about->style, texts[i]);
    }
    csv_number(output, line->holding->offset_known, line->holding->offset_bits);
    if (line->in_path) {
        csv_number(output, true, line->in_files);
        output_char(output, ',');
        csv_text(output, &about->style, line->in_path);
    }
    output_text(output, "\r\n");
    return NULL;
}

const struct writer holders_csv = {.name = "csv", .begin_file = csv_begin_file, .encode = csv_encode};
