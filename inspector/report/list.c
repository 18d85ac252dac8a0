#include "report/list.h"

#include "report/csv.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/safe_text.h"

#include <inttypes.h>
#include <string.h>

// --- Text ---

struct column {
    const char *title;
    size_t width;
};

static const struct column columns[] = {
    {"size", 8}, {"align", 7}, {"members", 9}, {"holes", 7},  {"waste", 7},
    {"deep", 7}, {"saves", 7}, {"lines", 7},   {"copies", 8},
};

static void text_start(struct output *output, const struct report_document *document, size_t lines_count)
{
    const struct report_style *style = &document->style;
    if (!lines_count)
        return;
    ink_start(output, style, INK_DIM);
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        output_right(output, columns[i].title, columns[i].width);
    output_text(output, "  type");
    ink_stop(output, style, INK_DIM);
    output_char(output, '\n');
}

static void list_cell(struct output *output, const struct report_style *style, size_t column, bool is_known,
                      uint64_t number)
{
    char text[NUMBER_BYTES];
    output_right(output, is_known ? number_text(text, style, number) : "?", columns[column].width);
}

static void list_waste_cell(struct output *output, const struct report_style *style, size_t column,
                            uint64_t waste_bits)
{
    enum ink ink = waste_bits ? INK_WASTE : INK_PLAIN;
    ink_start(output, style, ink);
    list_cell(output, style, column, true, bits_to_bytes(waste_bits));
    ink_stop(output, style, ink);
}

static void text_line(struct output *output, const struct report_document *document,
                      const struct type_summary *summary, bool is_first)
{
    const struct report_style *style = &document->style;
    (void)is_first;
    list_cell(output, style, 0, summary->size_known, summary->size_bytes);
    list_cell(output, style, 1, summary->align_bytes != 0, summary->align_bytes);
    list_cell(output, style, 2, true, summary->members);
    list_cell(output, style, 3, true, summary->holes);
    list_waste_cell(output, style, 4, summary->own_waste_bits);
    list_waste_cell(output, style, 5, summary->deep_waste_bits);
    list_waste_cell(output, style, 6, 8 * summary->savings_bytes);
    list_cell(output, style, 7, true, summary->cache_lines);
    list_cell(output, style, 8, true, summary->copies);
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
    output_char(output, '\n');
}

static void nothing_more(struct output *output)
{
    (void)output;
}

// --- JSON ---

static void json_line(struct output *output, const struct report_document *document,
                      const struct type_summary *summary, bool is_first)
{
    (void)document;
    output_text(output, is_first ? "" : ",\n");
    json_string(output, "{\"name\":", summary->name);
    json_string(output, ",\"kind\":", summary->kind);
    json_string(output, ",\"language\":", summary->language);
    json_number_or_null(output, ",\"size_bytes\":", summary->size_known, summary->size_bytes);
    json_number_or_null(output, ",\"align_bytes\":", summary->align_bytes != 0, summary->align_bytes);
    json_number(output, ",\"members\":", summary->members);
    json_number(output, ",\"holes\":", summary->holes);
    json_number(output, ",\"own_waste_bytes\":", bits_to_bytes(summary->own_waste_bits));
    json_number(output, ",\"deep_waste_bytes\":", bits_to_bytes(summary->deep_waste_bits));
    json_number(output, ",\"savings_bytes\":", summary->savings_bytes);
    json_number(output, ",\"cache_lines\":", summary->cache_lines);
    json_number(output, ",\"straddlers\":", summary->straddlers);
    json_number(output, ",\"hot_members\":", summary->hot_members);
    json_number(output, ",\"contended_lines\":", summary->contended_lines);
    json_number(output, ",\"copies\":", summary->copies);
    if (summary->declared_file || summary->declared_line) {
        json_string(output, ",\"decl\":{\"file\":", summary->declared_file);
        json_number_or_null(output, ",\"line\":", summary->declared_line != 0, summary->declared_line);
        output_text(output, "}}");
    } else {
        output_text(output, ",\"decl\":null}");
    }
}

static void json_start(struct output *output, const struct report_document *document, size_t lines_count)
{
    (void)lines_count;
    json_file(output, "{\"schema\":\"strata.list/1\",\"file\":", &document->file);
    output_text(output, ",\"types\":[\n");
}

static void json_end(struct output *output)
{
    output_text(output, "\n]}\n");
}

// --- CSV ---

static void csv_number(struct output *output, bool is_known, uint64_t number)
{
    output_char(output, ',');
    if (is_known)
        output_u64(output, number);
}

static void csv_start(struct output *output, const struct report_document *document, size_t lines_count)
{
    (void)document;
    (void)lines_count;
    output_text(output,
                "name,kind,language,size_bytes,align_bytes,members,holes,own_waste_bytes,deep_waste_bytes,"
                "savings_bytes,cache_lines,straddlers,hot_members,contended_lines,copies,file,line\r\n");
}

static void csv_line(struct output *output, const struct report_document *document,
                     const struct type_summary *summary, bool is_first)
{
    (void)document;
    (void)is_first;
    csv_text(output, summary->name);
    output_char(output, ',');
    csv_text(output, summary->kind);
    output_char(output, ',');
    csv_text(output, summary->language);
    csv_number(output, summary->size_known, summary->size_bytes);
    csv_number(output, summary->align_bytes != 0, summary->align_bytes);
    csv_number(output, true, summary->members);
    csv_number(output, true, summary->holes);
    csv_number(output, true, bits_to_bytes(summary->own_waste_bits));
    csv_number(output, true, bits_to_bytes(summary->deep_waste_bits));
    csv_number(output, true, summary->savings_bytes);
    csv_number(output, true, summary->cache_lines);
    csv_number(output, true, summary->straddlers);
    csv_number(output, true, summary->hot_members);
    csv_number(output, true, summary->contended_lines);
    csv_number(output, true, summary->copies);
    output_char(output, ',');
    csv_text(output, summary->declared_file);
    csv_number(output, summary->declared_line != 0, summary->declared_line);
    output_text(output, "\r\n");
}

// --- All ---

struct list_format {
    const char *word;
    void (*start)(struct output *output, const struct report_document *document, size_t lines_count);
    void (*line)(struct output *output, const struct report_document *document,
                 const struct type_summary *summary, bool is_first);
    void (*end)(struct output *output);
};

static const struct list_format formats[] = {
    {"text", text_start, text_line, nothing_more},
    {"json", json_start, json_line, json_end},
    {"csv", csv_start, csv_line, nothing_more},
};

const struct list_format *list_format_named(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (!strcmp(formats[i].word, word))
            return &formats[i];
    return NULL;
}

void list_start(struct output *output, const struct report_document *document,
                const struct list_format *format, size_t lines_count)
{
    format->start(output, document, lines_count);
}

void list_lines(struct output *output, const struct report_document *document,
                const struct list_format *format, const struct type_summary *const *summaries, size_t first,
                size_t count)
{
    for (size_t i = 0; i < count; i++)
        format->line(output, document, summaries[i], first + i == 0);
}

void list_end(struct output *output, const struct list_format *format)
{
    format->end(output);
}
