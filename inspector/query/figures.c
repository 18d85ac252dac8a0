// SPDX-License-Identifier: MIT
#include "query/figures.h"

#include "query/member_names.h"
#include "query/summarize.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The bytes, in this machine's order:
//
//     ┌ head ┬ rows, by entry ┬ texts: "" at the start, an empty one at the end ┐
//
// A text is named by where it begins; 0: there is none.
struct figures_head {
    uint32_t head_bytes, row_bytes; // of another program they are others
    uint64_t entries_count;         // of the index
    uint64_t rows_count, texts_bytes;
    char abi[32];
};

// A line of columns.def is a field of it, too. What the index tells, and what is of the command line, is left empty.
struct figures_row {
    uint32_t entry; // its number in the index
    uint32_t size_known;
    uint32_t folder, member_names; // texts
#define COLUMN_TEXT(id, field, ...) uint32_t field;
#define COLUMN_NUMBER(id, field, ...) uint64_t field;
#include "query/columns.def"
};

// Kinds and languages are texts of this program's own, which live longer than any file: others compare and keep them so.
static const bool is_word[COLUMNS] = {[COLUMN_KIND] = true, [COLUMN_LANGUAGE] = true};

enum { WORDS_MOST = 64 };

struct figures_file {
    const struct figures_row *rows;
    const char *texts;
    struct known_word {
        uint32_t at; // in the file
        const char *word;
    } words[WORDS_MOST];
    size_t words_count;
    uint32_t row_of[]; // by entry: its row's number, from 1 on; 0: none
};

struct figures_fresh {
    struct type_summary summary;
    const char *members; // NULL: the type was not computed
};

enum { ALL_PARTS = DESCRIBE_PACK | DESCRIBE_SHARING };

// ---- reading --------------------------------------------------------------------------------------------

static const char *abi_name(const struct query *query)
{
    return query->layout.abi ? query->layout.abi->name : "";
}

static bool head_holds(struct bytes bytes, const struct query *query, const struct type_index *index)
{
    const struct figures_head *head = (const void *)bytes.data;
    if (bytes.size_bytes < sizeof(*head))
        return false;
    const uint64_t rest_bytes = bytes.size_bytes - sizeof(*head);
    return head->head_bytes == sizeof(*head) && head->row_bytes == sizeof(struct figures_row) &&
           head->entries_count == index->entries_count && head->rows_count <= index->entries_count &&
           head->rows_count <= rest_bytes / sizeof(struct figures_row) &&
           head->texts_bytes == rest_bytes - head->rows_count * sizeof(struct figures_row) &&
           head->texts_bytes >= 2 && !strncmp(head->abi, abi_name(query), sizeof(head->abi) - 1);
}

// NULL: it is none of ours.
static const char *word_named(enum column_id column, const char *text)
{
    if (column == COLUMN_LANGUAGE)
        return language_word_named(text);
    for (int kind = 0; kind <= TYPE_OTHER; kind++) {
        const struct type type = {.kind = (enum type_kind)kind};
        if (!strcmp(type_kind_word(&type), text))
            return type_kind_word(&type);
    }
    return NULL;
}

static const char *word_at(const struct figures_file *file, uint32_t at)
{
    for (size_t i = 0; i < file->words_count; i++)
        if (file->words[i].at == at)
            return file->words[i].word;
    return NULL;
}

// A text that stands within the texts, and is a word of ours where one is to be.
static bool text_holds(struct figures_file *file, enum column_id column, uint32_t at, uint64_t texts_bytes)
{
    if (at >= texts_bytes)
        return false;
    if (!is_word[column] || !at || word_at(file, at))
        return true;
    const char *word = word_named(column, file->texts + at);
    if (!word || file->words_count == WORDS_MOST)
        return false;
    file->words[file->words_count++] = (struct known_word){at, word};
    return true;
}

static bool row_holds(struct figures_file *file, const struct figures_row *row, uint64_t texts_bytes,
                      uint64_t entries_count)
{
    bool holds = row->entry < entries_count && row->size_known <= 1 && row->kind > 0 &&
                 row->folder < texts_bytes && row->member_names < texts_bytes;
#define COLUMN_TEXT(id, field, ...) holds = holds && text_holds(file, COLUMN_##id, row->field, texts_bytes);
#define COLUMN_NUMBER(id, field, ...)
#include "query/columns.def"
    return holds;
}

// NULL in *file where the bytes are none, or do not hold.
static struct error *file_read(struct bytes bytes, const struct query *query, const struct type_index *index,
                               struct figures_file **result)
{
    *result = NULL;
    if (!head_holds(bytes, query, index))
        return NULL;
    const struct figures_head *head = (const void *)bytes.data;
    struct figures_file *file = calloc(1, sizeof(*file) + (index->entries_count + 1) * sizeof(*file->row_of));
    if (!file)
        return &error_out_of_memory;
    file->rows = (const void *)(bytes.data + sizeof(*head));
    file->texts = (const char *)(file->rows + head->rows_count);
    // Every text ends, and every list of names.
    const char *end = file->texts + head->texts_bytes;
    bool holds = end[-1] == '\0' && end[-2] == '\0' && head->rows_count < UINT32_MAX;
    for (uint32_t i = 0; holds && i < head->rows_count; i++) {
        holds = row_holds(file, &file->rows[i], head->texts_bytes, head->entries_count);
        if (holds)
            file->row_of[file->rows[i].entry] = i + 1;
    }
    if (holds)
        *result = file;
    else
        free(file);
    return NULL;
}

static const char *text_at(const struct figures_file *file, uint32_t at)
{
    return at ? file->texts + at : NULL;
}

static const struct figures_row *row_at(const struct figures_file *file, size_t entry)
{
    return file && file->row_of[entry] ? &file->rows[file->row_of[entry] - 1] : NULL;
}

static void row_read(const struct figures_file *file, const struct figures_row *row,
                     struct type_summary *summary, const char **members)
{
    *summary = (struct type_summary){
        .size_known = row->size_known,
        .declared_folder = text_at(file, row->folder),
#define COLUMN_TEXT(id, field, ...)                                                                          \
    .field = is_word[COLUMN_##id] ? word_at(file, row->field) : text_at(file, row->field),
#define COLUMN_NUMBER(id, field, ...) .field = row->field,
#include "query/columns.def"
    };
    *members = file->texts + row->member_names;
}

// What was not asked for counts as 0.
static void parts_only(struct type_summary *summary, unsigned parts)
{
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].needs & ~parts)
            *(uint64_t *)(void *)((char *)summary + columns[i].field_offset_bytes) = 0;
}

// ---- opening --------------------------------------------------------------------------------------------

static struct error *positions_know(struct figures *figures)
{
    const struct selection *selection = figures->selection;
    figures->is_known = calloc(selection->count + 1, sizeof(*figures->is_known));
    if (!figures->is_known)
        return &error_out_of_memory;
    for (size_t i = 0; i < selection->count; i++)
        figures->is_known[i] = row_at(figures->file, selection->numbers[i]) != NULL;
    return NULL;
}

struct error *figures_open(const struct query *query, const struct selection *selection,
                           struct figures *figures)
{
    *figures = (struct figures){.query = query, .selection = selection};
    if (!selection->index_is_full || query->first || !type_source_keeps(query->source))
        return NULL;
    const uint64_t line_bytes = query->layout.cacheline_bytes;
    snprintf(figures->part, sizeof(figures->part), "lines-%llu",
             (unsigned long long)(line_bytes ? line_bytes : 64));
    figures->are_kept = true;
    figures->fresh = calloc(selection->count + 1, sizeof(*figures->fresh));
    struct error *error = figures->fresh ? NULL : &error_out_of_memory;
    if (!error)
        error = file_read(type_source_kept(query->source, figures->part), query, selection->index,
                          &figures->file);
    if (!error && figures->file)
        error = positions_know(figures);
    if (error)
        figures_close(figures);
    return error;
}

void figures_close(struct figures *figures)
{
    free(figures->is_known);
    free(figures->file);
    free(figures->fresh);
    *figures = (struct figures){0};
}

bool figures_take(const struct figures *figures, size_t position, unsigned parts,
                  struct type_summary *summary, const char **members)
{
    const char *names;
    if (!figures->is_known || !figures->is_known[position])
        return false;
    const size_t number = figures->selection->numbers[position];
    const struct type_index_entry *entry = &figures->selection->index->entries[number];
    row_read(figures->file, row_at(figures->file, number), summary, members ? members : &names);
    parts_only(summary, parts);
    summary->name = entry->name;
    summary->copies = entry->copies;
    return true;
}

// ---- computing ------------------------------------------------------------------------------------------

struct error *figures_summarize(const struct figures *figures, struct walk_worker *worker,
                                const struct walk_item *item, unsigned parts, struct type_summary *summary)
{
    if (!figures->are_kept)
        return summary_of_item(worker, item, parts, summary);
    struct figures_fresh *fresh = &figures->fresh[item->position];
    RETURN_IF_ERROR(summary_of_item(worker, item, ALL_PARTS, summary));
    fresh->summary = *summary;
    parts_only(summary, parts);
    RETURN_IF_ERROR(summary_keep(&fresh->summary, worker->kept));
    fresh->members = member_names(item->layout->type, worker->kept);
    return fresh->members ? NULL : &error_out_of_memory;
}

// ---- keeping --------------------------------------------------------------------------------------------

struct figures_writing {
    struct output rows, texts;
    uint64_t rows_count;
    // What was written last in each column: neighbours mostly have the same.
    uint32_t last[COLUMNS], last_folder;
    uint32_t words[WORDS_MOST];
    size_t words_count;
};

// Each word once.
static uint32_t word_write(struct figures_writing *writing, const char *word)
{
    for (size_t i = 0; word && i < writing->words_count; i++)
        if (!writing->texts.out_of_memory && !strcmp(writing->texts.data + writing->words[i], word))
            return writing->words[i];
    const uint32_t at = (uint32_t)writing->texts.length;
    if (!word)
        return 0;
    output_bytes(&writing->texts, word, strlen(word) + 1);
    if (writing->words_count < WORDS_MOST)
        writing->words[writing->words_count++] = at;
    return at;
}

static uint32_t text_write(struct figures_writing *writing, const char *text, uint32_t *last)
{
    if (!text)
        return 0;
    if (*last && *last < writing->texts.length && !strcmp(writing->texts.data + *last, text))
        return *last;
    *last = (uint32_t)writing->texts.length;
    output_bytes(&writing->texts, text, strlen(text) + 1);
    return *last;
}

static uint32_t members_write(struct figures_writing *writing, const char *members)
{
    const uint32_t at = (uint32_t)writing->texts.length;
    const char *end = members;
    while (*end)
        end += strlen(end) + 1;
    output_bytes(&writing->texts, members, (size_t)(end - members) + 1);
    return at;
}

static void row_write(struct figures_writing *writing, size_t entry, const struct type_summary *from,
                      const char *members)
{
    struct figures_row row;
    struct type_summary summary = *from;
    summary.name = summary.in_path = NULL;
    summary.copies = summary.in_files = 0;
    memset(&row, 0, sizeof(row)); // the bytes between, too
    row.entry = (uint32_t)entry;
    row.size_known = summary.size_known;
    row.folder = text_write(writing, summary.declared_folder, &writing->last_folder);
    row.member_names = members_write(writing, members);
#define COLUMN_TEXT(id, field, ...)                                                                          \
    row.field = is_word[COLUMN_##id] ? word_write(writing, summary.field)                                    \
                                     : text_write(writing, summary.field, &writing->last[COLUMN_##id]);
#define COLUMN_NUMBER(id, field, ...) row.field = summary.field;
#include "query/columns.def"
    output_bytes(&writing->rows, (const char *)&row, sizeof(row));
    writing->rows_count++;
}

// By entry the position whose type was computed, from 1 on. NULL: there is none, or memory is short.
static uint32_t *fresh_by_entry(const struct figures *figures)
{
    const struct selection *selection = figures->selection;
    uint32_t *by_entry = calloc(selection->index->entries_count + 1, sizeof(*by_entry));
    bool is_any = false;
    for (size_t i = 0; by_entry && i < selection->count; i++)
        if (figures->fresh[i].members) {
            by_entry[selection->numbers[i]] = (uint32_t)i + 1;
            is_any = true;
        }
    if (!is_any) {
        free(by_entry);
        return NULL;
    }
    return by_entry;
}

static void rows_write(const struct figures *figures, const uint32_t *by_entry,
                       struct figures_writing *writing)
{
    const size_t entries_count = figures->selection->index->entries_count;
    output_char(&writing->texts, '\0');
    for (size_t i = 0; i < entries_count; i++) {
        const struct figures_row *row = row_at(figures->file, i);
        if (by_entry[i]) {
            const struct figures_fresh *fresh = &figures->fresh[by_entry[i] - 1];
            row_write(writing, i, &fresh->summary, fresh->members);
        } else if (row) {
            struct type_summary summary;
            const char *members;
            row_read(figures->file, row, &summary, &members);
            row_write(writing, i, &summary, members);
        }
    }
    output_char(&writing->texts, '\0');
}

static void file_write(const struct figures *figures, const struct figures_writing *writing,
                       struct output *output)
{
    struct figures_head head;
    memset(&head, 0, sizeof(head));
    head.head_bytes = sizeof(head);
    head.row_bytes = sizeof(struct figures_row);
    head.entries_count = figures->selection->index->entries_count;
    head.rows_count = writing->rows_count;
    head.texts_bytes = writing->texts.length;
    snprintf(head.abi, sizeof(head.abi), "%s", abi_name(figures->query));
    output_bytes(output, (const char *)&head, sizeof(head));
    output_bytes(output, writing->rows.data, writing->rows.length);
    output_bytes(output, writing->texts.data, writing->texts.length);
}

void figures_keep(const struct figures *figures)
{
    struct figures_writing writing = {0};
    struct output output = {0};
    if (!figures->are_kept || figures->selection->count >= UINT32_MAX ||
        figures->selection->index->entries_count >= UINT32_MAX)
        return;
    uint32_t *by_entry = fresh_by_entry(figures);
    if (!by_entry)
        return;
    rows_write(figures, by_entry, &writing);
    if (!writing.rows.out_of_memory && !writing.texts.out_of_memory && writing.texts.length < UINT32_MAX)
        file_write(figures, &writing, &output);
    if (output.length && !output.out_of_memory)
        type_source_keep(figures->query->source, figures->part,
                         (struct bytes){(const uint8_t *)output.data, output.length});
    output_free(&writing.rows);
    output_free(&writing.texts);
    output_free(&output);
    free(by_entry);
}
