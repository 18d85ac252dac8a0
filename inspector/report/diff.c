// SPDX-License-Identifier: MIT
#include "report/diff.h"

#include "report/document.h"
#include "report/ink.h"
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
    if (type->is_repeated)
        return NULL;
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

// Of folders, what is said of a file begins with its name; of one without differences nothing is said.
struct diff_text_document {
    struct document common;
    const struct diff_document *about; // of the file under way
    const struct diff_folders *folders;
    bool is_named;        // the file under way
    bool ends_with_blank; // a line, what was written last
    bool ascii;
};

static struct diff_text_document *text_of(struct document *document)
{
    return (struct diff_text_document *)document;
}

static struct error *text_begin_file(struct document *document, const struct report_document *about)
{
    struct diff_text_document *text = text_of(document);
    text->about = (const struct diff_document *)about;
    text->folders = text->about->folders;
    text->ascii = about->style.ascii;
    text->is_named = false;
    return NULL;
}

static void draw_path(struct diff_text_document *text)
{
    const struct report_style *style = &text->about->document.style;
    ink_name(text->common.output, style, INK_STRONG, text->about->path);
}

static struct error *text_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct diff_text_document *text = text_of(document);
    if (text->folders && !text->is_named) {
        draw_path(text);
        output_text(document->output, ":\n");
    }
    text->is_named = true;
    text->ends_with_blank = size_bytes > 1 && chunk[size_bytes - 2] == '\n';
    document_take(document, chunk, size_bytes);
    return NULL;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void draw_totals(struct output *output, const struct diff_totals *totals)
{
    output_format(output, "%zu changed, %zu added, %zu removed, %zu alike\n", totals->changed, totals->added,
                  totals->removed, totals->alike);
}

enum path_text { PATH_GLYPHS, PATH_ASCII, PATH_MARKDOWN };

static void put_path(struct output *output, const char *path, enum path_text as)
{
    if (as == PATH_MARKDOWN)
        markdown_text(output, path);
    else
        safe_text(output, path, as == PATH_ASCII);
}

// Where a file is that the other folder has not got, or not with debug information.
static void draw_single_place(struct output *output, const struct diff_document *about, enum path_text as)
{
    const struct diff_folders *folders = about->folders;
    const char *has = about->in_old ? folders->old_path : folders->new_path;
    const char *other = about->in_old ? folders->new_path : folders->old_path;
    output_text(output, about->lacks_debug ? "no debug information in " : "only in ");
    put_path(output, about->lacks_debug ? other : has, as);
    output_format(output, ", %zu type%s", about->types_count, plural(about->types_count));
}

static struct error *text_end_file(struct document *document, const struct report_document *about)
{
    const struct diff_document *diff = (const struct diff_document *)about;
    struct output *output = document->output;
    if (!diff->folders) {
        draw_totals(output, &diff->totals);
    } else if (!diff->in_old || !diff->in_new) {
        draw_path(text_of(document));
        output_text(output, "  ");
        draw_single_place(output, diff, about->style.ascii ? PATH_ASCII : PATH_GLYPHS);
        output_text(output, "\n\n");
    } else if (text_of(document)->is_named) {
        if (diff->repeated)
            output_format(output, "and %zu difference%s that a file above has, too\n", diff->repeated,
                          plural(diff->repeated));
        output_text(output, diff->repeated || !text_of(document)->ends_with_blank ? "\n" : "");
    }
    return NULL;
}

static void draw_folders(struct output *output, const struct diff_folders *folders, enum path_text as)
{
    output_format(output, "%zu of %zu common file%s differ%s", folders->differ, folders->both,
                  plural(folders->both), folders->differ == 1 ? "s" : "");
    if (folders->differ_repeated)
        output_format(output, " (%zu only as those above do)", folders->differ_repeated);
    if (folders->only_old) {
        output_format(output, ", %zu only in ", folders->only_old);
        put_path(output, folders->old_path, as);
    }
    if (folders->only_new) {
        output_format(output, ", %zu only in ", folders->only_new);
        put_path(output, folders->new_path, as);
    }
    output_text(output, ": ");
    draw_totals(output, &folders->totals);
}

static struct error *text_finish(struct document *document)
{
    const struct diff_text_document *text = text_of(document);
    if (text->folders)
        draw_folders(document->output, text->folders, text->ascii ? PATH_ASCII : PATH_GLYPHS);
    return document_finish(document);
}

const struct writer diff_text = {.name = "text",
                                 .document_bytes = sizeof(struct diff_text_document),
                                 .begin_file = text_begin_file,
                                 .encode = text_encode,
                                 .take = text_take,
                                 .end_file = text_end_file,
                                 .finish = text_finish};

// --- Markdown ---

struct diff_markdown_document {
    struct document common;
    const struct diff_folders *folders;
    const char *path; // of the file under way: the first column, where there are folders
    bool has_head;
};

static struct diff_markdown_document *markdown_of(struct document *document)
{
    return (struct diff_markdown_document *)document;
}

static struct error *markdown_begin_file(struct document *document, const struct report_document *about)
{
    struct output *output = document->output;
    struct diff_markdown_document *markdown = markdown_of(document);
    const struct diff_document *diff = (const struct diff_document *)about;
    markdown->folders = diff->folders;
    markdown->path = diff->path;
    if (markdown->has_head)
        return NULL;
    markdown->has_head = true;
    output_text(output, "### Layout changes from ");
    markdown_text(output, diff->folders ? diff->folders->old_path : diff->old_file.path);
    output_text(output, " to ");
    markdown_text(output, diff->folders ? diff->folders->new_path : about->file.path);
    output_text(output, diff->folders ? "\n\n| file | | type | size | why |\n|---|---|---|---:|---|\n"
                                      : "\n\n| | type | size | why |\n|---|---|---:|---|\n");
    return NULL;
}

static struct error *markdown_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct diff_markdown_document *markdown = markdown_of(document);
    if (markdown->folders) {
        output_text(document->output, "| ");
        markdown_text(document->output, markdown->path);
        output_char(document->output, ' ');
    }
    document_take(document, chunk, size_bytes);
    return NULL;
}

static struct error *markdown_encode(struct output *output, const struct report_document *document,
                                     const void *item)
{
    const struct diff_type *type = item;
    (void)document;
    if (type->is_repeated)
        return NULL;
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
    const struct diff_document *diff = (const struct diff_document *)about;
    struct output *output = document->output;
    if (!diff->folders) {
        output_char(output, '\n');
        draw_totals(output, &diff->totals);
    } else if (!diff->in_old || !diff->in_new) {
        output_text(output, "| ");
        markdown_text(output, diff->path);
        output_text(output, diff->in_old ? " | &#45; | | | " : " | + | | | ");
        draw_single_place(output, diff, PATH_MARKDOWN);
        output_text(output, " |\n");
    }
    return NULL;
}

static struct error *markdown_finish(struct document *document)
{
    const struct diff_markdown_document *markdown = markdown_of(document);
    if (markdown->folders) {
        output_char(document->output, '\n');
        draw_folders(document->output, markdown->folders, PATH_MARKDOWN);
    }
    return document_finish(document);
}

const struct writer diff_markdown = {.name = "markdown",
                                     .document_bytes = sizeof(struct diff_markdown_document),
                                     .begin_file = markdown_begin_file,
                                     .encode = markdown_encode,
                                     .take = markdown_take,
                                     .end_file = markdown_end_file,
                                     .finish = markdown_finish};
