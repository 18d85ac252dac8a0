// SPDX-License-Identifier: MIT
#include "layout/rows.h"

#include "base/vec.h"
#include "layout/layouter.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

typedef VEC(struct row) rows_vec;

// One line of the order of drawing: a member or a gap of one type.
struct rows_item {
    uint64_t offset_bits;
    uint32_t order; // position in the debug information; gaps come behind members of their offset
    const struct member *member;
    const struct layout_gap *gap;
    const struct layout_variant *variant;
};

struct builder {
    struct layouter *layouter;
    const struct layout *root;
    struct arena *arena;
    const struct rows_options *options;
    unsigned levels_most;
    size_t rows_limit;
    rows_vec rows;
    bool is_cut;
    uint64_t line; // the cache line that the last row lies in
    // The types that are open above the row: one that comes again holds itself.
    const struct type *open[64];
};

static int item_compare(const void *left, const void *right)
{
    const struct rows_item *a = left, *b = right;
    if (a->offset_bits != b->offset_bits)
        return a->offset_bits < b->offset_bits ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static const char *member_kind_word(const struct member *member)
{
    static const char *const words[] = {
        [MEMBER_FIELD] = "field", [MEMBER_BITFIELD] = "bit-field",
        [MEMBER_BASE] = "base",   [MEMBER_VIRTUAL_BASE] = "virtual-base",
        [MEMBER_VPTR] = "vptr",   [MEMBER_DISCRIMINANT] = "discriminant",
    };
    return words[member->kind];
}

static const char *gap_kind_word(enum layout_class class)
{
    switch (class) {
    case LAYOUT_BIT_HOLE:
        return "bit-hole";
    case LAYOUT_TAIL_PADDING:
        return "padding";
    case LAYOUT_UNKNOWN:
        return "unknown";
    default:
        return "hole";
    }
}

static struct error *push_row(struct builder *builder, const struct row *row)
{
    return vec_push(&builder->rows, *row) ? NULL : &error_out_of_memory;
}

// A border before a row that begins in a later cache line than the row above.
static struct error *push_line(struct builder *builder, const struct row *next)
{
    uint64_t line_bits = bytes_to_bits_saturating(builder->root->cacheline_bytes);
    if (!next->offset_known || next->is_in_alternative || next->kind == ROW_VARIANT)
        return NULL;
    uint64_t line = next->offset_bits / line_bits;
    if (line <= builder->line || next->offset_bits >= builder->root->size_bits)
        return NULL;
    builder->line = line;
    struct row border = {.kind = ROW_LINE,
                         .offset_known = true,
                         .offset_bits = line * line_bits,
                         .depth = next->depth,
                         .kind_word = "line",
                         .line = line};
    return push_row(builder, &border);
}

struct rows_frame {
    const struct layout *owner; // of the members; NULL: a variant
    unsigned depth;             // of the rows
    unsigned levels;            // types with a name that are open above
    bool is_element;
    const char *prefix; // of the members' names, "[0]." in an element; NULL: none
    uint64_t base_bits;
    bool base_known;
    bool is_in_alternative;
    bool is_base_subobject; // of a class with virtual bases: those lie elsewhere in the complete object
};

static struct error *push_record(struct builder *builder, const struct layout *layout,
                                 const struct rows_frame *frame);

// Go pads a struct whose last field has no size: the field's address would be that of the next object
// (cmd/compile/internal/types/size.go, CalcStructSize). The field's name; NULL: not such a gap.
static const char *kept_inside(const struct type *type, const struct layout_gap *gap)
{
    if (gap->after || gap->class != LAYOUT_TAIL_PADDING || language_family(type->language) != FAMILY_GO ||
        !type->members_count)
        return NULL;
    const struct member *last = &type->members[type->members_count - 1];
    bool has_no_size = last->offset_known && last->size_known && !last->size_bits;
    return has_no_size && last->offset_bits == gap->offset_bits ? last->name : NULL;
}

static bool is_empty_class(const struct type *type)
{
    return !type->members_count && !type->variant_parts_count &&
           language_family(type->language) == FAMILY_CPLUSPLUS;
}

static struct error *push_gap(struct builder *builder, const struct layout *layout,
                              const struct layout_gap *gap, const struct rows_frame *frame)
{
    struct row row = {.kind = ROW_GAP,
                      .depth = frame->depth,
                      .offset_known = frame->base_known,
                      .size_known = true,
                      .offset_bits = saturating_add(frame->base_bits, gap->offset_bits),
                      .size_bits = gap->size_bits,
                      .kind_word = gap_kind_word(gap->class),
                      .is_leaf = true,
                      .is_in_alternative = frame->is_in_alternative,
                      .is_element = frame->is_element,
                      .class = gap->class,
                      .before = gap->before ? gap->before->name : NULL,
                      .after = gap->after ? gap->after->name : NULL,
                      .has_before = gap->before != NULL,
                      .has_after = gap->after != NULL,
                      .is_empty_class = is_empty_class(layout->type),
                      .kept_inside = kept_inside(layout->type, gap),
                      .is_of_variants = layout->variants_count != 0};
    RETURN_IF_ERROR(push_line(builder, &row));
    return push_row(builder, &row);
}

static bool is_open_above(const struct builder *builder, const struct type *type, unsigned depth)
{
    for (unsigned i = 0; i <= depth && i < ARRAY_LENGTH(builder->open); i++)
        if (builder->open[i] == type)
            return true;
    return false;
}

// Neither the record itself nor a typedef on the way to it has a name.
static bool is_nameless(const struct type *type)
{
    const struct type *record = type_strip(type);
    while (type && type != record && type->kind != TYPE_TYPEDEF)
        type = type->target;
    return type == record && type_has_members(record) && !record->name;
}

// Whether whoever asks for the rows wants this member opened, wherever the general options lead.
static bool is_asked_for(const struct rows_options *options, const struct member *member,
                         const struct rows_frame *frame)
{
    return options->opens && options->opens(options->opens_context, member, frame->depth,
                                            saturating_add(frame->base_bits, member->offset_bits));
}

// Whether the rows of `nested` may stand below that of the member, whose type or whose elements' type is `type`.
static bool can_open(const struct builder *builder, const struct member *member, const struct type *type,
                     const struct layout *nested, const struct rows_frame *frame)
{
    const struct rows_options *options = builder->options;
    bool is_open_always =
        (options->expand_anonymous && is_nameless(type)) || is_asked_for(options, member, frame);
    type = nested->type;
    return (is_open_always || (options->expand && frame->levels < builder->levels_most)) &&
           type_has_members(type) && !type->is_declaration &&
           (type->members_count || type->variant_parts_count) &&
           frame->depth + 1 < ARRAY_LENGTH(builder->open) && !is_open_above(builder, type, frame->depth);
}

static struct error *push_cut(struct builder *builder, const struct rows_frame *frame, size_t count)
{
    builder->is_cut = true;
    struct row row = {.kind = ROW_CUT, .depth = frame->depth, .kind_word = "cut", .cut_count = count};
    return push_row(builder, &row);
}

static bool is_partial_base(const struct member *member, const struct layout *nested)
{
    bool is_base = member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE;
    return is_base && nested->has_virtual_bases;
}

// Outside of alternatives tail padding, and an object without data, give way to what else lies there.
static uint64_t data_bits(const struct member *member, const struct layout *nested,
                          const struct rows_frame *frame)
{
    if (frame->is_in_alternative || !type_has_members(nested->type) || !nested->size_known)
        return member->size_bits;
    return is_partial_base(member, nested) ? nested->nonvirtual_end_bits : nested->data_end_bits;
}

// The rows of the first element of an array of records, below that of the array.
static struct error *push_element(struct builder *builder, const struct member *member,
                                  const struct rows_frame *frame, const struct row *array)
{
    const struct type *type = type_strip(member->type);
    const bool is_wanted = builder->options->elements || builder->options->opens;
    if (!is_wanted || type->kind != TYPE_ARRAY || !type->target || member_is_flexible(member))
        return NULL;
    const struct layout *element;
    RETURN_IF_ERROR(layout_compute(builder->layouter, type->target, &element));
    bool fits = element->size_known && array->size_known && element->size_bits <= array->size_bits;
    if (!fits || builder->rows.length >= builder->rows_limit ||
        !can_open(builder, member, type->target, element, frame))
        return NULL;
    struct rows_frame inner = {.depth = frame->depth + 1,
                               .levels = frame->levels + !is_nameless(type->target),
                               .is_element = true,
                               .prefix = "[0].",
                               .base_bits = array->offset_bits,
                               .base_known = array->offset_known,
                               .is_in_alternative =
                                   frame->is_in_alternative || element->type->kind == TYPE_UNION};
    return push_record(builder, element, &inner);
}

static const char *row_name(struct builder *builder, const struct member *member,
                            const struct rows_frame *frame)
{
    if (!frame->prefix || !member->name)
        return member->name;
    size_t prefix_bytes = strlen(frame->prefix), name_bytes = strlen(member->name) + 1;
    char *name = arena_alloc(builder->arena, prefix_bytes + name_bytes);
    if (name) {
        memcpy(name, frame->prefix, prefix_bytes);
        memcpy(name + prefix_bytes, member->name, name_bytes);
    }
    return name;
}

// A virtual base at the start of its class, though nothing but the rules of the ABI tells so.
static bool is_primary(const struct rows_frame *frame, const struct member *member)
{
    return frame->owner && frame->owner->primary_base == member && !frame->is_base_subobject;
}

// NULL: the program's. A byte has none, but its bits may be counted from the other end.
static const char *byte_order(const struct member *member)
{
    enum { STEPS_MOST = 16 };
    const struct type *type = type_strip(member->type);
    for (int steps = 0; steps < STEPS_MOST && type->target && type->kind != TYPE_POINTER; steps++) {
        if (type->kind != TYPE_ARRAY && type->kind != TYPE_ENUM && type->kind != TYPE_SUBRANGE)
            break;
        type = type_strip(type->target);
    }
    const bool has_order = type->size_bytes > 1 || member->kind == MEMBER_BITFIELD;
    return type->is_swapped && has_order ? (type->big_endian ? "little-endian" : "big-endian") : NULL;
}

static struct error *push_member(struct builder *builder, const struct member *member,
                                 const struct rows_frame *frame)
{
    const struct layout *nested;
    RETURN_IF_ERROR(layout_compute(builder->layouter, member->type, &nested));
    bool opens = can_open(builder, member, member->type, nested, frame);
    bool is_cut = opens && builder->rows.length >= builder->rows_limit;
    struct row row = {.kind = ROW_MEMBER,
                      .depth = frame->depth,
                      .offset_known =
                          (member->offset_known || is_primary(frame, member)) && frame->base_known,
                      .size_known = member->size_known,
                      .offset_bits = saturating_add(frame->base_bits, member->offset_bits),
                      .size_bits = member->size_known ? member->size_bits : 0,
                      .data_bits = data_bits(member, nested, frame),
                      .align_bytes = layout_align_in(frame->owner, member, nested),
                      .name = row_name(builder, member, frame),
                      .type_text = type_name(member->type, builder->arena),
                      .byte_order = byte_order(member),
                      .kind_word = member_kind_word(member),
                      .member_kind = member->kind,
                      .member = member,
                      .is_leaf = !opens || is_cut,
                      .is_in_alternative = frame->is_in_alternative,
                      .is_flexible = member_is_open_ended(member),
                      .is_element = frame->is_element,
                      .is_partial_base = is_partial_base(member, nested)};
    if (row.byte_order && row.type_text)
        row.type_text = arena_format(builder->arena, "%s (%s)", row.type_text, row.byte_order);
    if (!row.type_text || (member->name && !row.name))
        return &error_out_of_memory;
    struct member placed = *member;
    placed.offset_bits = row.offset_bits;
    row.straddles = row.offset_known && layout_member_straddles(builder->root, &placed);
    RETURN_IF_ERROR(push_line(builder, &row));
    RETURN_IF_ERROR(push_row(builder, &row));
    struct rows_frame inner = {.depth = frame->depth + 1,
                               .levels = frame->levels + !is_nameless(member->type),
                               .is_element = frame->is_element,
                               .prefix = member->name ? NULL : frame->prefix,
                               .is_base_subobject = is_partial_base(member, nested),
                               .base_bits = row.offset_bits,
                               .base_known = row.offset_known,
                               .is_in_alternative =
                                   frame->is_in_alternative || nested->type->kind == TYPE_UNION};
    if (is_cut)
        return push_cut(builder, &inner, nested->type->members_count);
    return opens ? push_record(builder, nested, &inner) : push_element(builder, member, frame, &row);
}

static struct error *push_variant(struct builder *builder, const struct layout_variant *variant,
                                  const struct rows_frame *frame)
{
    struct row head = {.kind = ROW_VARIANT,
                       .depth = frame->depth,
                       .offset_known = frame->base_known,
                       .size_known = false,
                       .offset_bits = frame->base_bits,
                       .name = variant->variant->name,
                       .kind_word = "variant",
                       .is_in_alternative = true,
                       .values_text = variant->variant->values_text,
                       .waste_bits = variant->waste_bits};
    RETURN_IF_ERROR(push_row(builder, &head));
    size_t count;
    uint64_t base_bits;
    const struct member *fields = variant_fields(variant->variant, &count, &base_bits);
    struct rows_frame inner = {.depth = frame->depth + 1,
                               .levels = frame->levels,
                               .is_element = frame->is_element,
                               .base_bits = saturating_add(frame->base_bits, base_bits),
                               .base_known = frame->base_known,
                               .is_in_alternative = true};
    struct rows_item *items = calloc(count ? count : 1, sizeof(*items));
    if (!items)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct rows_item){
            .offset_bits = fields[i].offset_bits, .order = (uint32_t)i, .member = &fields[i]};
    qsort(items, count, sizeof(*items), item_compare);
    struct error *error = NULL;
    for (size_t i = 0; i < count && !error; i++)
        error = push_member(builder, items[i].member, &inner);
    free(items);
    return error;
}

// All that a record has to show, in the order of addresses: members of unknown offset and variants last.
static struct rows_item *items_of(const struct layout *layout, size_t *count)
{
    const struct type *type = layout->type;
    size_t discriminants = type->variant_parts_count;
    size_t most = type->members_count + layout->gaps_count + layout->variants_count + discriminants;
    struct rows_item *items = calloc(most ? most : 1, sizeof(*items));
    if (!items)
        return NULL;
    size_t n = 0;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        bool is_placed = member->offset_known || member == layout->primary_base;
        items[n++] = (struct rows_item){.offset_bits = is_placed ? member->offset_bits : UINT64_MAX,
                                        .order = (uint32_t)i,
                                        .member = member};
    }
    for (size_t i = 0; i < discriminants; i++) {
        const struct member *member = type->variant_parts[i].discriminant;
        if (member && !(member >= type->members && member < type->members + type->members_count))
            items[n++] = (struct rows_item){.offset_bits = member->offset_bits, .member = member};
    }
    for (size_t i = 0; i < layout->gaps_count; i++)
        items[n++] = (struct rows_item){
            .offset_bits = layout->gaps[i].offset_bits, .order = UINT32_MAX, .gap = &layout->gaps[i]};
    for (size_t i = 0; i < layout->variants_count; i++)
        items[n++] = (struct rows_item){
            .offset_bits = UINT64_MAX, .order = (uint32_t)i + (1u << 30), .variant = &layout->variants[i]};
    qsort(items, n, sizeof(*items), item_compare);
    *count = n;
    return items;
}

// What a base subobject leaves to the complete object: virtual bases, and the padding behind the rest.
static bool is_of_virtual_part(const struct layout *layout, const struct rows_item *item)
{
    if (item->member)
        return item->member->kind == MEMBER_VIRTUAL_BASE;
    return item->gap && item->gap->offset_bits >= layout->nonvirtual_end_bits;
}

static struct error *push_record(struct builder *builder, const struct layout *layout,
                                 const struct rows_frame *frame)
{
    if (frame->depth < ARRAY_LENGTH(builder->open))
        builder->open[frame->depth] = layout->type;
    struct rows_frame own = *frame;
    own.owner = layout;
    size_t count = 0;
    struct rows_item *items = items_of(layout, &count);
    struct error *error = items ? NULL : &error_out_of_memory;
    for (size_t i = 0; i < count && !error; i++) {
        if (frame->depth > 0 && builder->rows.length >= builder->rows_limit) {
            error = push_cut(builder, frame, count - i);
            break;
        }
        if (frame->is_base_subobject && is_of_virtual_part(layout, &items[i]))
            continue;
        if (items[i].gap)
            error = push_gap(builder, layout, items[i].gap, frame);
        else if (items[i].variant)
            error = push_variant(builder, items[i].variant, frame);
        else
            error = push_member(builder, items[i].member, &own);
    }
    free(items);
    if (frame->depth < ARRAY_LENGTH(builder->open))
        builder->open[frame->depth] = NULL;
    return error;
}

// Rows are in the order of addresses: what lies in an opened member's padding comes right behind it.
//
//     13  3      ░░░    padding of Animal
//     13  1    purrs    one level up, and before the padding's end
static void mark_reused(struct row *rows, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        struct row *gap = &rows[i];
        const struct row *next = &rows[i + 1];
        gap->is_reused = gap->kind == ROW_GAP && gap->class == LAYOUT_TAIL_PADDING &&
                         next->depth < gap->depth && next->kind == ROW_MEMBER && next->offset_known &&
                         !gap->is_in_alternative && next->offset_bits < gap->offset_bits + gap->size_bits;
    }
}

struct error *rows_build(struct layouter *layouter, const struct layout *layout,
                         const struct rows_options *options, struct arena *arena, struct rows *rows)
{
    static const struct rows_options plain = {0};
    struct builder builder = {
        .layouter = layouter, .root = layout, .arena = arena, .options = options ? options : &plain};
    enum { DEPTH_LIMIT = ARRAY_LENGTH(builder.open), ROWS_LIMIT = 100000 };
    unsigned depth = builder.options->depth;
    builder.levels_most = depth && depth < DEPTH_LIMIT ? depth : DEPTH_LIMIT;
    builder.rows_limit = builder.options->rows_limit ? builder.options->rows_limit : ROWS_LIMIT;
    *rows = (struct rows){0};
    struct rows_frame frame = {.base_known = true, .is_in_alternative = layout->type->kind == TYPE_UNION};
    struct error *error = type_has_members(layout->type) ? push_record(&builder, layout, &frame) : NULL;
    if (!error && builder.rows.length) {
        rows->data = arena_alloc_array(arena, builder.rows.length, sizeof(*rows->data));
        error = rows->data ? NULL : &error_out_of_memory;
    }
    if (!error) {
        rows->count = builder.rows.length;
        for (size_t i = 0; i < rows->count; i++)
            rows->data[i] = builder.rows.data[i];
        mark_reused(rows->data, rows->count);
        rows->is_cut = builder.is_cut;
    }
    vec_free(&builder.rows);
    return error;
}
