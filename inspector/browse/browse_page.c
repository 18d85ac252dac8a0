// SPDX-License-Identifier: MIT
#include "browse/browse_page.h"

#include "base/vec.h"
#include "layout/size_class.h"
#include "type/language.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- What is unfolded ---

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static struct unfolded key_of(const struct member *member, unsigned depth, uint64_t offset_bits)
{
    return (struct unfolded){depth, offset_bits, hash_text(member->name)};
}

static size_t find(const struct unfolded_list *list, struct unfolded key)
{
    size_t i = 0;
    while (i < list->length &&
           !(list->data[i].depth == key.depth && list->data[i].offset_bits == key.offset_bits &&
             list->data[i].name_hash == key.name_hash))
        i++;
    return i;
}

static bool opens(void *context, const struct member *member, unsigned depth, uint64_t offset_bits)
{
    const struct unfolded_list *list = context;
    return find(list, key_of(member, depth, offset_bits)) < list->length;
}

bool unfolded_holds(const struct unfolded_list *list, const struct row *row)
{
    return row->member && find(list, key_of(row->member, row->depth, row->offset_bits)) < list->length;
}

struct error *unfolded_toggle(struct unfolded_list *list, const struct row *row, bool *is_open)
{
    const struct unfolded key = key_of(row->member, row->depth, row->offset_bits);
    const size_t at = find(list, key);
    *is_open = at == list->length;
    if (*is_open)
        return vec_push(list, key) ? NULL : &error_out_of_memory;
    list->data[at] = list->data[--list->length];
    return NULL;
}

static const struct type *element_of(const struct type *type)
{
    enum { STEPS_MOST = 16 };
    type = type_strip(type);
    for (int i = 0; i < STEPS_MOST && type->kind == TYPE_ARRAY && type->target; i++)
        type = type_strip(type->target);
    return type;
}

bool page_can_unfold(const struct row *row)
{
    if (row->kind != ROW_MEMBER || !row->member || row->is_flexible)
        return false;
    const struct type *type = element_of(row->member->type);
    return type_has_members(type) && (type->members_count || type->variant_parts_count) &&
           !type->is_declaration;
}

const struct type *page_leads_to(const struct row *row)
{
    enum { STEPS_MOST = 16 };
    if (row->kind != ROW_MEMBER || !row->member)
        return NULL;
    const struct type *type = type_strip(row->member->type);
    for (int i = 0; i < STEPS_MOST && type->target; i++) {
        if (type->kind != TYPE_ARRAY && type->kind != TYPE_POINTER && type->kind != TYPE_REFERENCE &&
            type->kind != TYPE_RVALUE_REFERENCE)
            break;
        type = type_strip(type->target);
    }
    const bool is_behind = type->kind == TYPE_TYPEDEF && type->by_name_only;
    return (type_has_members(type) || type->kind == TYPE_ENUM || is_behind) && !type->is_declaration ? type
                                                                                                     : NULL;
}

// --- Phrases ---

static void page_add_phrase(struct layout_page *page, const char *text, bool is_waste, bool is_lit)
{
    struct browse_page *scene = &page->scene;
    if (!text || scene->phrases_count == BROWSE_PHRASES_MOST)
        return;
    scene->is_waste[scene->phrases_count] = is_waste;
    scene->is_lit[scene->phrases_count] = is_lit;
    scene->phrases[scene->phrases_count++] = text;
}

void page_add_note(struct layout_page *page, const char *text)
{
    if (text && page->scene.notes_count < BROWSE_NOTES_MOST)
        page->scene.notes[page->scene.notes_count++] = text;
}

#define SAY(page, is_waste, ...)                                                                             \
    page_add_phrase(page, arena_format(&(page)->arena, __VA_ARGS__), is_waste, false)

static const char *size_text(uint64_t bits, char text[64])
{
    if (bits % 8 == 0)
        snprintf(text, 64, "%" PRIu64 " byte%s", bits / 8, bits == 8 ? "" : "s");
    else if (bits < 8)
        snprintf(text, 64, "%" PRIu64 " bit%s", bits, bits == 1 ? "" : "s");
    else
        snprintf(text, 64, "%" PRIu64 " byte%s %" PRIu64 " bit%s", bits / 8, bits / 8 == 1 ? "" : "s",
                 bits % 8, bits % 8 == 1 ? "" : "s");
    return text;
}

static void say_align(struct layout_page *page)
{
    const struct layout_align *align = &page->layout->align;
    if (align->source == ALIGN_BOUND)
        SAY(page, false, "align at most %" PRIu64, align->most_bytes);
    else if (!align->bytes)
        SAY(page, false, "align unknown");
    else if (align->source == ALIGN_DECLARED)
        SAY(page, false, "align %" PRIu64 " (declared)", align->bytes);
    else if (align->source == ALIGN_PROVEN)
        SAY(page, false, "align %" PRIu64 " (proven)", align->bytes);
    else if (align->from && align->from->name && strlen(align->from->name) < 32)
        SAY(page, false, "align %" PRIu64 " (from %s)", align->bytes, align->from->name);
    else
        SAY(page, false, "align %" PRIu64, align->bytes);
}

static void say_waste(struct layout_page *page)
{
    char text[64];
    const struct layout *layout = page->layout;
    if (!layout->own_waste_bits) {
        SAY(page, false, layout->deep_waste_bits ? "no waste of its own" : "no waste");
    } else {
        const double share =
            layout->size_bits ? 100.0 * (double)layout->own_waste_bits / (double)layout->size_bits : 0;
        SAY(page, true, share < 0.5 ? "%s waste (<1 %%)" : "%s waste (%.0f %%)",
            size_text(layout->own_waste_bits, text), share);
    }
    if (layout->deep_waste_bits != layout->own_waste_bits)
        SAY(page, true, "%s with nested", size_text(layout->deep_waste_bits, text));
}

// What an allocator gives for one.
static void say_heap(struct layout_page *page, const struct abi *abi)
{
    const uint64_t size_bytes = page->layout->size_bits / 8;
    const struct type *type = page->layout->type;
    if (!size_bytes)
        return;
    if (language_family(type->language) == FAMILY_GO)
        SAY(page, false, "Go's heap %" PRIu64, size_class_go_bytes(size_bytes));
    else
        SAY(page, false, "malloc %" PRIu64, size_class_glibc_bytes(size_bytes, abi, type->address_bytes));
}

static void say_all(struct layout_page *page, const struct page_options *options)
{
    char text[64];
    const struct layout *layout = page->layout;
    const size_t members = layout->type->members_count;
    if (!layout->size_known) {
        SAY(page, false,
            layout->type->is_declaration ? "declared only: its definition is not in this file"
                                         : "size unknown");
    } else {
        SAY(page, false, "%s", size_text(layout->size_bits, text));
        say_align(page);
    }
    if (layout->align.packed)
        SAY(page, false, "packed");
    if (type_has_members(layout->type) && layout->size_known) {
        if (members || !layout->variants_count)
            SAY(page, false, "%zu member%s", members, members == 1 ? "" : "s");
        if (layout->variants_count)
            SAY(page, false, "%zu variant%s", layout->variants_count, layout->variants_count == 1 ? "" : "s");
        SAY(page, false, "%" PRIu64 " cache line%s", layout->cache_lines,
            layout->cache_lines == 1 ? "" : "s");
        say_waste(page);
        say_heap(page, options->abi);
    }
    if (layout->type->enumerators_count)
        SAY(page, false, "%zu value%s", layout->type->enumerators_count,
            layout->type->enumerators_count == 1 ? "" : "s");
    if (options->copies > 1)
        SAY(page, false, "%" PRIu64 " copies", options->copies);
    if (options->definitions > 1)
        SAY(page, false, "definition %u of %u ([ ])", options->definition, options->definitions);
}

// --- Marks ---

static const struct sharing_line *line_of(const struct layout_page *page, const struct row *row)
{
    const uint64_t line_bits = 8 * page->layout->cacheline_bytes;
    const uint64_t first = row->offset_bits / line_bits,
                   last = row->size_bits ? (row->offset_bits + row->size_bits - 1) / line_bits : first;
    for (size_t i = 0; i < page->sharing.lines_count; i++) {
        const struct sharing_line *line = &page->sharing.lines[i];
        if (line->line >= first && line->line <= last && (line->hot_count > 1 || !line->other))
            return line;
    }
    return NULL;
}

static struct error *mark_rows(struct layout_page *page, const struct page_options *options)
{
    page->marks = arena_alloc_array(&page->arena, page->rows.count + 1, sizeof(*page->marks));
    if (!page->marks)
        return &error_out_of_memory;
    for (size_t i = 0; i < page->rows.count; i++) {
        const struct row *row = &page->rows.data[i];
        if (row->kind != ROW_MEMBER || !row->member)
            continue;
        if (page_can_unfold(row))
            page->marks[i] |= PAGE_CAN_UNFOLD;
        if (!row->is_leaf || (options->unfolded && unfolded_holds(options->unfolded, row)))
            page->marks[i] |= PAGE_UNFOLDED;
        if (page_leads_to(row))
            page->marks[i] |= PAGE_LEADS_ON;
        if (!row->depth && page->sharing.hot_count &&
            page->sharing.is_hot[row->member - page->layout->type->members])
            page->marks[i] |= line_of(page, row) ? PAGE_CONTENDED | PAGE_HOT : PAGE_HOT;
    }
    return NULL;
}

static struct error *say_values(struct layout_page *page)
{
    const struct type *type = page->layout->type;
    const char **lines = arena_alloc_array(&page->arena, type->enumerators_count + 1, sizeof(*lines));
    if (!lines)
        return &error_out_of_memory;
    for (size_t i = 0; i < type->enumerators_count; i++) {
        char value[ENUMERATOR_TEXT_BYTES];
        enumerator_text(&type->enumerators[i], value);
        lines[i] = arena_format(&page->arena, "%14s  %s", value,
                                type->enumerators[i].name ? type->enumerators[i].name : "(anonymous)");
        if (!lines[i])
            return &error_out_of_memory;
    }
    page->scene.lines = lines;
    page->scene.lines_count = type->enumerators_count;
    return NULL;
}

static const char *place_of(struct layout_page *page, const struct type *type)
{
    if (!type->declared_file)
        return NULL;
    return type->declared_line
               ? arena_format(&page->arena, "%s:%" PRIu64, type->declared_file, type->declared_line)
               : arena_format(&page->arena, "%s", type->declared_file);
}

void page_free(struct layout_page *page)
{
    arena_free(&page->arena);
    free(page->letters);
    *page = (struct layout_page){0};
}

struct error *page_build(struct layout_page *page, struct layouter *layouter, const struct type *type,
                         const struct page_options *options)
{
    enum { MAP_BYTES_MOST = 1 << 20 };
    page_free(page);
    page->type = type;
    RETURN_IF_ERROR(layout_compute(layouter, type, &page->layout));
    const struct rows_options rows = {.expand_anonymous = true,
                                      .opens = options->unfolded ? opens : NULL,
                                      .opens_context = (void *)(uintptr_t)options->unfolded};
    RETURN_IF_ERROR(rows_build(layouter, page->layout, &rows, &page->arena, &page->rows));
    RETURN_IF_ERROR(sharing_compute(layouter, page->layout, NULL, &page->arena, &page->sharing));
    RETURN_IF_ERROR(mark_rows(page, options));
    if (options->has_map && page->rows.count && page->layout->size_bits / 8 <= MAP_BYTES_MOST) {
        page->letters = rows_letters(&page->rows);
        if (!page->letters)
            return &error_out_of_memory;
        RETURN_IF_ERROR(byte_runs_build(page->layout, &page->rows, &page->arena, &page->runs));
    }
    page->scene = (struct browse_page){.heading = options->heading,
                                       .kind = type_kind_word(type),
                                       .name = options->name ? options->name : "(anonymous)",
                                       .place = place_of(page, type),
                                       .rows = &page->rows,
                                       .marks = page->marks,
                                       .letters = page->letters,
                                       .runs = page->letters ? &page->runs : NULL,
                                       .size_bytes = page->layout->size_bits / 8,
                                       .cacheline_bytes = page->layout->cacheline_bytes};
    say_all(page, options);
    if (page->layout->type->enumerators_count)
        RETURN_IF_ERROR(say_values(page));
    return page->arena.has_failed ? &error_out_of_memory : NULL;
}

// --- Two layouts ---

static size_t row_number(const struct layout_page *page, const struct row *row)
{
    return (size_t)(row - page->rows.data);
}

static struct error *add_columns(struct layout_page *page)
{
    page->changes = arena_alloc_array(&page->arena, page->rows.count + 1, sizeof(*page->changes));
    page->was_bytes = arena_alloc_array(&page->arena, page->rows.count + 1, sizeof(*page->was_bytes));
    if (!page->changes || !page->was_bytes)
        return &error_out_of_memory;
    for (size_t i = 0; i < page->rows.count; i++)
        page->was_bytes[i] = -1;
    return NULL;
}

static struct error *compare(const struct layout_page *older, const struct layout_page *newer,
                             struct arena *arena, struct diff *diff)
{
    const struct diff_side old_side = {.layout = older->layout, .rows = &older->rows};
    const struct diff_side new_side = {.layout = newer->layout, .rows = &newer->rows};
    return diff_compute(&old_side, &new_side, arena, diff);
}

struct error *page_compare(struct layout_page *page, const struct layout_page *older, const char **sentence)
{
    struct diff diff;
    RETURN_IF_ERROR(compare(older, page, &page->arena, &diff));
    RETURN_IF_ERROR(add_columns(page));
    *sentence = diff.differs ? diff.sentence : NULL;
    for (size_t i = 0; i < diff.count; i++) {
        const struct diff_member *member = &diff.members[i];
        if (!member->new_row || member->kind == DIFF_SAME)
            continue;
        const size_t number = row_number(page, member->new_row);
        page->marks[number] |= PAGE_LIT;
        page->changes[number] = member->kind == DIFF_ADDED ? CHANGE_ADDED : CHANGE_DIFFERS;
        if (member->old_row && member->is_moved && member->old_row->offset_known)
            page->was_bytes[number] = (int64_t)(member->old_row->offset_bits / 8);
    }
    page->scene.changes = page->changes;
    page->scene.was_bytes = page->was_bytes;
    return NULL;
}

struct error *page_compare_older(struct layout_page *older, const struct layout_page *newer)
{
    struct diff diff;
    RETURN_IF_ERROR(compare(older, newer, &older->arena, &diff));
    RETURN_IF_ERROR(add_columns(older));
    for (size_t i = 0; i < diff.count; i++) {
        const struct diff_member *member = &diff.members[i];
        if (!member->old_row || member->kind == DIFF_SAME)
            continue;
        older->changes[row_number(older, member->old_row)] =
            member->new_row ? CHANGE_DIFFERS : CHANGE_REMOVED;
    }
    older->scene.changes = older->changes;
    return NULL;
}
