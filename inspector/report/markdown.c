// SPDX-License-Identifier: MIT
// Markdown for a pull request: what each file wastes, the types that waste most, and their layouts folded
// away. Small enough for a comment, whatever the files hold.
#include "report/markdown.h"
#include "report/document.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOP_MOST = 20,     // lines of the table
    DRAWN_MOST = 5,    // layouts drawn below it
    DRAWN_BYTES = 8000 // a longer drawing is left out: a comment has a limit (GitHub: 65536 characters)
};

// What a chunk begins with; the table line and the drawing follow.
struct markdown_head {
    uint64_t waste_bits, size_bytes, savings_bytes;
    uint32_t line_bytes, drawing_bytes;
    bool straddles;
};

struct markdown_entry {
    struct markdown_head head;
    char *texts; // the line, then the drawing
};

struct markdown_totals {
    uint64_t types, wasteful, straddling, size_bytes, waste_bits, savings_bytes;
};

struct markdown {
    struct document document;            // first
    struct markdown_entry top[TOP_MOST]; // by waste, the most first
    size_t top_count;
    struct markdown_totals totals;
    struct output table; // of files
    char *path;          // of the file under way
};

static struct markdown *markdown_of(struct document *document)
{
    return (struct markdown *)document;
}

// --- Text that a binary chose, in a cell of a table ---

static void percent(struct output *output, uint64_t part, uint64_t whole)
{
    output_format(output, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
}

// --- One type ---

static uint64_t savings_of(const struct described_type *type)
{
    return type->pack ? pack_savings_bytes(type->pack) : 0;
}

static void type_line(struct output *output, const struct report_document *document,
                      const struct described_type *type)
{
    const struct layout *layout = type->layout;
    output_format(output, "| %" PRIu64 " | %" PRIu64 " | ", bits_to_bytes(layout->own_waste_bits),
                  layout->size_bits / 8);
    percent(output, layout->own_waste_bits, layout->size_bits);
    output_format(output, " | %zu | %" PRIu64 " | %" PRIu64 " | %s ", layout->holes_count,
                  layout->cache_lines, savings_of(type), type->kind_word);
    markdown_code(output, type->name);
    output_text(output, " | ");
    if (type->declared_file) {
        struct output place = {0};
        output_format(&place, type->declared_line ? "%s:%" PRIu64 : "%s", type->declared_file,
                      type->declared_line);
        output_char(&place, '\0');
        markdown_code(output, place.data);
        output->out_of_memory |= place.out_of_memory;
        output_free(&place);
    }
    output_text(output, " | ");
    markdown_code(output, document->file.path);
    output_text(output, " |\n");
}

// Types that waste nothing are counted and nothing else of them is kept.
static struct error *markdown_encode(struct output *chunk, const struct report_document *document,
                                     const void *item)
{
    const struct described_type *type = item;
    const struct layout *layout = type->layout;
    struct markdown_head head = {.waste_bits = layout->own_waste_bits,
                                 .size_bytes = layout->size_bits / 8,
                                 .savings_bytes = savings_of(type),
                                 .straddles = layout->straddlers_count != 0};
    struct output line = {0}, drawing = {0};
    struct report_document plain = {.file = document->file, .style = {.width = 100}};
    struct error *error = NULL;
    if (head.waste_bits) {
        type_line(&line, document, type);
        error = show_text.encode(&drawing, &plain, type);
    }
    head.line_bytes = (uint32_t)line.length;
    head.drawing_bytes = drawing.length <= DRAWN_BYTES ? (uint32_t)drawing.length : 0;
    output_bytes(chunk, (const char *)&head, sizeof(head));
    output_bytes(chunk, line.data, head.line_bytes);
    output_bytes(chunk, drawing.data, head.drawing_bytes);
    chunk->out_of_memory |= line.out_of_memory | drawing.out_of_memory;
    output_free(&line);
    output_free(&drawing);
    return error;
}

// --- The document ---

static struct error *markdown_begin_file(struct document *document, const struct report_document *about)
{
    struct markdown *markdown = markdown_of(document);
    markdown->totals = (struct markdown_totals){0};
    free(markdown->path);
    markdown->path = strdup(about->file.path);
    return markdown->path ? NULL : &error_out_of_memory;
}

// Keeps the entry when it is among the most wasteful; of equal ones the first stays in front.
static struct error *keep_if_top(struct markdown *markdown, const struct markdown_head *head,
                                 const char *texts)
{
    size_t place = markdown->top_count;
    while (place && markdown->top[place - 1].head.waste_bits < head->waste_bits)
        place--;
    if (place == TOP_MOST)
        return NULL;
    size_t bytes = (size_t)head->line_bytes + head->drawing_bytes;
    char *copy = malloc(bytes + 1);
    if (!copy)
        return &error_out_of_memory;
    memcpy(copy, texts, bytes);
    if (markdown->top_count == TOP_MOST)
        free(markdown->top[--markdown->top_count].texts);
    memmove(&markdown->top[place + 1], &markdown->top[place],
            (markdown->top_count - place) * sizeof(markdown->top[0]));
    markdown->top[place] = (struct markdown_entry){*head, copy};
    markdown->top_count++;
    return NULL;
}

static struct error *markdown_take(struct document *document, const char *chunk, size_t size_bytes)
{
    struct markdown *markdown = markdown_of(document);
    struct markdown_head head;
    (void)size_bytes; // chunks are ours, and whole
    memcpy(&head, chunk, sizeof(head));
    struct markdown_totals *totals = &markdown->totals;
    totals->types++;
    totals->wasteful += head.waste_bits != 0;
    totals->straddling += head.straddles;
    totals->size_bytes += head.size_bytes;
    totals->waste_bits += head.waste_bits;
    totals->savings_bytes += head.savings_bytes;
    return head.waste_bits ? keep_if_top(markdown, &head, chunk + sizeof(head)) : NULL;
}

static struct error *markdown_end_file(struct document *document, const struct report_document *about)
{
    (void)about;
    struct markdown *markdown = markdown_of(document);
    const struct markdown_totals *totals = &markdown->totals;
    output_text(&markdown->table, "| ");
    markdown_code(&markdown->table, markdown->path);
    output_format(&markdown->table, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | ", totals->types,
                  totals->size_bytes, bits_to_bytes(totals->waste_bits));
    percent(&markdown->table, totals->waste_bits, totals->size_bytes * 8);
    output_format(&markdown->table, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", totals->savings_bytes,
                  totals->wasteful, totals->straddling);
    return NULL;
}

// Four tildes end the block only at a line's start, where a drawing has a keyword, a number or spaces.
static void drawings(struct output *output, const struct markdown *markdown)
{
    output_text(output, "\n<details><summary>Their layouts</summary>\n\n~~~~text\n");
    for (size_t i = 0, drawn = 0; i < markdown->top_count && drawn < DRAWN_MOST; i++) {
        const struct markdown_entry *entry = &markdown->top[i];
        if (!entry->head.drawing_bytes)
            continue;
        output_text(output, drawn++ ? "\n" : "");
        output_bytes(output, entry->texts + entry->head.line_bytes, entry->head.drawing_bytes);
    }
    output_text(output, "~~~~\n\n</details>\n");
}

static void markdown_free(struct markdown *markdown)
{
    for (size_t i = 0; i < markdown->top_count; i++)
        free(markdown->top[i].texts);
    markdown->top_count = 0;
    output_free(&markdown->table);
    free(markdown->path);
    markdown->path = NULL;
}

static struct error *markdown_finish(struct document *document)
{
    struct markdown *markdown = markdown_of(document);
    struct output *output = document->output;
    output_text(
        output,
        "## Memory layout\n\n"
        "| file | types | bytes in types | bytes of waste | share | saved by best orders | with waste | "
        "with members across cache lines |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n");
    output_bytes(output, markdown->table.data, markdown->table.length);
    output->out_of_memory |= markdown->table.out_of_memory;
    if (markdown->top_count) {
        output_text(output,
                    "\n### Types that waste most\n\n"
                    "| waste | size | share | holes | lines | best order saves | type | declared | file |\n"
                    "|--:|--:|--:|--:|--:|--:|---|---|---|\n");
        for (size_t i = 0; i < markdown->top_count; i++)
            output_bytes(output, markdown->top[i].texts, markdown->top[i].head.line_bytes);
        drawings(output, markdown);
    }
    output_format(output, "\n_Own holes and padding of each type, in bytes; strata %s._\n",
                  markdown->document.about.version);
    markdown_free(markdown);
    return document_finish(document);
}

static void markdown_discard(struct document *document)
{
    markdown_free(markdown_of(document));
    document_discard(document);
}

const struct writer report_markdown = {.name = "md",
                                       .endings = {".md"},
                                       .other_endings = {".markdown"},
                                       .meaning = "a summary for a pull request",
                                       .needs = DESCRIBE_ROWS | DESCRIBE_PACK | DESCRIBE_SHARING,
                                       .document_bytes = sizeof(struct markdown),
                                       .begin_file = markdown_begin_file,
                                       .encode = markdown_encode,
                                       .take = markdown_take,
                                       .end_file = markdown_end_file,
                                       .finish = markdown_finish,
                                       .discard = markdown_discard};
