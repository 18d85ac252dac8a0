// SPDX-License-Identifier: MIT
#include "report/diff.h"

#include "report/document.h"
#include "report/ink.h"
#include "report/json_parts.h"
#include "report/markdown.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- Text ---

static const char *arrow(const struct report_style *style)
{
    return style->ascii ? " -> " : " → ";
}

static void draw_offset(struct output *output, const struct row *row)
{
    if (!row->offset_known)
        output_char(output, '?');
    else if (row->offset_bits % 8 || row->size_bits % 8)
        output_format(output, "%" PRIu64 ":%u", row->offset_bits / 8, (unsigned)(row->offset_bits % 8));
    else
        output_u64(output, row->offset_bits / 8);
}

static void draw_size(struct output *output, const struct row *row)
{
    if (row->is_flexible)
        output_text(output, "[]");
    else if (!row->size_known)
        output_char(output, '?');
    else if (row->size_bits % 8 || row->offset_bits % 8)
        output_format(output, ":%" PRIu64, row->size_bits);
    else
        output_u64(output, row->size_bits / 8);
}

enum { CELL_BYTES = 96 };

// "8", or "8 → 16" when that is what changed.
static void change_cell(struct output *output, char text[CELL_BYTES], const struct report_style *style,
                        const struct diff_member *member, void (*draw)(struct output *, const struct row *),
                        size_t *cells)
{
    struct output before = {0}, after = {0};
    if (member->old_row)
        draw(&before, member->old_row);
    if (member->new_row)
        draw(&after, member->new_row);
    const bool is_same = !before.length || !after.length ||
                         (before.length == after.length && !memcmp(before.data, after.data, after.length));
    const struct output *only = after.length ? &after : &before;
    if (is_same)
        snprintf(text, CELL_BYTES, "%.*s", (int)only->length, only->data ? only->data : "");
    else
        snprintf(text, CELL_BYTES, "%.*s%s%.*s", (int)before.length, before.data, arrow(style),
                 (int)after.length, after.data);
    *cells = safe_text(NULL, text, style->ascii);
    output->out_of_memory |= before.out_of_memory | after.out_of_memory;
    output_free(&before);
    output_free(&after);
}

enum { OFFSET_CELLS = 16, SIZE_CELLS = 14 };

static void draw_cell(struct output *output, const char *text, size_t cells, size_t width)
{
    output_text(output, text);
    output_spaces(output, cells < width ? width - cells : 1);
}

static void draw_types(struct output *output, const struct report_style *style,
                       const struct diff_member *member)
{
    const struct row *a = member->old_row, *b = member->new_row;
    if (a && b && member->is_retyped) {
        ink_name(output, style, INK_TYPE, a->type_text);
        output_text(output, arrow(style));
    }
    ink_name(output, style, INK_TYPE, (b ? b : a)->type_text);
}

static void draw_words(struct output *output, const struct report_style *style,
                       const struct diff_member *member)
{
    const struct row *a = member->old_row, *b = member->new_row;
    if (member->kind == DIFF_RENAMED) {
        output_text(output, "  was ");
        safe_text(output, a->name, style->ascii);
    }
    if (a && b && member->is_resized && a->size_known && b->size_known)
        output_text(output, b->size_bits > a->size_bits ? "  grew" : "  shrank");
    if (member->is_moved)
        output_text(output, member->is_reordered ? "  changed places" : "  moved");
    if (member->straddles_now)
        ink_text(output, style, INK_WARN, "  now crosses a cache line");
    if (member->straddled_before)
        output_text(output, "  no longer crosses a cache line");
}

static void draw_member(struct output *output, const struct report_style *style,
                        const struct diff_member *member)
{
    char text[CELL_BYTES];
    size_t cells;
    const char *mark = member->kind == DIFF_ADDED ? "+" : member->kind == DIFF_REMOVED ? "-" : "~";
    output_format(output, "  %s ", mark);
    change_cell(output, text, style, member, draw_offset, &cells);
    draw_cell(output, text, cells, OFFSET_CELLS);
    change_cell(output, text, style, member, draw_size, &cells);
    draw_cell(output, text, cells, SIZE_CELLS);
    ink_name(output, style, INK_STRONG, member->name);
    output_text(output, "  ");
    draw_types(output, style, member);
    draw_words(output, style, member);
    output_char(output, '\n');
}

static void draw_enumerator(struct output *output, const struct report_style *style,
                            const struct diff_enumerator *enumerator)
{
    const struct enumerator *a = enumerator->old_enumerator, *b = enumerator->new_enumerator;
    char before[ENUMERATOR_TEXT_BYTES] = "", after[ENUMERATOR_TEXT_BYTES] = "", text[CELL_BYTES];
    const char *mark = !a ? "+" : !b ? "-" : "~", *name = (b ? b : a)->name;
    if (a)
        enumerator_text(a, before);
    if (b)
        enumerator_text(b, after);
    snprintf(text, sizeof(text), "%s%s%s", before, a && b ? arrow(style) : "", after);
    output_format(output, "  %s ", mark);
    draw_cell(output, text, safe_text(NULL, text, style->ascii), OFFSET_CELLS + SIZE_CELLS);
    ink_name(output, style, INK_STRONG, name ? name : "(anonymous)");
    output_char(output, '\n');
}

static void draw_number_change(struct output *output, const struct report_style *style, const char *what,
                               uint64_t before, uint64_t after)
{
    if (before != after)
        output_format(output, ", %s %" PRIu64 "%s%" PRIu64, what, before, arrow(style), after);
}

static void draw_size_change(struct output *output, const struct report_style *style, const struct layout *a,
                             const struct layout *b)
{
    if (!a->size_known || !b->size_known) {
        output_text(output, "size not known");
    } else if (a->size_bits == b->size_bits) {
        output_format(output, "%" PRIu64 " bytes", b->size_bits / 8);
    } else {
        const bool grew = b->size_bits > a->size_bits;
        const uint64_t by = (grew ? b->size_bits - a->size_bits : a->size_bits - b->size_bits) / 8;
        ink_start(output, style, grew ? INK_WASTE : INK_STRONG);
        output_format(output, "%" PRIu64 "%s%" PRIu64 " bytes (%s%" PRIu64 ")", a->size_bits / 8,
                      arrow(style), b->size_bits / 8, grew ? "+" : "-", by);
        ink_stop(output, style, grew ? INK_WASTE : INK_STRONG);
    }
    draw_number_change(output, style, "align", a->align.bytes, b->align.bytes);
    draw_number_change(output, style, "holes", a->holes_count, b->holes_count);
    draw_number_change(output, style, "bytes waste", bits_to_bytes(a->own_waste_bits),
                       bits_to_bytes(b->own_waste_bits));
    draw_number_change(output, style, "cache lines", a->cache_lines, b->cache_lines);
}

static void draw_name(struct output *output, const struct report_style *style, const struct diff_type *type)
{
    output_format(output, "%s ", type->kind_word);
    ink_name(output, style, INK_STRONG, type->name ? type->name : "(anonymous)");
}

static struct error *text_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    const struct diff_type *type = item;
    const struct report_style *style = &document->style;
    if (!type->diff) {
        output_text(output, type->in_new ? "added    " : "removed  ");
        draw_name(output, style, type);
        if (type->size_known)
            output_format(output, "  %" PRIu64 " bytes", type->size_bytes);
        ink_place(output, style, type->declared_file, type->declared_line);
        output_char(output, '\n');
        return NULL;
    }
    draw_name(output, style, type);
    output_text(output, ": ");
    draw_size_change(output, style, type->diff->old_layout, type->diff->new_layout);
    ink_place(output, style, type->declared_file, type->declared_line);
    output_text(output, "\n  ");
    safe_text(output, type->diff->sentence, style->ascii);
    output_char(output, '\n');
    for (size_t i = 0; i < type->diff->count; i++)
        if (type->diff->members[i].kind != DIFF_SAME)
            draw_member(output, style, &type->diff->members[i]);
    for (size_t i = 0; i < type->diff->enumerators_count; i++)
        if (type->diff->enumerators[i].kind != DIFF_SAME)
            draw_enumerator(output, style, &type->diff->enumerators[i]);
    output_char(output, '\n');
    return NULL;
}

static struct error *text_end_file(struct document *document, const struct report_document *about)
{
    const struct diff_totals *totals = &((const struct diff_document *)about)->totals;
    output_format(document->output, "%zu changed, %zu added, %zu removed, %zu alike\n", totals->changed,
                  totals->added, totals->removed, totals->alike);
    return NULL;
}

const struct writer diff_text = {.name = "text", .encode = text_encode, .end_file = text_end_file};

// --- JSON ---

static struct error *json_begin_file(struct document *document, const struct report_document *about)
{
    struct output *output = document->output;
    output_text(output, "{\"schema\":\"strata.diff/1\"");
    json_file(output, ",\"old\":", &((const struct diff_document *)about)->old_file);
    json_file(output, ",\"new\":", &about->file);
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

static struct error *json_end_file(struct document *document, const struct report_document *about)
{
    const struct diff_totals *totals = &((const struct diff_document *)about)->totals;
    output_format(document->output,
                  "\n],\"totals\":{\"changed\":%zu,\"added\":%zu,\"removed\":%zu,\"alike\":%zu}}\n",
                  totals->changed, totals->added, totals->removed, totals->alike);
    return NULL;
}

const struct writer diff_json = {.name = "json",
                                 .first = "\n",
                                 .between = ",\n",
                                 .begin_file = json_begin_file,
                                 .encode = json_encode,
                                 .end_file = json_end_file};

// --- Markdown ---

static struct error *markdown_begin_file(struct document *document, const struct report_document *about)
{
    struct output *output = document->output;
    output_text(output, "### Layout changes from ");
    markdown_text(output, ((const struct diff_document *)about)->old_file.path);
    output_text(output, " to ");
    markdown_text(output, about->file.path);
    output_text(output, "\n\n| | type | size | why |\n|---|---|---:|---|\n");
    return NULL;
}

static struct error *markdown_encode(struct output *output, const struct report_document *document,
                                     const void *item)
{
    const struct diff_type *type = item;
    (void)document;
    output_format(output, "| %s | ", type->diff ? "~" : type->in_new ? "+" : "&#45;");
    markdown_text(output, type->kind_word);
    output_char(output, ' ');
    markdown_text(output, type->name ? type->name : "(anonymous)");
    output_text(output, " | ");
    if (type->diff) {
        const struct layout *a = type->diff->old_layout, *b = type->diff->new_layout;
        if (a->size_bits == b->size_bits)
            output_format(output, "%" PRIu64, b->size_bits / 8);
        else
            output_format(output, "%" PRIu64 " → **%" PRIu64 "**", a->size_bits / 8, b->size_bits / 8);
        output_text(output, " | ");
        markdown_text(output, type->diff->sentence);
    } else {
        if (type->size_known)
            output_u64(output, type->size_bytes);
        output_text(output, type->in_new ? " | added" : " | removed");
    }
    output_text(output, " |\n");
    return NULL;
}

static struct error *markdown_end_file(struct document *document, const struct report_document *about)
{
    const struct diff_totals *totals = &((const struct diff_document *)about)->totals;
    output_format(document->output, "\n%zu changed, %zu added, %zu removed, %zu alike\n", totals->changed,
                  totals->added, totals->removed, totals->alike);
    return NULL;
}

const struct writer diff_markdown = {.name = "markdown",
                                     .begin_file = markdown_begin_file,
                                     .encode = markdown_encode,
                                     .end_file = markdown_end_file};
