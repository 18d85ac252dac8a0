// SPDX-License-Identifier: MIT
#include "report/csv.h"

#include "report/document.h"
#include "report/writers.h"

#include <string.h>
#include <utf8proc.h>

static bool needs_quotes(const char *text)
{
    // A field of spaces, or one with a space at an end, is kept by every reader only in quotes.
    size_t length = strlen(text);
    return text[strcspn(text, ",\"\r\n")] || (length && (text[0] == ' ' || text[length - 1] == ' '));
}

// Spreadsheets look past spaces; the full-width signs are what some of them make ASCII of.
static bool is_formula(const char *text)
{
    static const char *const starts[] = {"=",  "+",      "-",      "@",      "\t",    "\r",
                                         "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    text += strspn(text, " ");
    for (size_t i = 0; i < ARRAY_LENGTH(starts); i++)
        if (!strncmp(text, starts[i], strlen(starts[i])))
            return true;
    return false;
}

void csv_text(struct output *output, const struct report_style *style, const char *text)
{
    if (!text)
        return;
    const bool is_defused = style->spreadsheet && is_formula(text), quoted = is_defused || needs_quotes(text);
    if (quoted)
        output_char(output, '"');
    if (is_defused)
        output_char(output, '\'');
    while (*text) {
        utf8proc_int32_t character;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &character);
        if (length <= 0)
            output_text(output, "\xef\xbf\xbd");
        else if ((character < 0x20 && character != '\n' && character != '\t') ||
                 (character >= 0x7f && character < 0xa0))
            output_format(output, "\\x%02x", (unsigned)character); // a terminal would obey it
        else if (character == '"')
            output_text(output, "\"\"");
        else
            output_bytes(output, text, (size_t)length);
        text += length > 0 ? length : 1;
    }
    if (quoted)
        output_char(output, '"');
}

// The line of column titles. Several files share a table, whose lines begin with the path then.
static void csv_header(struct output *output, bool has_path)
{
    output_text(output, has_path ? "path," : "");
    output_text(output,
                "type,type_kind,type_size_bytes,type_align_bytes,kind,depth,name,member_type,offset_bits,"
                "size_bits,align_bytes,file,line\r\n");
}

void csv_number(struct output *output, bool is_known, uint64_t number)
{
    output_char(output, ',');
    if (is_known)
        output_u64(output, number);
}

static void csv_row(struct output *output, const struct report_style *style, const char *path,
                    const struct described_type *type, const struct row *row)
{
    const struct layout *layout = type->layout;
    if (path) {
        csv_text(output, style, path);
        output_char(output, ',');
    }
    csv_text(output, style, type->name);
    output_char(output, ',');
    csv_text(output, style, type->kind_word);
    csv_number(output, layout->size_known, layout->size_bits / 8);
    csv_number(output, layout->align.bytes != 0, layout->align.bytes);
    output_char(output, ',');
    csv_text(output, style, row->kind_word);
    csv_number(output, true, row->depth);
    output_char(output, ',');
    csv_text(output, style, row->name);
    output_char(output, ',');
    csv_text(output, style, row->type_text);
    csv_number(output, row->offset_known, row->offset_bits);
    csv_number(output, row->size_known, row->size_bits);
    csv_number(output, row->align_bytes != 0, row->align_bytes);
    output_char(output, ',');
    csv_text(output, style, type->declared_file);
    csv_number(output, type->declared_line != 0, type->declared_line);
    output_text(output, "\r\n");
}

// A type without rows still has its line, of kind "type".
static void csv_rows(struct output *output, const struct report_style *style, const char *path,
                     const struct described_type *type)
{
    struct row whole = {.kind_word = "type",
                        .type_text = type->target,
                        .offset_known = true,
                        .size_known = type->layout->size_known,
                        .size_bits = type->layout->size_bits,
                        .align_bytes = type->layout->align.bytes};
    csv_row(output, style, path, type, &whole);
    for (size_t i = 0; i < type->rows.count; i++) {
        enum row_kind kind = type->rows.data[i].kind;
        if (kind == ROW_MEMBER || kind == ROW_GAP || kind == ROW_VARIANT)
            csv_row(output, style, path, type, &type->rows.data[i]);
    }
}

// --- Documents ---

static struct error *show_begin_file(struct document *document, const struct report_document *about)
{
    (void)about;
    csv_header(document->output, false);
    return NULL;
}

static struct error *show_encode(struct output *chunk, const struct report_document *about, const void *item)
{
    csv_rows(chunk, &about->style, NULL, item);
    return NULL;
}

const struct writer show_csv = {
    .name = "csv", .needs = DESCRIBE_ROWS, .begin_file = show_begin_file, .encode = show_encode};

static struct error *report_open(const struct writer *writer, const struct document_place *place,
                                 const struct document_about *about, struct document **document)
{
    RETURN_IF_ERROR(document_open(writer, place, about, document));
    csv_header((*document)->output, true);
    return NULL;
}

static struct error *report_encode(struct output *chunk, const struct report_document *about,
                                   const void *item)
{
    csv_rows(chunk, &about->style, about->file.path, item);
    return NULL;
}

const struct writer report_csv = {.name = "csv",
                                  .endings = {".csv"},
                                  .meaning = "a line a member, hole or padding",
                                  .needs = DESCRIBE_ROWS,
                                  .open = report_open,
                                  .encode = report_encode};
