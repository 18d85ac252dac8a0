#include "report/compact.h"

#include "report/safe_text.h"
#include "report/sharing.h"

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

struct lead {
    const struct type *record;
    const char *name; // of the record, or of the typedef that names it
    bool is_by_value;
};

enum { STEPS_MOST = 64 }; // a hostile file makes cycles

static bool is_passed_through(const struct type *type, struct lead *lead)
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

static struct lead lead_of(const struct type *type)
{
    struct lead lead = {.is_by_value = true};
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

static void next_lead(struct output *output, const struct member *member)
{
    struct lead lead = lead_of(member->type);
    if (!lead.record || !lead.name) {
        output_text(output, ",null");
        return;
    }
    output_text(output, ",[");
    safe_json(output, lead.name);
    next_number(output, lead.record->size_known, lead.record->size_bytes);
    // The line of a declaration is not where the type is.
    next_number(output, lead.record->declared_line != 0 && !lead.record->is_declaration,
                lead.record->declared_line);
    next_number(output, true, lead.is_by_value);
    output_char(output, ']');
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

static void compact_row(struct output *output, const struct row *row)
{
    output_char(output, '[');
    safe_json(output, row->kind_word);
    next_number(output, true, row->depth);
    next_number(output, row->offset_known, row->offset_bits);
    next_number(output, row->size_known, row->size_bits);
    next_text(output, row->kind == ROW_GAP ? row->before : row->name);
    next_text(output, row->kind == ROW_GAP       ? row->after
                      : row->kind == ROW_VARIANT ? row->values_text
                                                 : row->type_text);
    next_number(output, row->kind != ROW_MEMBER || row->align_bytes, number_of(row));
    next_number(output, true, row->data_bits);
    next_number(output, true, flags_of(row));
    if (row->kind == ROW_MEMBER)
        next_lead(output, row->member);
    output_char(output, ']');
}

static void compact_rows(struct output *output, const struct rows *rows)
{
    const char *separator = ",[";
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->data[i].kind == ROW_LINE)
            continue;
        output_text(output, separator);
        compact_row(output, &rows->data[i]);
        separator = ",";
    }
    output_text(output, *separator == ',' && separator[1] ? ",[]" : "]");
}

// --- The best order ---

static void next_best_order(struct output *output, const struct pack *pack)
{
    if (!pack || !pack_savings_bytes(pack)) {
        output_text(output, ",null");
        return;
    }
    output_text(output, ",[");
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

static void next_sharing(struct output *output, const struct sharing *sharing)
{
    if (!sharing || !sharing->contended_count) {
        output_text(output, ",null");
        return;
    }
    output_text(output, ",[");
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

void compact_type(struct output *output, const struct report_type *type)
{
    const struct layout *layout = type->layout;
    const struct layout_align *align = &layout->align;
    output_char(output, '[');
    safe_json(output, type->name);
    next_text(output, type->kind_word);
    next_text(output, type->language);
    next_number(output, layout->size_known, layout->size_bits / 8);
    next_number(output, align->bytes != 0, align->bytes);
    next_text(output, align_source_word(align->source));
    next_number(output, true, align->packed);
    next_text(output, type->declared_file);
    next_number(output, type->declared_line != 0, type->declared_line);
    next_number(output, true, type->copies);
    next_number(output, true, layout->own_waste_bits);
    next_number(output, true, layout->deep_waste_bits);
    next_number(output, true, layout->cache_lines);
    next_number(output, true, layout->straddlers_count);
    next_number(output, true, layout->holes_count);
    next_number(output, true, layout->type->members_count + layout->variants_count);
    next_number(output, true, type->definition_number);
    next_number(output, true, type->definitions_count);
    for (int class = 0; class < LAYOUT_CLASSES; class ++) {
        output_text(output, class ? "," : ",[");
        output_u64(output, layout->accounting_bits[class]);
    }
    output_char(output, ']');
    next_text(output, align->from ? align->from->name : NULL);
    compact_rows(output, &type->rows);
    next_best_order(output, type->pack);
    next_sharing(output, type->sharing);
    output_char(output, ']');
}
