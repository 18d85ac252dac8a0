// SPDX-License-Identifier: MIT
// strata.layout/1. Written by hand into the buffer, type by type: for the 8000 layouts of a kernel building
// and dumping jansson's values takes 0.2 s, this 0.02 s, and all is to be out within about one.
#include "layout/diff.h"
#include "report/document.h"
#include "report/json_parts.h"
#include "report/json_type.h"
#include "report/writers.h"

#include <inttypes.h>

static void key_bool(struct output *output, const char *key, bool value)
{
    output_text(output, key);
    output_text(output, value ? "true" : "false");
}

static void layout_begin(struct output *output, const struct report_document *document)
{
    json_file(output, "{\"schema\":\"strata.layout/1\",\"file\":", &document->file);
    output_text(output, ",\"types\":[\n");
}

static void layout_end(struct output *output)
{
    output_text(output, "\n]}\n");
}

static void json_member(struct output *output, const struct row *row)
{
    json_quoted(output, "{\"name\":", row->name);
    json_quoted(output, ",\"type\":", row->type_text);
    json_quoted(output, ",\"kind\":", row->kind_word);
    if (row->byte_order)
        json_quoted(output, ",\"byte_order\":", row->byte_order);
    json_number_or_null(output, ",\"offset_bits\":", row->offset_known, row->offset_bits);
    json_number_or_null(output, ",\"size_bits\":", row->size_known, row->size_bits);
    json_number_or_null(output, ",\"align_bytes\":", row->align_bytes != 0, row->align_bytes);
    json_number(output, ",\"depth\":", row->depth);
    output_char(output, '}');
}

static void json_members(struct output *output, const struct rows *rows)
{
    output_text(output, ",\"members\":[");
    const char *separator = "";
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->data[i].kind != ROW_MEMBER && rows->data[i].kind != ROW_VARIANT)
            continue;
        output_text(output, separator);
        json_member(output, &rows->data[i]);
        separator = ",";
    }
    output_char(output, ']');
}

// Of enumerations, and of what a typedef names: others have none.
static void json_enumerators(struct output *output, const struct type *type)
{
    if (type->kind != TYPE_ENUM)
        return;
    output_text(output, ",\"enumerators\":[");
    for (size_t i = 0; i < type->enumerators_count; i++) {
        char value[ENUMERATOR_TEXT_BYTES];
        enumerator_text(&type->enumerators[i], value);
        json_quoted(output, i ? ",{\"name\":" : "{\"name\":", type->enumerators[i].name);
        output_text(output, ",\"value\":");
        output_text(output, value);
        output_char(output, '}');
    }
    output_char(output, ']');
}

static void json_gaps(struct output *output, const struct layout *layout)
{
    output_text(output, ",\"gaps\":[");
    for (size_t i = 0; i < layout->gaps_count; i++) {
        const struct layout_gap *gap = &layout->gaps[i];
        output_text(output, i ? ",{\"kind\":\"" : "{\"kind\":\"");
        output_text(output, layout_class_word(gap->class));
        json_number(output, "\",\"offset_bits\":", gap->offset_bits);
        json_number(output, ",\"size_bits\":", gap->size_bits);
        output_char(output, '}');
    }
    output_char(output, ']');
}

static void json_variants(struct output *output, const struct layout *layout)
{
    if (!layout->variants_count)
        return;
    output_text(output, ",\"variants\":[");
    for (size_t i = 0; i < layout->variants_count; i++) {
        const struct layout_variant *variant = &layout->variants[i];
        json_quoted(output, i ? ",{\"name\":" : "{\"name\":", variant->variant->name);
        json_quoted(output, ",\"values\":", variant->variant->values_text);
        json_number(output, ",\"used_bits\":", variant->used_bits);
        json_number(output, ",\"waste_bits\":", variant->waste_bits);
        output_char(output, '}');
    }
    output_char(output, ']');
}

static void json_accounting(struct output *output, const struct layout *layout)
{
    output_text(output, ",\"accounting\":{");
    for (int class = 0; class < LAYOUT_CLASSES; class ++) {
        output_text(output, class ? ",\"" : "\"");
        output_text(output, layout_class_word((enum layout_class) class));
        json_number(output, "\":", layout->accounting_bits[class]);
    }
    output_char(output, '}');
}

void json_type_start(struct output *output, const struct described_type *type)
{
    const struct layout *layout = type->layout;
    const struct layout_align *align = &layout->align;
    json_quoted(output, "\"name\":", type->name);
    json_quoted(output, ",\"kind\":", type->kind_word);
    json_quoted(output, ",\"language\":", type->language);
    if (type->target)
        json_quoted(output, ",\"target\":", type->target);
    json_number_or_null(output, ",\"size_bytes\":", layout->size_known, layout->size_bits / 8);
    json_number_or_null(output, ",\"align_bytes\":", align->bytes != 0, align->bytes);
    json_quoted(output, ",\"align_source\":", align_source_word(align->source));
    if (align->source == ALIGN_BOUND)
        output_format(output, ",\"align_most_bytes\":%" PRIu64, align->most_bytes);
    key_bool(output, ",\"packed\":", align->packed);
}

void json_type_of_file(struct output *output, const struct report_document *document,
                       const struct described_type *type)
{
    json_declared(output, ",\"decl\":", document, type->declared_folder, type->declared_file,
                  type->declared_line);
    json_number(output, ",\"copies\":", type->copies);
    if (type->in_files)
        json_number(output, ",\"files\":", type->in_files);
}

void json_type_rest(struct output *output, const struct described_type *type)
{
    const struct layout *layout = type->layout;
    json_members(output, &type->rows);
    json_enumerators(output, layout->type);
    json_gaps(output, layout);
    json_variants(output, layout);
    json_accounting(output, layout);
    json_number(output, ",\"cache_lines\":", layout->cache_lines);
    json_number(output, ",\"own_waste_bytes\":", bits_to_bytes(layout->own_waste_bits));
    json_number(output, ",\"deep_waste_bytes\":", bits_to_bytes(layout->deep_waste_bits));
}

static struct error *json_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    output_char(output, '{');
    json_type_start(output, item);
    json_type_of_file(output, document, item);
    json_type_rest(output, item);
    output_char(output, '}');
    return NULL;
}

static struct error *show_begin_file(struct document *document, const struct report_document *about)
{
    layout_begin(document->output, about);
    return NULL;
}

static struct error *show_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    layout_end(document->output);
    return NULL;
}

const struct writer show_json = {.name = "json",
                                 .needs = DESCRIBE_ROWS,
                                 .between = ",\n",
                                 .begin_file = show_begin_file,
                                 .encode = json_encode,
                                 .end_file = show_end_file};

// --- Reports: one file's document, or those of several in an array ---
//
//     one file:       {"schema":"strata.layout/1", …}
//     several files:  {"schema":"strata.layouts/1","documents":[
//                     {"schema":"strata.layout/1", …},
//                     {"schema":"strata.layout/1", …}]}
//
// The first document is held back in memory until it is known whether there is a second.

struct json_report {
    struct document document; // first
    struct output first;
};

static struct output *output_of(struct document *document)
{
    return document->files_count > 1 ? document->output : &((struct json_report *)document)->first;
}

static struct error *report_begin_file(struct document *document, const struct report_document *about)
{
    if (document->files_count == 2) {
        output_text(document->output, "{\"schema\":\"strata.layouts/1\",\"documents\":[\n");
        output_move(document->output, &((struct json_report *)document)->first);
    }
    if (document->files_count > 1)
        output_char(document->output, ',');
    layout_begin(output_of(document), about);
    return NULL;
}

static struct error *report_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct output *output = output_of(document);
    if (document->items_count)
        output_text(output, document->writer->between);
    output_bytes(output, chunk, size_bytes);
    return NULL;
}

static struct error *report_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    layout_end(output_of(document));
    return NULL;
}

static struct error *report_finish(struct document *document)
{
    if (document->files_count > 1)
        output_text(document->output, "]}\n");
    else
        output_move(document->output, &((struct json_report *)document)->first);
    return document_finish(document);
}

static void report_discard(struct document *document)
{
    output_free(&((struct json_report *)document)->first);
    document_discard(document);
}

const struct writer report_json = {.name = "json",
                                   .endings = {".json"},
                                   .meaning = "strata.layout/1; of several files strata.layouts/1",
                                   .needs = DESCRIBE_ROWS,
                                   .document_bytes = sizeof(struct json_report),
                                   .between = ",\n",
                                   .begin_file = report_begin_file,
                                   .encode = json_encode,
                                   .take = report_take,
                                   .end_file = report_end_file,
                                   .finish = report_finish,
                                   .discard = report_discard};
