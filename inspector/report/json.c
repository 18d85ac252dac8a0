// strata.layout/1. Written by hand into the buffer, type by type: for the 8000 layouts of a kernel building
// and dumping jansson's values takes 0.2 s, this 0.02 s, and all is to be out within about one.
#include "report/json_parts.h"
#include "report/report.h"
#include "report/safe_text.h"

#include <inttypes.h>

static void key_bool(struct output *output, const char *key, bool value)
{
    output_text(output, key);
    output_text(output, value ? "true" : "false");
}

static void json_begin(struct output *output, const struct report_document *document)
{
    json_file(output, "{\"schema\":\"strata.layout/1\",\"file\":", &document->file);
    output_text(output, ",\"types\":[\n");
}

static void json_end(struct output *output, const struct report_document *document)
{
    (void)document;
    output_text(output, "\n]}\n");
}

static void json_member(struct output *output, const struct row *row)
{
    json_string(output, "{\"name\":", row->name);
    json_string(output, ",\"type\":", row->type_text);
    json_string(output, ",\"kind\":", row->kind_word);
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
        json_string(output, i ? ",{\"name\":" : "{\"name\":", variant->variant->name);
        json_string(output, ",\"values\":", variant->variant->values_text);
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

static struct error *json_type(struct output *output, const struct report_document *document,
                               const struct report_type *type)
{
    (void)document;
    const struct layout *layout = type->layout;
    const struct layout_align *align = &layout->align;
    json_string(output, "{\"name\":", type->name);
    json_string(output, ",\"kind\":", type->kind_word);
    json_string(output, ",\"language\":", type->language);
    if (type->target)
        json_string(output, ",\"target\":", type->target);
    json_number_or_null(output, ",\"size_bytes\":", layout->size_known, layout->size_bits / 8);
    json_number_or_null(output, ",\"align_bytes\":", align->bytes != 0, align->bytes);
    json_string(output, ",\"align_source\":", align_source_word(align->source));
    if (align->source == ALIGN_BOUND)
        output_format(output, ",\"align_most_bytes\":%" PRIu64, align->most_bytes);
    key_bool(output, ",\"packed\":", align->packed);
    if (type->declared_file || type->declared_line) {
        json_string(output, ",\"decl\":{\"file\":", type->declared_file);
        json_number_or_null(output, ",\"line\":", type->declared_line != 0, type->declared_line);
        output_char(output, '}');
    } else {
        output_text(output, ",\"decl\":null");
    }
    json_number(output, ",\"copies\":", type->copies);
    json_members(output, &type->rows);
    json_gaps(output, layout);
    json_variants(output, layout);
    json_accounting(output, layout);
    json_number(output, ",\"cache_lines\":", layout->cache_lines);
    json_number(output, ",\"own_waste_bytes\":", bits_to_bytes(layout->own_waste_bits));
    json_number(output, ",\"deep_waste_bytes\":", bits_to_bytes(layout->deep_waste_bits));
    output_char(output, '}');
    return NULL;
}

const struct report_format report_json = {
    .name = "json", .begin = json_begin, .type = json_type, .between = ",\n", .end = json_end};
