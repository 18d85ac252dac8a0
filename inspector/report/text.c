// SPDX-License-Identifier: MIT
// Layouts for people.
//
//     struct main.Demo                                                      demo.go:7
//       24 bytes, align 8 (from b), 3 members, 1 cache line, 11 bytes waste (46 %)
//
//        offset  size  align  field
//             0     1      1  a    bool
//             1     7         ░░░  hole before b
//             8     8      8  b    int64
#include "layout/diff.h"
#include "report/document.h"
#include "report/ink.h"
#include "report/pack.h"
#include "report/safe_text.h"
#include "report/sharing.h"
#include "report/writers.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OFFSET_CELLS = 8,
    SIZE_CELLS = 6,
    ALIGN_CELLS = 7,
    NAME_CELLS_MOST = 32,
    INDENT = 2,
};

struct page {
    struct output *output;
    const struct report_style *style;
    const struct described_type *type;
    const struct glyphs *glyphs;
    size_t name_width;
    const char *letters; // NULL without a byte map
};

// --- Title and summary ---

static size_t declared_cells(struct output *output, const struct report_style *style,
                             const struct described_type *type)
{
    size_t cells = 0;
    if (type->declared_file)
        cells = safe_text(output, type->declared_file, style->ascii);
    if (type->declared_line) {
        char line[NUMBER_BYTES];
        int length = snprintf(line, sizeof(line), "%s%" PRIu64, type->declared_file ? ":" : "line ",
                              type->declared_line);
        if (output)
            output_text(output, line);
        cells += (size_t)length;
    }
    return cells;
}

static size_t page_width(const struct page *page)
{
    return page->style->width ? page->style->width : 80;
}

static void draw_title(const struct page *page)
{
    const struct described_type *type = page->type;
    struct output *output = page->output;
    size_t cells = ink_kind_word(output, type->kind_word, type->name);
    cells += ink_name(output, page->style, INK_STRONG, type->name ? type->name : "(anonymous)");
    if (type->target) {
        output_text(output, " = ");
        cells += 3 + ink_name(output, page->style, INK_TYPE, type->target);
    }
    size_t declared = declared_cells(NULL, page->style, type);
    if (declared) {
        size_t width = page_width(page);
        if (cells + 2 + declared <= width) {
            output_spaces(output, width - cells - declared);
        } else { // a long name: the place has a line of its own
            output_char(output, '\n');
            output_spaces(output, INDENT);
        }
        ink_start(output, page->style, INK_DIM);
        declared_cells(output, page->style, type);
        ink_stop(output, page->style, INK_DIM);
    }
    output_char(output, '\n');
}

// --- The summary: phrases that are set into lines ---

static void say_size(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    if (layout->size_known)
        size_words(page->output, layout->size_bits);
    else
        output_text(page->output, "size unknown");
}

// A template's name would bury the summary.
static void say_member(const struct page *page, const struct member *member)
{
    if (!member->name)
        output_text(page->output, "an anonymous member");
    else if (safe_text(NULL, member->name, page->style->ascii) <= NAME_CELLS_MOST)
        safe_text(page->output, member->name, page->style->ascii);
    else
        output_text(page->output, member->kind == MEMBER_BASE ? "a base class" : "a member");
}

static void say_align(const struct page *page)
{
    const struct layout_align *align = &page->type->layout->align;
    struct output *output = page->output;
    if (align->source == ALIGN_BOUND) {
        output_format(output, "align at most %" PRIu64, align->most_bytes);
        return;
    }
    if (!align->bytes) {
        output_text(output, "align unknown");
        return;
    }
    output_format(output, "align %" PRIu64, align->bytes);
    if (align->source == ALIGN_DECLARED) {
        output_text(output, " (declared)");
    } else if (align->source == ALIGN_PROVEN) {
        output_text(output, " (proven)");
    } else if (align->from) {
        output_text(output, " (from ");
        say_member(page, align->from);
        output_char(output, ')');
    }
}

static void say_packed(const struct page *page)
{
    const struct layout_align *align = &page->type->layout->align;
    struct output *output = page->output;
    if (!align->packed)
        return;
    output_text(output, "packed (");
    if (align->packed_proof) {
        say_member(page, align->packed_proof);
        output_format(output, " wants align %" PRIu64 ")", align->packed_natural_bytes);
    } else {
        output_format(output, "members want align %" PRIu64 ")", align->packed_natural_bytes);
    }
}

static void say_share(struct output *output, uint64_t part, uint64_t whole)
{
    double share = whole ? 100.0 * (double)part / (double)whole : 0;
    if (part && share < 0.5)
        output_text(output, " (<1 %)");
    else
        output_format(output, " (%.0f %%)", share);
}

static void say_waste(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    struct output *output = page->output;
    if (!layout->own_waste_bits) {
        output_text(output, layout->deep_waste_bits ? "no waste of its own" : "no waste");
        return;
    }
    ink_start(output, page->style, INK_WASTE);
    size_words(output, layout->own_waste_bits);
    output_text(output, " waste");
    say_share(output, layout->own_waste_bits, layout->size_bits);
    ink_stop(output, page->style, INK_WASTE);
}

static void say_deep_waste(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    if (layout->deep_waste_bits == layout->own_waste_bits)
        return;
    ink_start(page->output, page->style, INK_WASTE);
    size_words(page->output, layout->deep_waste_bits);
    output_text(page->output, " with nested");
    ink_stop(page->output, page->style, INK_WASTE);
}

static void say_count(struct output *output, uint64_t count, const char *one, const char *many)
{
    output_format(output, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

static void say_members(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    if (layout->type->members_count || !layout->variants_count)
        say_count(page->output, layout->type->members_count, "member", "members");
}

static void say_variants(const struct page *page)
{
    if (page->type->layout->variants_count)
        say_count(page->output, page->type->layout->variants_count, "variant", "variants");
}

static void say_enumerators(const struct page *page)
{
    const size_t count = page->type->layout->type->enumerators_count;
    if (count)
        say_count(page->output, count, "value", "values");
}

static void say_lines(const struct page *page)
{
    say_count(page->output, page->type->layout->cache_lines, "cache line", "cache lines");
}

static void say_copies(const struct page *page)
{
    if (page->type->copies > 1)
        say_count(page->output, page->type->copies, "copy", "copies");
}

static void say_files(const struct page *page)
{
    const struct described_type *type = page->type;
    if (!type->in_path)
        return;
    output_text(page->output, "in ");
    ink_name(page->output, page->style, INK_PLAIN, type->in_path);
    if (type->in_files > 1) {
        output_text(page->output, " and ");
        say_count(page->output, type->in_files - 1, "other file", "other files");
    }
}

static void say_definition(const struct page *page)
{
    const struct described_type *type = page->type;
    if (type->definitions_count < 2)
        return;
    ink_start(page->output, page->style, INK_WARN);
    output_format(page->output, "definition %u of %u", type->definition_number, type->definitions_count);
    ink_stop(page->output, page->style, INK_WARN);
}

// A phrase that says nothing is left out. One that does not fit begins a line; what is measured is the phrase
// without its colours.
static void set_phrase(const struct page *page, size_t *column, void (*say)(const struct page *))
{
    struct output plain = {0};
    struct report_style colourless = *page->style;
    colourless.colour = false;
    struct page measured = *page;
    measured.output = &plain;
    measured.style = &colourless;
    say(&measured);
    output_char(&plain, '\0');
    page->output->out_of_memory |= plain.out_of_memory;
    size_t cells = plain.data ? safe_text(NULL, plain.data, page->style->ascii) : 0;
    output_free(&plain);
    if (!cells)
        return;
    if (*column > INDENT) {
        bool fits = *column + strlen(", ") + cells + strlen(",") <= page_width(page);
        output_text(page->output, fits ? ", " : ",\n");
        *column += strlen(", ");
        if (!fits) {
            output_spaces(page->output, INDENT);
            *column = INDENT;
        }
    }
    say(page);
    *column += cells;
}

static void draw_summary(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    struct output *output = page->output;
    bool has_members = type_has_members(layout->type);
    output_spaces(output, INDENT);
    if (!layout->size_known && layout->type->is_declaration) {
        output_text(output, "declared only: its definition is not in this file\n");
        return;
    }
    const struct {
        void (*say)(const struct page *);
        bool is_meant;
    } phrases[] = {
        {say_size, true},
        {say_align, true},
        {say_packed, true},
        {say_members, has_members},
        {say_variants, has_members},
        {say_enumerators, true},
        {say_lines, has_members && layout->size_known},
        {say_waste, has_members && layout->size_known},
        {say_deep_waste, has_members && layout->size_known},
        {say_copies, true},
        {say_files, true},
        {say_definition, true},
    };
    size_t column = INDENT;
    for (size_t i = 0; i < ARRAY_LENGTH(phrases); i++)
        if (phrases[i].is_meant)
            set_phrase(page, &column, phrases[i].say);
    output_char(output, '\n');
}

// What does not fit together in the debug information itself.
static void draw_contradictions(const struct page *page)
{
    const struct layout *layout = page->type->layout;
    if (!layout->overlaps_count && !layout->outside_count)
        return;
    struct output *output = page->output;
    output_spaces(output, INDENT);
    ink_start(output, page->style, INK_WARN);
    output_text(output, "the debug information contradicts itself: ");
    if (layout->overlaps_count)
        output_format(output, "members overlap in %zu place%s", layout->overlaps_count,
                      layout->overlaps_count == 1 ? "" : "s");
    if (layout->outside_count)
        output_format(output, "%s%zu member%s beyond the size", layout->overlaps_count ? ", " : "",
                      layout->outside_count, layout->outside_count == 1 ? " reaches" : "s reach");
    ink_stop(output, page->style, INK_WARN);
    output_char(output, '\n');
}

// --- Rows ---

static const char *name_or_anonymous(const struct row *row)
{
    return row->name ? row->name : row_nameless_word(row);
}

static size_t row_name_cells(const struct page *page, const struct row *row)
{
    return 2 * row->depth + safe_text(NULL, name_or_anonymous(row), page->style->ascii);
}

static void find_name_width(struct page *page)
{
    page->name_width = 3;
    for (size_t i = 0; i < page->type->rows.count; i++) {
        const struct row *row = &page->type->rows.data[i];
        if (row->kind != ROW_MEMBER)
            continue;
        size_t cells = row_name_cells(page, row);
        if (cells > page->name_width && cells <= NAME_CELLS_MOST)
            page->name_width = cells;
    }
}

// "24", or "24:3" for a place inside a byte.
static void draw_offset(const struct page *page, const struct row *row)
{
    char text[NUMBER_BYTES] = "?", with_bit[NUMBER_BYTES + 4];
    if (row->offset_known)
        number_text(text, page->style, row->offset_bits / 8);
    bool in_byte = row->offset_known && (row->offset_bits % 8 || row->size_bits % 8);
    snprintf(with_bit, sizeof(with_bit), in_byte ? "%s:%u" : "%s", text, (unsigned)(row->offset_bits % 8));
    output_right(page->output, with_bit, OFFSET_CELLS);
}

// "8", or ":3" for bits, as a bit-field's declaration has it.
static void draw_size(const struct page *page, const struct row *row)
{
    char text[NUMBER_BYTES] = "?", bits[NUMBER_BYTES];
    if (row->size_known)
        number_text(text, page->style, row->size_bits / 8);
    bool is_bits = row->size_known && (row->size_bits % 8 || row->offset_bits % 8);
    if (is_bits)
        snprintf(bits, sizeof(bits), ":%" PRIu64, row->size_bits);
    output_right(page->output, row->is_flexible ? "[]" : is_bits ? bits : text, SIZE_CELLS);
}

static void draw_row_align(const struct page *page, const struct row *row)
{
    char text[NUMBER_BYTES] = "";
    if (row->align_bytes && row->kind == ROW_MEMBER)
        snprintf(text, sizeof(text), "%" PRIu64, row->align_bytes);
    output_right(page->output, text, ALIGN_CELLS);
}

static void draw_letter(const struct page *page, size_t index)
{
    if (!page->letters)
        return;
    char letter[2] = {page->letters[index], '\0'};
    output_char(page->output, ' ');
    ink_text(page->output, page->style, ink_of_field(index), letter);
}

static void draw_numbers(const struct page *page, const struct row *row)
{
    draw_offset(page, row);
    draw_size(page, row);
    draw_row_align(page, row);
    output_text(page->output, "  ");
}

static void pad_name(const struct page *page, size_t cells)
{
    output_spaces(page->output, (cells < page->name_width ? page->name_width - cells : 0) + 2);
}

static void draw_member_type(const struct page *page, const struct row *row)
{
    struct output *output = page->output;
    const char *word = row_member_words(row);
    if (!word) {
        ink_name(output, page->style, INK_TYPE, row->type_text);
        if (!row->offset_known)
            ink_text(output, page->style, INK_DIM, ", its place is unknown");
        return;
    }
    ink_start(output, page->style, INK_DIM);
    output_text(output, word);
    if (row->is_partial_base) {
        output_text(output, ", ");
        size_words(output, row->data_bits);
        output_text(output, " of it here");
    }
    ink_stop(output, page->style, INK_DIM);
}

static void draw_member(const struct page *page, const struct row *row, size_t index)
{
    struct output *output = page->output;
    draw_letter(page, index);
    draw_numbers(page, row);
    output_spaces(output, 2 * row->depth);
    enum ink ink = !row->name ? INK_DIM : page->letters && row->is_leaf ? ink_of_field(index) : INK_STRONG;
    size_t cells = 2 * row->depth + ink_name(output, page->style, ink, name_or_anonymous(row));
    pad_name(page, cells);
    draw_member_type(page, row);
    if (row->straddles && row->is_leaf) {
        output_text(output, "  ");
        ink_start(output, page->style, INK_WARN);
        output_format(output, "%s crosses a cache line", page->glyphs->arrow);
        ink_stop(output, page->style, INK_WARN);
    }
    output_char(output, '\n');
}

static void draw_gap(const struct page *page, const struct row *row, size_t index)
{
    struct output *output = page->output;
    bool is_unknown = row->class == LAYOUT_UNKNOWN;
    enum ink ink = is_unknown || row->is_reused ? INK_DIM : INK_WASTE;
    draw_letter(page, index);
    draw_numbers(page, row);
    output_spaces(output, 2 * row->depth);
    ink_start(output, page->style, ink);
    output_repeat(output, is_unknown ? page->glyphs->unknown : page->glyphs->shade, 3);
    pad_name(page, 2 * row->depth + 3);
    output_text(output, row_gap_words(row));
    if (row->is_of_variants && !is_unknown) {
        output_text(output, " in every variant");
    } else if (row->has_after && !is_unknown) {
        output_text(output, " before ");
        safe_text(output, row->after ? row->after : "(anonymous)", page->style->ascii);
    } else if (row->kept_inside) {
        output_text(output, ": the address of ");
        safe_text(output, row->kept_inside, page->style->ascii);
        output_text(output, " must lie inside");
    }
    ink_stop(output, page->style, ink);
    output_char(output, '\n');
}

// Values that rustc takes from where no data can be are large and round in hexadecimal only.
static void draw_values(const struct page *page, const char *values)
{
    char *end;
    unsigned long long number = strtoull(values, &end, 10);
    if (*values != '-' && !*end && number > UINT32_MAX && number != ULLONG_MAX)
        output_format(page->output, "0x%llx", number);
    else
        safe_text(page->output, values, page->style->ascii);
}

static void draw_variant(const struct page *page, const struct row *row, size_t index)
{
    struct output *output = page->output;
    draw_letter(page, index);
    output_spaces(output, OFFSET_CELLS + SIZE_CELLS + ALIGN_CELLS + 2 + 2 * row->depth);
    output_text(output, "variant ");
    ink_name(output, page->style, INK_STRONG, row->name ? row->name : "(anonymous)");
    ink_start(output, page->style, INK_DIM);
    if (row->values_text) {
        output_text(output, "  = ");
        draw_values(page, row->values_text);
    } else {
        output_text(output, "  otherwise");
    }
    ink_stop(output, page->style, INK_DIM);
    if (row->waste_bits) {
        output_text(output, ", ");
        ink_start(output, page->style, INK_WASTE);
        size_words(output, row->waste_bits);
        output_text(output, " unused");
        ink_stop(output, page->style, INK_WASTE);
    }
    output_char(output, '\n');
}

static void draw_line(const struct page *page, const struct row *row)
{
    struct output *output = page->output;
    char text[NUMBER_BYTES];
    if (page->letters)
        output_spaces(output, 2);
    ink_start(output, page->style, INK_DIM);
    output_right(output, number_text(text, page->style, row->offset_bits / 8), OFFSET_CELLS);
    output_text(output, "  ");
    output_repeat(output, page->glyphs->rule, 4);
    output_format(output, " cache line %" PRIu64 " ", row->line);
    output_repeat(output, page->glyphs->rule, 24);
    ink_stop(output, page->style, INK_DIM);
    output_char(output, '\n');
}

static void draw_cut(const struct page *page, const struct row *row)
{
    struct output *output = page->output;
    output_spaces(output,
                  (page->letters ? 2 : 0) + OFFSET_CELLS + SIZE_CELLS + ALIGN_CELLS + 2 + 2 * row->depth);
    ink_start(output, page->style, INK_WARN);
    output_format(output, "%zu more not shown: the limit of rows is reached", row->cut_count);
    ink_stop(output, page->style, INK_WARN);
    output_char(output, '\n');
}

static void draw_row(const struct page *page, const struct row *row, size_t index)
{
    switch (row->kind) {
    case ROW_MEMBER:
        draw_member(page, row, index);
        break;
    case ROW_GAP:
        draw_gap(page, row, index);
        break;
    case ROW_VARIANT:
        draw_variant(page, row, index);
        break;
    case ROW_LINE:
        draw_line(page, row);
        break;
    case ROW_CUT:
        draw_cut(page, row);
        break;
    }
}

static void draw_rows(const struct page *page)
{
    struct output *output = page->output;
    if (!page->type->rows.count)
        return;
    output_char(output, '\n');
    if (page->letters)
        output_spaces(output, 2);
    ink_start(output, page->style, INK_DIM);
    output_right(output, "offset", OFFSET_CELLS);
    output_right(output, "size", SIZE_CELLS);
    output_right(output, "align", ALIGN_CELLS);
    output_text(output, "  field");
    ink_stop(output, page->style, INK_DIM);
    output_char(output, '\n');
    for (size_t i = 0; i < page->type->rows.count; i++)
        draw_row(page, &page->type->rows.data[i], i);
}

static void draw_enumerators(const struct page *page)
{
    enum { VALUE_CELLS = 14 };
    struct output *output = page->output;
    const struct type *type = page->type->layout->type;
    if (!type->enumerators_count)
        return;
    output_char(output, '\n');
    ink_start(output, page->style, INK_DIM);
    output_right(output, "value", VALUE_CELLS);
    output_text(output, "  name");
    ink_stop(output, page->style, INK_DIM);
    output_char(output, '\n');
    for (size_t i = 0; i < type->enumerators_count; i++) {
        char value[ENUMERATOR_TEXT_BYTES];
        const char *name = type->enumerators[i].name;
        enumerator_text(&type->enumerators[i], value);
        output_right(output, value, VALUE_CELLS);
        output_text(output, "  ");
        ink_name(output, page->style, INK_STRONG, name ? name : "(anonymous)");
        output_char(output, '\n');
    }
}

static struct error *text_encode(struct output *output, const struct report_document *document,
                                 const void *item)
{
    const struct described_type *type = item;
    const struct report_style *style = &document->style;
    bool has_map = style->bytes && type->layout->size_bits && type->rows.count;
    char *letters = has_map ? rows_letters(&type->rows) : NULL;
    if (has_map && !letters)
        return &error_out_of_memory;
    struct page page = {
        .output = output, .style = style, .type = type, .glyphs = glyphs_of(style), .letters = letters};
    find_name_width(&page);
    draw_title(&page);
    draw_summary(&page);
    draw_contradictions(&page);
    draw_rows(&page);
    draw_enumerators(&page);
    struct error *error = has_map ? byte_map_draw(output, style, type, letters) : NULL;
    free(letters);
    sharing_note(output, style, type->layout, type->sharing);
    pack_hint(output, document, type->pack, type->name);
    return error;
}

// Types of the next file stand apart from those before as they do among each other.
static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    (void)about;
    if (document->all_items_count)
        output_char(document->output, '\n');
    return NULL;
}

const struct writer show_text = {.name = "text",
                                 .needs = DESCRIBE_ROWS | DESCRIBE_PACK | DESCRIBE_SHARING,
                                 .between = "\n",
                                 .begin_file = text_begin_file,
                                 .encode = text_encode};
