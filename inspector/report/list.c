// SPDX-License-Identifier: MIT
#include "report/list.h"

#include "report/csv.h"
#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/writers.h"

#include <string.h>

unsigned list_needs(const struct writer *writer)
{
    unsigned needs = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].cells || writer != &list_text)
            needs |= columns[i].needs;
    return needs;
}

static bool is_of_several(const struct report_document *about)
{
    return ((const struct list_document *)about)->files != NULL;
}

// Whether the list has the column.
static bool has_column(const struct report_document *about, const struct column *column)
{
    return !column->of_several || is_of_several(about);
}

// --- Text ---

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    const struct list_document *list = (const struct list_document *)about;
    struct output *output = document->output;
    if (!list->lines_count)
        return NULL;
    ink_start(output, &about->style, INK_DIM);
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].cells && has_column(about, &columns[i]))
            output_right(output, columns[i].title, columns[i].cells);
    output_text(output, "  ");
    output_text(output, columns[COLUMN_NAME].title);
    ink_stop(output, &about->style, INK_DIM);
    output_char(output, '\n');
    return NULL;
}

static void draw_cell(struct output *output, const struct report_style *style, const struct column *column,
                      const struct type_summary *summary)
{
    char text[NUMBER_BYTES];
    const bool is_known = column_is_known(column, summary);
    const uint64_t number = column_number(column, summary);
    const enum ink ink = column->is_waste && number ? INK_WASTE : INK_PLAIN;
    ink_start(output, style, ink);
    output_right(output, is_known ? number_text(text, style, number) : "?", column->cells);
    ink_stop(output, style, ink);
}

static struct error *text_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct type_summary *summary = item;
    const struct report_style *style = &about->style;
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].cells && has_column(about, &columns[i]))
            draw_cell(output, style, &columns[i], summary);
    output_text(output, "  ");
    ink_kind_word(output, summary->kind, summary->name);
    ink_name(output, style, INK_STRONG, summary->name ? summary->name : "(anonymous)");
    if (summary->declared_file) {
        output_text(output, "  ");
        ink_name(output, style, INK_DIM, summary->declared_file);
        if (summary->declared_line) {
            ink_start(output, style, INK_DIM);
            output_char(output, ':');
            output_u64(output, summary->declared_line);
            ink_stop(output, style, INK_DIM);
        }
    }
    if (summary->in_path) {
        output_text(output, "  in ");
        ink_name(output, style, INK_DIM, summary->in_path);
    }
    output_char(output, '\n');
    return NULL;
}

const struct writer list_text = {.name = "text", .begin_file = text_begin_file, .encode = text_encode};

// --- JSON (strata.list/1) ---

// The comma before the first of an object becomes its brace.
static void json_value(struct output *output, bool is_first, const struct column *column,
                       const struct type_summary *summary)
{
    const char *key = column->json_key + is_first;
    if (is_first)
        output_char(output, '{');
    if (column->is_text)
        json_quoted(output, key, column_text(column, summary));
    else
        json_number_or_null(output, key, column_is_known(column, summary), column_number(column, summary));
}

static void json_values(struct output *output, const struct report_document *about, bool is_declaration,
                        const struct type_summary *summary)
{
    bool is_first = true;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].is_declaration != is_declaration || !has_column(about, &columns[i]))
            continue;
        json_value(output, is_first, &columns[i], summary);
        is_first = false;
    }
}

static struct error *json_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct type_summary *summary = item;
    const bool is_declared = summary->declared_file || summary->declared_line;
    json_values(output, about, false, summary);
    output_text(output, is_declared ? ",\"decl\":" : ",\"decl\":null}");
    if (is_declared) {
        json_values(output, about, true, summary);
        json_path(output, ",\"path\":", about, summary->declared_folder, summary->declared_file);
        output_text(output, "}}");
    }
    return NULL;
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct list_document *list = (const struct list_document *)about;
    if (!is_of_several(about))
        json_file(document->output, "{\"schema\":\"strata.list/1\",\"file\":", &about->file);
    else
        output_text(document->output, "{\"schema\":\"strata.lists/1\",\"files\":[\n");
    for (size_t i = 0; i < list->files_count; i++)
        json_file(document->output, i ? ",\n" : "", &list->files[i]);
    output_text(document->output, is_of_several(about) ? "]" : "");
    output_text(document->output, ",\"types\":[\n");
    return NULL;
}

const struct writer list_json = {.name = "json",
                                 .between = ",\n",
                                 .begin_file = json_begin_file,
                                 .encode = json_encode,
                                 .end_file = json_items_end};

// --- CSV ---

static struct error *csv_begin_file(struct document *document, const struct report_document *about)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!has_column(about, &columns[i]))
            continue;
        output_text(document->output, i ? "," : "");
        output_text(document->output, columns[i].key);
    }
    output_text(document->output, "\r\n");
    return NULL;
}

static struct error *csv_encode(struct output *output, const struct report_document *about, const void *item)
{
    const struct type_summary *summary = item;
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *column = &columns[i];
        if (!has_column(about, column))
            continue;
        if (column->is_text) {
            output_text(output, i ? "," : "");
            csv_text(output, &about->style, column_text(column, summary));
        } else {
            csv_number(output, column_is_known(column, summary), column_number(column, summary));
        }
    }
    output_text(output, "\r\n");
    return NULL;
}

const struct writer list_csv = {.name = "csv", .begin_file = csv_begin_file, .encode = csv_encode};
