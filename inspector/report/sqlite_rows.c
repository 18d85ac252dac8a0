// SPDX-License-Identifier: MIT
#include "report/sqlite_rows.h"

#include "query/columns.h"
#include "report/safe_text.h"
#include "report/sharing.h"

#include <string.h>

// --- Values: a byte that says the kind; of a number seven bits a byte, the low ones first; of a text its length and it ---

typedef uint32_t text_length;

static void put_number(struct output *chunk, bool is_known, uint64_t number)
{
    char bytes[1 + 10];
    size_t count = 0;
    bytes[count++] = (char)(is_known ? SQLITE_VALUE_NUMBER : SQLITE_VALUE_NULL);
    for (; is_known && number > 0x7f; number >>= 7)
        bytes[count++] = (char)(0x80 | (number & 0x7f));
    if (is_known)
        bytes[count++] = (char)number;
    output_bytes(chunk, bytes, count);
}

static void put_text(struct output *chunk, const char *text)
{
    text_length length = 0;
    output_char(chunk, (char)(text ? SQLITE_VALUE_TEXT : SQLITE_VALUE_NULL));
    if (!text)
        return;
    const size_t start = chunk->length;
    output_bytes(chunk, (const char *)&length, sizeof(length));
    replaced_text(chunk, text);
    if (chunk->out_of_memory)
        return;
    length = (text_length)(chunk->length - start - sizeof(length));
    memcpy(chunk->data + start, &length, sizeof(length));
}

static void put_statement(struct output *chunk, enum sqlite_statement statement)
{
    output_char(chunk, (char)statement);
}

const char *sqlite_statement_read(const char *at, enum sqlite_statement *statement)
{
    *statement = (enum sqlite_statement) * at;
    return at + 1;
}

static const char *read_number(const char *at, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const unsigned char byte = (unsigned char)*at++;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return at;
    }
}

const char *sqlite_value_read(const char *at, struct sqlite_value *value)
{
    text_length length;
    *value = (struct sqlite_value){.kind = (enum sqlite_value_kind) * at++};
    if (value->kind == SQLITE_VALUE_NUMBER)
        return read_number(at, &value->number);
    if (value->kind == SQLITE_VALUE_NULL)
        return at;
    memcpy(&length, at, sizeof(length));
    value->number = length;
    value->text = at + sizeof(length);
    return value->text + length;
}

// --- The type's row: columns in the order of compact.def, then what sqlite_insert.sql names behind them ---

static void put_alignSource(struct output *chunk, const struct described_type *type)
{
    put_text(chunk, align_source_word(type->layout->align.source));
}

static void put_packed(struct output *chunk, const struct described_type *type)
{
    put_number(chunk, true, type->layout->align.packed);
}

static void put_number_of(struct output *chunk, const struct described_type *type)
{
    put_number(chunk, true, type->definition_number);
}

static void put_definitions(struct output *chunk, const struct described_type *type)
{
    put_number(chunk, true, type->definitions_count);
}

// The positions by their names in scripts; and of each field whether the database has a column for it.
// clang-format off
enum {
#define COMPACT_COLUMN(position, script_name, ...) POSITION_##script_name = (position),
#define COMPACT_TYPE(position, script_name, ...) POSITION_##script_name = (position),
#include "report/compact.def"
};

static const struct {
    int position;
    int column; // of query/columns.def; COLUMNS: it is none of those
    bool is_stored;
} fields[] = {
#define COMPACT_COLUMN(position, script_name, column, sql, ...) {position, COLUMN_##column, sizeof(sql) > 1},
#define COMPACT_TYPE(position, script_name, sql, ...) {position, COLUMNS, sizeof(sql) > 1},
#include "report/compact.def"
};
// clang-format on

static void put_column(struct output *chunk, const struct column *column, const struct type_summary *summary)
{
    if (column->is_text)
        put_text(chunk, column_text(column, summary));
    else
        put_number(chunk, column_is_known(column, summary), column_kept(column, summary));
}

// A new field with a column of its own has a case here.
static void put_field(struct output *chunk, int position, const struct described_type *type)
{
    switch (position) {
    case POSITION_alignSource:
        put_alignSource(chunk, type);
        break;
    case POSITION_packed:
        put_packed(chunk, type);
        break;
    case POSITION_number:
        put_number_of(chunk, type);
        break;
    default:
        put_definitions(chunk, type);
        break;
    }
}

// Lines of one array count by where it lies: the middle ones of a long one are not in sharing->lines.
static void put_sharing(struct output *chunk, const struct sharing *sharing)
{
    const bool is_shared = sharing && sharing->contended_count;
    uint64_t lines = 0;
    size_t next = 0;
    for (const struct sharing_line *line, *last; is_shared && (line = sharing_next(sharing, &next, &last));)
        lines += last->line - line->line + 1;
    put_number(chunk, is_shared, is_shared ? sharing->parted_bytes : 0);
    put_number(chunk, true, lines);
}

static void put_type(struct output *chunk, const struct described_type *type)
{
    const struct type_summary summary = type_summarize(type);
    const bool is_smaller = type->pack && pack_savings_bytes(type->pack);
    put_statement(chunk, INSERT_TYPE);
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        if (fields[i].is_stored && fields[i].column != COLUMNS)
            put_column(chunk, &columns[fields[i].column], &summary);
        else if (fields[i].is_stored)
            put_field(chunk, fields[i].position, type);
    put_number(chunk, is_smaller, is_smaller ? type->pack->size_bytes : 0);
    put_sharing(chunk, type->sharing);
}

// --- Its members and gaps ---

static void put_row_head(struct output *chunk, enum sqlite_statement statement, const struct row *row,
                         size_t position)
{
    put_statement(chunk, statement);
    put_number(chunk, true, position);
    put_number(chunk, true, row->depth);
    put_text(chunk, row->kind_word);
    put_number(chunk, row->offset_known, row->offset_bits);
    put_number(chunk, row->size_known, row->size_bits);
}

static void put_member(struct output *chunk, const struct row *row, size_t position)
{
    const bool is_variant = row->kind == ROW_VARIANT;
    put_row_head(chunk, INSERT_MEMBER, row, position);
    put_text(chunk, row->name);
    put_text(chunk, is_variant ? row->values_text : row->type_text);
    put_number(chunk, !is_variant && row->align_bytes, row->align_bytes);
    put_number(chunk, true, row->straddles);
}

static void put_gap(struct output *chunk, const struct row *row, size_t position)
{
    put_row_head(chunk, INSERT_GAP, row, position);
    put_text(chunk, row->before);
    put_text(chunk, row->after);
}

void sqlite_rows_encode(struct output *chunk, const struct described_type *type)
{
    size_t position = 0;
    put_type(chunk, type);
    for (size_t i = 0; i < type->rows.count; i++) {
        const struct row *row = &type->rows.data[i];
        if (row->kind == ROW_MEMBER || row->kind == ROW_VARIANT)
            put_member(chunk, row, position);
        else if (row->kind == ROW_GAP)
            put_gap(chunk, row, position);
        position += row->kind != ROW_LINE; // that some were cut has a place, too
    }
}
