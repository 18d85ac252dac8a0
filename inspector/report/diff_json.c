// SPDX-License-Identifier: MIT
// strata.diff/1, and of two folders strata.diffs/1.
#include "report/diff.h"

#include "report/document.h"
#include "report/json_parts.h"
#include "report/writers.h"

struct diff_json_document {
    struct document common;
    const struct diff_folders *folders;
};

static void json_old_new(struct output *output, const struct diff_document *diff)
{
    if (diff->in_old || !diff->folders)
        json_file(output, ",\"old\":", &diff->old_file);
    else
        output_text(output, ",\"old\":null");
    if (diff->in_new || !diff->folders)
        json_file(output, ",\"new\":", &diff->document.file);
    else
        output_text(output, ",\"new\":null");
}

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    const struct diff_document *diff = (const struct diff_document *)about;
    struct diff_json_document *json = (struct diff_json_document *)document;
    struct output *output = document->output;
    const bool is_first = !json->folders;
    json->folders = diff->folders;
    if (!diff->folders) {
        output_text(output, "{\"schema\":\"strata.diff/1\"");
    } else if (is_first) {
        json_quoted(output, "{\"schema\":\"strata.diffs/1\",\"old\":", diff->folders->old_path);
        json_quoted(output, ",\"new\":", diff->folders->new_path);
        output_text(output, ",\"files\":[");
    }
    if (diff->folders) {
        json_quoted(output, is_first ? "\n{\"path\":" : ",\n{\"path\":", diff->path);
        json_quoted(output, ",\"only_in\":", !diff->in_new ? "old" : !diff->in_old ? "new" : NULL);
        output_text(output, diff->lacks_debug ? ",\"lacks_debug\":true" : ",\"lacks_debug\":false");
    }
    json_old_new(output, diff);
    output_text(output, ",\"types\":[");
    return NULL;
}

static void json_side(struct output *output, const char *key, const struct layout *layout)
{
    output_text(output, key);
    json_number_or_null(output, "{\"size_bytes\":", layout->size_known, layout->size_bits / 8);
    json_number_or_null(output, ",\"align_bytes\":", layout->align.bytes != 0, layout->align.bytes);
    json_number(output, ",\"holes\":", layout->holes_count);
    json_number(output, ",\"own_waste_bytes\":", bits_to_bytes(layout->own_waste_bits));
    json_number(output, ",\"cache_lines\":", layout->cache_lines);
    output_text(output, layout->align.packed ? ",\"packed\":true}" : ",\"packed\":false}");
}

static void json_row(struct output *output, const char *key, const struct row *row)
{
    output_text(output, key);
    if (!row) {
        output_text(output, "null");
        return;
    }
    json_quoted(output, "{\"name\":", row->name);
    json_quoted(output, ",\"type\":", row->type_text);
    json_number_or_null(output, ",\"offset_bits\":", row->offset_known, row->offset_bits);
    json_number_or_null(output, ",\"size_bits\":", row->size_known, row->size_bits);
    output_char(output, '}');
}

static void json_members(struct output *output, const struct diff *diff)
{
    const char *separator = "";
    output_text(output, ",\"members\":[");
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_member *member = &diff->members[i];
        if (member->kind == DIFF_SAME)
            continue;
        output_text(output, separator);
        json_quoted(output, "{\"change\":", diff_kind_word(member->kind));
        json_quoted(output, ",\"variant\":", member->variant);
        json_row(output, ",\"old\":", member->old_row);
        json_row(output, ",\"new\":", member->new_row);
        output_text(output, member->is_reordered ? ",\"reordered\":true" : ",\"reordered\":false");
        output_text(output,
                    member->straddles_now ? ",\"crosses_line_now\":true}" : ",\"crosses_line_now\":false}");
        separator = ",";
    }
    output_char(output, ']');
}

static void json_value(struct output *output, const char *key, const struct enumerator *enumerator)
{
    char text[ENUMERATOR_TEXT_BYTES] = "null";
    if (enumerator)
        enumerator_text(enumerator, text);
    output_text(output, key);
    output_text(output, text);
}

// Of enumerations only.
static void json_enumerators(struct output *output, const struct diff *diff)
{
    const char *separator = "";
    if (!diff->enumerators_count)
        return;
    output_text(output, ",\"enumerators\":[");
    for (size_t i = 0; i < diff->enumerators_count; i++) {
        const struct diff_enumerator *enumerator = &diff->enumerators[i];
        const struct enumerator *a = enumerator->old_enumerator, *b = enumerator->new_enumerator;
        if (enumerator->kind == DIFF_SAME)
            continue;
        output_text(output, separator);
        json_quoted(output, "{\"change\":", diff_kind_word(enumerator->kind));
        json_quoted(output, ",\"name\":", (b ? b : a)->name);
        json_value(output, ",\"old\":", a);
        json_value(output, ",\"new\":", b);
        output_text(output, enumerator->is_last ? ",\"at_end\":true}" : ",\"at_end\":false}");
        separator = ",";
    }
    output_char(output, ']');
}

static struct error *json_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    const struct diff_type *type = item;
    (void)document;
    json_quoted(output, "{\"name\":", type->name);
    json_quoted(output, ",\"kind\":", type->kind_word);
    json_quoted(output, ",\"change\":", type->diff ? "changed" : type->in_new ? "added" : "removed");
    if (type->diff) {
        json_side(output, ",\"old\":", type->diff->old_layout);
        json_side(output, ",\"new\":", type->diff->new_layout);
        json_quoted(output, ",\"why\":", type->diff->sentence);
        json_members(output, type->diff);
        json_enumerators(output, type->diff);
    } else {
        json_number_or_null(output, ",\"size_bytes\":", type->size_known, type->size_bytes);
    }
    output_char(output, '}');
    return NULL;
}

static void json_totals(struct output *output, const struct diff_totals *totals)
{
    output_format(output, "\"changed\":%zu,\"added\":%zu,\"removed\":%zu,\"alike\":%zu}}", totals->changed,
                  totals->added, totals->removed, totals->alike);
}

static struct error *json_end_file(struct document *document, const struct report_document *about)
{
    const struct diff_document *diff = (const struct diff_document *)about;
    struct output *output = document->output;
    output_text(output, "\n],");
    if (diff->folders && (!diff->in_old || !diff->in_new))
        output_format(output, "\"types_count\":%zu,", diff->types_count);
    output_text(output, "\"totals\":{");
    json_totals(output, &diff->totals);
    output_text(output, diff->folders ? "" : "\n");
    return NULL;
}

static struct error *json_finish(struct document *document)
{
    const struct diff_folders *folders = ((const struct diff_json_document *)document)->folders;
    if (folders) {
        output_format(document->output,
                      "\n],\"totals\":{\"files\":%zu,\"differ\":%zu,\"only_old\":%zu,\"only_new\":%zu,",
                      folders->both, folders->differ, folders->only_old, folders->only_new);
        json_totals(document->output, &folders->totals);
        output_char(document->output, '\n');
    }
    return document_finish(document);
}

const struct writer diff_json = {.name = "json",
                                 .document_bytes = sizeof(struct diff_json_document),
                                 .first = "\n",
                                 .between = ",\n",
                                 .begin_file = json_begin_file,
                                 .encode = json_encode,
                                 .end_file = json_end_file,
                                 .finish = json_finish};
