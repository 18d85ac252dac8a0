// SPDX-License-Identifier: MIT
#include "report/compact.h"

#include "query/columns.h"
#include "report/safe_text.h"
#include "report/sharing.h"

const int compact_version = 0
#define COMPACT_VERSION(number) +number
#include "report/compact.def"
    ;

enum compact_flag {
#define COMPACT_FLAG(bit, script_name, name) COMPACT_##name = (bit),
#include "report/compact.def"
};

// How many fields there are, and the sum of their positions. A switch knows no two positions alike; then the
// sum is that of 0, 1, 2, … only when there are no gaps.
// clang-format off
enum { TYPE_FIELDS = 0
#define COMPACT_COLUMN(position, ...) +1
#define COMPACT_TYPE(position, ...) +1
#include "report/compact.def"
, TYPE_SUM = 0
#define COMPACT_COLUMN(position, ...) +(position)
#define COMPACT_TYPE(position, ...) +(position)
#include "report/compact.def"
, ROW_FIELDS = 0
#define COMPACT_ROW(position, ...) +1
#include "report/compact.def"
, ROW_SUM = 0
#define COMPACT_ROW(position, ...) +(position)
#include "report/compact.def"
, LEAD_FIELDS = 0
#define COMPACT_LEAD(position, ...) +1
#include "report/compact.def"
, LEAD_SUM = 0
#define COMPACT_LEAD(position, ...) +(position)
#include "report/compact.def"
};
// clang-format on
_Static_assert(2 * TYPE_SUM == TYPE_FIELDS * (TYPE_FIELDS - 1), "a position of a type's field is missing");
_Static_assert(2 * ROW_SUM == ROW_FIELDS * (ROW_FIELDS - 1), "a position of a row's field is missing");
_Static_assert(2 * LEAD_SUM == LEAD_FIELDS * (LEAD_FIELDS - 1), "a position of a lead's field is missing");

static void number_or_null(struct output *output, bool is_known, uint64_t number)
{
    if (is_known)
        output_u64(output, number);
    else
        output_text(output, "null");
}

static void next_number(struct output *output, bool is_known, uint64_t number)
{
    output_char(output, ',');
    number_or_null(output, is_known, number);
}

static void next_text(struct output *output, const char *text)
{
    output_char(output, ',');
    safe_json(output, text);
}

// --- Where a member's type leads ---

struct compact_lead {
    const struct type *record;
    const char *name; // of the record, or of the typedef that names it
    bool is_by_value;
};

enum { STEPS_MOST = 64 }; // a hostile file makes cycles

static bool is_passed_through(const struct type *type, struct compact_lead *lead)
{
    switch (type->kind) {
    case TYPE_POINTER:
    case TYPE_REFERENCE:
    case TYPE_RVALUE_REFERENCE:
        lead->is_by_value = false;
        return true;
    case TYPE_TYPEDEF:
        lead->name = type->name;
        return true;
    case TYPE_ARRAY:
        lead->name = NULL;
        return true;
    case TYPE_CONST:
    case TYPE_VOLATILE:
    case TYPE_RESTRICT:
    case TYPE_ATOMIC:
        return true;
    default:
        return false;
    }
}

static struct compact_lead lead_of(const struct type *type)
{
    struct compact_lead lead = {.is_by_value = true};
    for (unsigned steps = 0; type && steps < STEPS_MOST; steps++, type = type->target) {
        if (is_passed_through(type, &lead))
            continue;
        if (type_has_members(type)) {
            lead.record = type;
            lead.name = type->name ? type->name : lead.name;
        }
        break;
    }
    return lead;
}

static void lead_name(struct output *output, const struct compact_lead *lead)
{
    safe_json(output, lead->name);
}

static void lead_size(struct output *output, const struct compact_lead *lead)
{
    number_or_null(output, lead->record->size_known, lead->record->size_bytes);
}

// The line of a declaration is not where the type is.
static void lead_line(struct output *output, const struct compact_lead *lead)
{
    number_or_null(output, lead->record->declared_line != 0 && !lead->record->is_declaration,
                   lead->record->declared_line);
}

static void lead_byValue(struct output *output, const struct compact_lead *lead)
{
    output_u64(output, lead->is_by_value);
}

static void lead_field(struct output *output, int position, const struct compact_lead *lead)
{
    switch (position) {
#define COMPACT_LEAD(position, script_name)                                                                  \
    case position:                                                                                           \
        lead_##script_name(output, lead);                                                                    \
        break;
#include "report/compact.def"
    }
}

// --- Rows ---

static unsigned flags_of(const struct row *row)
{
    return (row->straddles ? COMPACT_STRADDLES : 0) | (row->is_in_alternative ? COMPACT_IN_ALTERNATIVE : 0) |
           (row->is_flexible ? COMPACT_FLEXIBLE : 0) |
           (row->kind == ROW_MEMBER && !row->is_leaf ? COMPACT_OPENED : 0) |
           (row->is_reused ? COMPACT_REUSED : 0) | (row->kind == ROW_GAP ? COMPACT_IS_GAP : 0);
}

static uint64_t number_of(const struct row *row)
{
    return row->kind == ROW_CUT       ? row->cut_count
           : row->kind == ROW_VARIANT ? row->waste_bits
                                      : row->align_bytes;
}

static void row_kind(struct output *output, const struct row *row)
{
    safe_json(output, row->kind_word);
}

static void row_depth(struct output *output, const struct row *row)
{
    output_u64(output, row->depth);
}

static void row_offset(struct output *output, const struct row *row)
{
    number_or_null(output, row->offset_known, row->offset_bits);
}

static void row_size(struct output *output, const struct row *row)
{
    number_or_null(output, row->size_known, row->size_bits);
}

static void row_name(struct output *output, const struct row *row)
{
    safe_json(output, row->kind == ROW_GAP ? row->before : row->name);
}

static void row_type(struct output *output, const struct row *row)
{
    safe_json(output, row->kind == ROW_GAP       ? row->after
                      : row->kind == ROW_VARIANT ? row->values_text
                                                 : row->type_text);
}

static void row_number(struct output *output, const struct row *row)
{
    number_or_null(output, row->kind != ROW_MEMBER || row->align_bytes, number_of(row));
}

static void row_dataBits(struct output *output, const struct row *row)
{
    output_u64(output, row->data_bits);
}

static void row_flags(struct output *output, const struct row *row)
{
    output_u64(output, flags_of(row));
}

static void row_lead(struct output *output, const struct row *row)
{
    const struct compact_lead lead = lead_of(row->member->type);
    if (!lead.record || !lead.name) {
        output_text(output, "null");
        return;
    }
    for (int i = 0; i < LEAD_FIELDS; i++) {
        output_char(output, i ? ',' : '[');
        lead_field(output, i, &lead);
    }
    output_char(output, ']');
}

static void row_field(struct output *output, int position, const struct row *row)
{
    switch (position) {
#define COMPACT_ROW(position, script_name)                                                                   \
    case position:                                                                                           \
        row_##script_name(output, row);                                                                      \
        break;
#include "report/compact.def"
    }
}

// The last field, where the type leads, is a member's alone.
static void compact_row(struct output *output, const struct row *row, bool has_lead)
{
    const int fields = row->kind == ROW_MEMBER && has_lead ? ROW_FIELDS : ROW_FIELDS - 1;
    for (int i = 0; i < fields; i++) {
        output_char(output, i ? ',' : '[');
        row_field(output, i, row);
    }
    output_char(output, ']');
}

// --- Fields of a type that are no column ---

static void write_rows(struct output *output, const struct rows *rows, size_t first, size_t end,
                       bool has_lead, size_t *written)
{
    *written = 0;
    output_char(output, '[');
    for (size_t i = first; i < end; i++) {
        if (rows->data[i].kind == ROW_LINE)
            continue;
        if ((*written)++)
            output_char(output, ',');
        compact_row(output, &rows->data[i], has_lead);
    }
    output_char(output, ']');
}

void compact_shape_rows(struct output *output, const struct rows *rows, size_t first, size_t end,
                        size_t *written)
{
    write_rows(output, rows, first, end, false, written);
}

static void type_rows(struct output *output, const struct described_type *type)
{
    size_t written;
    write_rows(output, &type->rows, 0, type->rows.count, true, &written);
}

static void type_alignSource(struct output *output, const struct described_type *type)
{
    safe_json(output, align_source_word(type->layout->align.source));
}

static void type_packed(struct output *output, const struct described_type *type)
{
    output_u64(output, type->layout->align.packed);
}

static void type_number(struct output *output, const struct described_type *type)
{
    output_u64(output, type->definition_number);
}

static void type_definitions(struct output *output, const struct described_type *type)
{
    output_u64(output, type->definitions_count);
}

static void type_bits(struct output *output, const struct described_type *type)
{
    for (int class = 0; class < LAYOUT_CLASSES; class ++) {
        output_char(output, class ? ',' : '[');
        output_u64(output, type->layout->accounting_bits[class]);
    }
    output_char(output, ']');
}

static void type_alignFrom(struct output *output, const struct described_type *type)
{
    const struct member *from = type->layout->align.from;
    safe_json(output, from ? from->name : NULL);
}

static void type_best(struct output *output, const struct described_type *type)
{
    const struct pack *pack = type->pack;
    if (!pack || !pack_savings_bytes(pack)) {
        output_text(output, "null");
        return;
    }
    output_char(output, '[');
    output_u64(output, pack->size_bytes);
    next_text(output, pack_proof_word(pack->proof));
    for (size_t i = 0; i < pack->count; i++) {
        output_text(output, i ? ",[" : ",[[");
        safe_json(output, pack->places[i].member->name);
        next_number(output, true, pack->places[i].offset_bits);
        next_number(output, true, pack->places[i].member->size_bits);
        output_char(output, ']');
    }
    output_text(output, pack->count ? "]]" : ",[]]");
}

static void type_sharing(struct output *output, const struct described_type *type)
{
    const struct sharing *sharing = type->sharing;
    if (!sharing || !sharing->contended_count) {
        output_text(output, "null");
        return;
    }
    output_char(output, '[');
    output_u64(output, sharing->parted_bytes);
    const char *separator = ",[[";
    size_t next = 0;
    for (const struct sharing_line *line, *last; (line = sharing_next(sharing, &next, &last));
         separator = ",[") {
        output_text(output, separator);
        output_u64(output, line->line);
        next_number(output, true, last->line);
        next_text(output, line->hot->name);
        next_text(output, line->other ? line->other->name : NULL);
        next_number(output, true, line->hot_count);
        next_number(output, true, line->other != NULL);
        output_char(output, ']');
    }
    output_text(output, "]]");
}

// The rows tell the alignments. Where they do not, or say another one than the rules take, nothing can be tried.
static bool rows_tell_all(const struct described_type *type)
{
    const struct pack_trial *trial = type->trial;
    size_t place = trial->pack.count - trial->steps_count;
    for (size_t i = 0; i < type->rows.count; i++) {
        const struct row *row = &type->rows.data[i];
        if (row->kind != ROW_MEMBER || row->depth ||
            (row->member_kind != MEMBER_FIELD && row->member_kind != MEMBER_BITFIELD))
            continue;
        if (place == trial->pack.count || trial->pack.places[place].member != row->member ||
            trial->pack.places[place].align_bytes != row->align_bytes)
            return false;
        place++;
    }
    return place == trial->pack.count;
}

static void type_trial(struct output *output, const struct described_type *type)
{
    const struct pack_trial *trial = type->trial;
    if (!trial || trial->pack.refusal || trial->pack.is_assumed || !rows_tell_all(type)) {
        output_text(output, "null");
        return;
    }
    output_char(output, '[');
    output_u64(output, trial->start_bits);
    next_number(output, true, trial->pack.align_bytes);
    const char *separator = ",[";
    for (size_t i = 0; i < trial->pack.count; i++) {
        if (!trial->pack.places[i].unit_bits)
            continue;
        output_text(output, separator);
        output_u64(output, trial->pack.places[i].unit_bits);
        separator = ",";
    }
    output_text(output, separator[1] ? ",[]]" : "]]");
}

// --- All ---

// Numbers as they are kept: waste in bits.
static void column_field(struct output *output, const struct column *column,
                         const struct type_summary *summary)
{
    if (column->is_text)
        safe_json(output, column_text(column, summary));
    else
        number_or_null(output, column_is_known(column, summary), column_kept(column, summary));
}

static void type_field(struct output *output, int position, const struct described_type *type,
                       const struct type_summary *summary)
{
    switch (position) {
#define COMPACT_COLUMN(position, script_name, column, ...)                                                   \
    case position:                                                                                           \
        column_field(output, &columns[COLUMN_##column], summary);                                            \
        break;
#define COMPACT_TYPE(position, script_name, ...)                                                             \
    case position:                                                                                           \
        type_##script_name(output, type);                                                                    \
        break;
#include "report/compact.def"
    }
}

// The positions by their names in scripts.
// clang-format off
enum {
#define COMPACT_COLUMN(position, script_name, ...) POSITION_##script_name = (position),
#define COMPACT_TYPE(position, script_name, ...) POSITION_##script_name = (position),
#include "report/compact.def"
};
// clang-format on

// What two files say differently of one and the same layout.
static bool is_of_file(int position)
{
    return position == POSITION_file || position == POSITION_line || position == POSITION_copies ||
           position == POSITION_number || position == POSITION_definitions;
}

static void write_head(struct output *output, const struct described_type *type, bool is_shape)
{
    const struct type_summary summary = type_summarize(type);
    for (int i = 0; i < TYPE_FIELDS; i++) {
        output_char(output, i ? ',' : '[');
        if (is_shape && is_of_file(i))
            output_text(output, "null");
        else
            type_field(output, i, type, &summary);
    }
    output_char(output, ']');
}

void compact_type(struct output *output, const struct described_type *type)
{
    write_head(output, type, false);
}

void compact_shape_head(struct output *output, const struct described_type *type)
{
    struct described_type head = *type;
    struct pack pack = {0};
    head.rows.count = 0;
    if (type->pack) {
        pack = *type->pack;
        pack.count = 0;
        head.pack = &pack;
    }
    head.trial = NULL; // there when another document of the run wants it
    write_head(output, &head, true);
}
