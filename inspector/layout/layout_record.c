// SPDX-License-Identifier: MIT
// The accounting of one struct, class, union or enum with data.
#include "layout/record_parts.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

void record_room_free(struct record_room *room)
{
    if (!room)
        return;
    vec_free(&room->parts);
    vec_free(&room->intervals);
    vec_free(&room->gaps);
    free(room);
}

// The lists begin empty, in the room of the record before.
static bool record_take_room(struct record *record)
{
    if (!record->layouter->room)
        record->layouter->room = calloc(1, sizeof(*record->layouter->room));
    struct record_room *room = record->layouter->room;
    if (!room)
        return false;
    record->parts = room->parts;
    record->intervals = room->intervals;
    record->gaps = room->gaps;
    *room = (struct record_room){0};
    record->parts.length = record->intervals.length = record->gaps.length = 0;
    return true;
}

// What a record of very many members took is given back.
static void record_free(struct record *record)
{
    enum { KEPT_MOST = 4096 };
    struct record_room *room = record->layouter->room;
    if (room && record->parts.capacity <= KEPT_MOST && record->intervals.capacity <= KEPT_MOST &&
        record->gaps.capacity <= KEPT_MOST) {
        *room = (struct record_room){record->parts, record->intervals, record->gaps};
        return;
    }
    vec_free(&record->parts);
    vec_free(&record->intervals);
    vec_free(&record->gaps);
}

static const struct member *part_member(const struct record *record, uint32_t owner)
{
    return owner < record->parts.length ? record->parts.data[owner].member : NULL;
}

static enum layout_class class_of(const struct member *member)
{
    switch (member->kind) {
    case MEMBER_BITFIELD:
        return LAYOUT_BITFIELD;
    case MEMBER_BASE:
    case MEMBER_VIRTUAL_BASE:
        return LAYOUT_BASE;
    case MEMBER_VPTR:
        return LAYOUT_VPTR;
    default:
        return LAYOUT_MEMBER;
    }
}

// --- The primary base ---

static bool is_nearly_empty(const struct layout *layout, uint64_t address_bits)
{
    uint64_t own_bits = layout->has_virtual_bases ? layout->nonvirtual_end_bits : layout->data_end_bits;
    return !layout->size_known || (layout->has_vptr && own_bits <= address_bits);
}

// Itanium C++ ABI 2.4 II: a dynamic class without a dynamic base that is not virtual shares the pointer of its
// first nearly empty virtual base, and lies at the same address. Where it has a pointer of its own, that is a
// member in the debug information.
static void record_find_primary_base(struct record *record)
{
    const struct type *type = record->type;
    const struct member *found = NULL;
    bool has_primary = false;
    if (language_family(type->language) != FAMILY_CPLUSPLUS)
        return;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        const struct layout *base = layouter_find(record->layouter, member->type);
        bool is_virtual = member->kind == MEMBER_VIRTUAL_BASE;
        bool is_base = is_virtual || member->kind == MEMBER_BASE;
        record->layout->has_vptr |=
            member->kind == MEMBER_VPTR || is_virtual || (is_base && base && base->has_vptr);
        has_primary |= member->kind == MEMBER_VPTR || (member->kind == MEMBER_BASE && base && base->has_vptr);
        if (is_virtual && !found && base && is_nearly_empty(base, 8 * (uint64_t)type->address_bytes))
            found = member;
    }
    bool is_at_start = found && (!found->offset_known || !found->offset_bits);
    record->layout->primary_base = !has_primary && is_at_start ? found : NULL;
}

static bool is_placed(const struct record *record, const struct member *member)
{
    return member->offset_known || member == record->layout->primary_base;
}

// --- Intervals ---

static bool record_cover(struct record *record, uint64_t start_bits, uint64_t end_bits, uint32_t owner,
                         enum sweep_strength strength)
{
    if (start_bits >= end_bits)
        return true;
    struct sweep_interval interval = {start_bits, end_bits, owner, strength};
    return vec_push(&record->intervals, interval);
}

static bool is_record(const struct member *member)
{
    return type_has_members(type_strip(member->type));
}

// Go's linker makes sudog<T> from runtime.sudog and writes *T over elem's type, which has two words since Go
// 1.26 (cmd/link/internal/ld/dwarf.go, synthesizechantypes; runtime/runtime2.go, maybeTraceablePtr).
bool record_has_short_elem(const struct record *record, const struct member *member)
{
    const struct type *type = record->type;
    if (language_family(type->language) != FAMILY_GO || !type->name ||
        strncmp(type->name, "sudog<", 6) != 0 || !member->name || strcmp(member->name, "elem") != 0 ||
        type_strip(member->type)->kind != TYPE_POINTER)
        return false;
    uint64_t next_bits = saturating_add(member->offset_bits, saturating_multiply(2, member->size_bits));
    for (size_t i = 0; i < type->members_count; i++)
        if (type->members[i].offset_known && type->members[i].offset_bits > member->offset_bits &&
            type->members[i].offset_bits < next_bits)
            return false;
    return next_bits <= record->layout->size_bits;
}

// The bits of a direct member: up to the end of its last data they are firm; behind it begins tail padding
// that a later member may lie in. A base with virtual bases is only as large as its own part.
static bool record_cover_direct(struct record *record, uint32_t owner)
{
    const struct record_part *part = &record->parts.data[owner];
    const struct member *member = part->member;
    if (!is_placed(record, member) || member_is_flexible(member))
        return true;
    uint64_t start_bits = part->offset_bits;
    if (member == record->layout->primary_base) // what else it has lies in it: it is nearly empty
        return record_cover(record, start_bits, 8 * (uint64_t)record->type->address_bytes, owner, SWEEP_FIRM);
    if (!member->size_known)
        return record_cover(record, start_bits, UINT64_MAX, owner, SWEEP_UNKNOWN);
    uint64_t end_bits = saturating_add(start_bits, member->size_bits);
    if (record_has_short_elem(record, member))
        return record_cover(record, start_bits, saturating_add(end_bits, member->size_bits), owner,
                            SWEEP_FIRM);
    const struct layout *nested = part->layout;
    bool has_tail = nested && nested->size_known && is_record(member) && !record->is_union &&
                    member->kind != MEMBER_BITFIELD;
    if (!has_tail)
        return record_cover(record, start_bits, end_bits, owner, SWEEP_FIRM);
    bool is_base = member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE;
    uint64_t data_bits = nested->data_end_bits;
    if (is_base && nested->has_virtual_bases) {
        data_bits = nested->nonvirtual_end_bits;
        end_bits = saturating_add(start_bits, data_bits);
    }
    if (data_bits == 0)
        return record_cover(record, start_bits, end_bits, owner, SWEEP_EMPTY);
    uint64_t firm_end_bits = saturating_add(start_bits, data_bits);
    if (firm_end_bits > end_bits)
        firm_end_bits = end_bits;
    return record_cover(record, start_bits, firm_end_bits, owner, SWEEP_FIRM) &&
           record_cover(record, firm_end_bits, end_bits, owner, SWEEP_TAIL);
}

static bool record_cover_variant_field(struct record *record, uint32_t owner)
{
    const struct record_part *part = &record->parts.data[owner];
    if (!part->member->offset_known || !part->member->size_known || member_is_flexible(part->member))
        return true;
    return record_cover(record, part->offset_bits, saturating_add(part->offset_bits, part->member->size_bits),
                        owner, SWEEP_VARIANT);
}

static bool record_add_part(struct record *record, const struct member *member, uint64_t base_bits,
                            bool is_variant_field)
{
    struct record_part part = {.member = member,
                               .layout = layouter_find(record->layouter, member->type),
                               .offset_bits = member == record->layout->primary_base
                                                  ? 0
                                                  : saturating_add(base_bits, member->offset_bits),
                               .is_variant_field = is_variant_field};
    if (record->parts.length >= (1u << 28) || !vec_push(&record->parts, part))
        return false;
    uint32_t owner = (uint32_t)(record->parts.length - 1);
    return is_variant_field ? record_cover_variant_field(record, owner) : record_cover_direct(record, owner);
}

static bool is_direct(const struct type *type, const struct member *member)
{
    return member >= type->members && member < type->members + type->members_count;
}

static bool record_collect(struct record *record)
{
    const struct type *type = record->type;
    for (size_t i = 0; i < type->members_count; i++)
        if (!record_add_part(record, &type->members[i], 0, false))
            return false;
    for (size_t p = 0; p < type->variant_parts_count; p++) {
        const struct variant_part *part = &type->variant_parts[p];
        if (part->discriminant && !is_direct(type, part->discriminant) &&
            !record_add_part(record, part->discriminant, 0, false))
            return false;
        for (size_t v = 0; v < part->variants_count; v++) {
            size_t count;
            uint64_t base_bits;
            const struct member *fields = variant_fields(&part->variants[v], &count, &base_bits);
            for (size_t f = 0; f < count; f++)
                if (!record_add_part(record, &fields[f], base_bits, true))
                    return false;
        }
    }
    return true;
}

// --- Classes ---

static void record_add_gap(struct record *record, enum layout_class class, uint64_t start_bits,
                           uint64_t end_bits)
{
    if (start_bits >= end_bits)
        return;
    record->layout->accounting_bits[class] += end_bits - start_bits;
    struct layout_gap gap = {.class = class,
                             .offset_bits = start_bits,
                             .size_bits = end_bits - start_bits,
                             .before = part_member(record, record->last_covering)};
    record->out_of_memory |= !vec_push(&record->gaps, gap);
}

// An uncovered run. Its parts of bytes are bit holes: a compiler may use the whole bytes between them for
// something else, so they count apart.
//
//       byte k         k+1 …          n
//     │f f f · · · · ·│· · · · · · · ·│· · g g g g g g│
//            bit hole       hole        bit hole
static void record_add_gaps(struct record *record, uint64_t start_bits, uint64_t end_bits)
{
    uint64_t first_whole = start_bits + (8 - start_bits % 8) % 8;
    uint64_t last_whole = end_bits / 8 * 8;
    enum layout_class whole = end_bits == record->layout->size_bits ? LAYOUT_TAIL_PADDING : LAYOUT_HOLE;
    if (first_whole > last_whole) { // inside one byte
        record_add_gap(record, LAYOUT_BIT_HOLE, start_bits, end_bits);
    } else {
        record_add_gap(record, LAYOUT_BIT_HOLE, start_bits, first_whole);
        record_add_gap(record, whole, first_whole, last_whole);
        record_add_gap(record, LAYOUT_BIT_HOLE, last_whole, end_bits);
    }
}

static void record_visit_uncovered(struct record *record, const struct sweep_segment *segment)
{
    struct layout *layout = record->layout;
    bool is_trailing = segment->end_bits == layout->size_bits;
    bool may_be_used = record->unknown_open || record->gaps_are_unknown;
    if (may_be_used || (is_trailing && record->trailing_is_dynamic))
        record_add_gap(record, LAYOUT_UNKNOWN, segment->start_bits, segment->end_bits);
    else
        record_add_gaps(record, segment->start_bits, segment->end_bits);
}

static uint32_t sole_owner(const struct sweep_segment *segment)
{
    static const enum sweep_strength order[] = {SWEEP_FIRM, SWEEP_VARIANT, SWEEP_TAIL, SWEEP_EMPTY};
    for (size_t i = 0; i < ARRAY_LENGTH(order); i++)
        if (segment->sole[order[i]] != SWEEP_NOBODY)
            return segment->sole[order[i]];
    return segment->started;
}

static enum layout_class record_class(struct record *record, const struct sweep_segment *segment)
{
    uint32_t firm = segment->covers[SWEEP_FIRM];
    if (segment->covers[SWEEP_VARIANT])
        return LAYOUT_VARIANT;
    if (firm >= 2)
        return LAYOUT_UNION_SHARED;
    if (firm == 1 && segment->covers[SWEEP_TAIL])
        return LAYOUT_REUSED_TAIL;
    const struct member *member = part_member(record, sole_owner(segment));
    return member ? class_of(member) : LAYOUT_MEMBER;
}

// Compilers of D and Pascal write the members of a union without a name among the others.
static bool writes_unions_flat(const struct type *type)
{
    return type->language == LANGUAGE_D || type->language == LANGUAGE_PASCAL;
}

static void record_visit(void *context, const struct sweep_segment *segment)
{
    struct record *record = context;
    struct layout *layout = record->layout;
    uint64_t size_bits = segment->end_bits - segment->start_bits;
    uint32_t firm = segment->covers[SWEEP_FIRM];
    uint32_t soft = segment->covers[SWEEP_TAIL] + segment->covers[SWEEP_EMPTY];
    bool is_covered = firm || soft || segment->covers[SWEEP_VARIANT];
    record->unknown_open =
        segment->covers[SWEEP_UNKNOWN] && !is_covered && (record->unknown_open || segment->unknown_started);
    if (!is_covered) {
        record_visit_uncovered(record, segment);
        record->overlapping = false;
        return;
    }
    enum layout_class class = record_class(record, segment);
    layout->accounting_bits[class] += size_bits;
    bool is_overlap = class == LAYOUT_UNION_SHARED && !record->is_union;
    layout->overlaps_count += is_overlap && !record->overlapping && !writes_unions_flat(record->type);
    record->overlapping = is_overlap;
    uint32_t unused = soft > 1 || firm || segment->covers[SWEEP_VARIANT] ? soft : 0;
    if (unused && !firm && !segment->covers[SWEEP_VARIANT])
        unused--;
    record->doubly_used_bits =
        saturating_add(record->doubly_used_bits, saturating_multiply(unused, size_bits));
    uint32_t owner = sole_owner(segment);
    for (size_t i = record->gaps.length; i-- > 0 && !record->gaps.data[i].after;)
        record->gaps.data[i].after = part_member(record, owner);
    if (owner != SWEEP_NOBODY)
        record->last_covering = owner;
    if (firm || segment->covers[SWEEP_VARIANT])
        layout->data_end_bits = segment->end_bits;
}

// --- Waste ---

// The deep waste that a part brings along.
static uint64_t part_deep_waste_bits(const struct record_part *part)
{
    if (!part->layout || part->member->kind == MEMBER_BITFIELD)
        return 0;
    bool is_base = part->member->kind == MEMBER_BASE || part->member->kind == MEMBER_VIRTUAL_BASE;
    return is_base && part->layout->has_virtual_bases ? part->layout->nonvirtual_deep_waste_bits
                                                      : part->layout->deep_waste_bits;
}

// Of alternatives the one that counts is the largest; of two as large, the one with less waste.
struct largest {
    uint64_t size_bits, deep_waste_bits;
};

static void largest_take(struct largest *largest, uint64_t size_bits, uint64_t deep_waste_bits)
{
    if (size_bits > largest->size_bits ||
        (size_bits == largest->size_bits && deep_waste_bits < largest->deep_waste_bits))
        *largest = (struct largest){size_bits, deep_waste_bits};
}

static uint64_t union_deep_waste_bits(const struct record *record)
{
    struct largest largest = {0};
    vec_foreach (const struct record_part *, part, &record->parts)
        if (part->member->size_known)
            largest_take(&largest, part->member->size_bits, part_deep_waste_bits(part));
    return largest.deep_waste_bits;
}

// Of all parts that are no variants' fields; `nonvirtual` without the virtual bases.
static uint64_t direct_deep_waste_bits(const struct record *record, bool nonvirtual)
{
    uint64_t sum_bits = 0;
    vec_foreach (const struct record_part *, part, &record->parts)
        if (!part->is_variant_field && !(nonvirtual && part->member->kind == MEMBER_VIRTUAL_BASE))
            sum_bits = saturating_add(sum_bits, part_deep_waste_bits(part));
    return subtract_or_zero(sum_bits, record->doubly_used_bits);
}

static uint64_t gaps_bits_before(const struct record *record, uint64_t end_bits)
{
    uint64_t sum_bits = 0;
    vec_foreach (const struct layout_gap *, gap, &record->gaps)
        if (gap->offset_bits < end_bits && gap->class != LAYOUT_UNKNOWN)
            sum_bits += gap->size_bits;
    return sum_bits;
}

// --- Variants ---

// Disjoint ascending runs, with the number of bits in all runs before each: the overlap with any interval is
// found by two binary searches, so many variants do not multiply with many common members.
struct run {
    uint64_t start_bits, end_bits, before_bits;
};

typedef VEC(struct run) runs_vec;

static int run_compare(const void *left, const void *right)
{
    const struct run *a = left, *b = right;
    return (a->start_bits > b->start_bits) - (a->start_bits < b->start_bits);
}

static void runs_merge(runs_vec *runs)
{
    if (!runs->length)
        return;
    qsort(runs->data, runs->length, sizeof(*runs->data), run_compare);
    size_t last = 0;
    for (size_t i = 1; i < runs->length; i++) {
        struct run *run = &runs->data[i];
        if (run->start_bits > runs->data[last].end_bits)
            runs->data[++last] = *run;
        else if (run->end_bits > runs->data[last].end_bits)
            runs->data[last].end_bits = run->end_bits;
    }
    runs->length = last + 1;
    uint64_t before_bits = 0;
    vec_foreach (struct run *, run, runs) {
        run->before_bits = before_bits;
        before_bits += run->end_bits - run->start_bits;
    }
}

// How many bits of [0, end_bits) are in the runs.
static uint64_t runs_bits_before(const runs_vec *runs, uint64_t end_bits)
{
    size_t low = 0, high = runs->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs->data[middle].start_bits < end_bits)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return 0;
    const struct run *run = &runs->data[low - 1];
    uint64_t cut = run->end_bits < end_bits ? run->end_bits : end_bits;
    return run->before_bits + (cut - run->start_bits);
}

static bool runs_add(runs_vec *runs, uint64_t start_bits, uint64_t size_bits, uint64_t limit_bits)
{
    uint64_t end_bits = saturating_add(start_bits, size_bits);
    if (end_bits > limit_bits)
        end_bits = limit_bits;
    return start_bits >= end_bits || vec_push(runs, (struct run){start_bits, end_bits, 0});
}

static bool record_common_runs(const struct record *record, runs_vec *runs)
{
    vec_foreach (const struct record_part *, part, &record->parts) {
        const struct member *member = part->member;
        if (!part->is_variant_field && member->offset_known && member->size_known &&
            !member_is_flexible(member) &&
            !runs_add(runs, part->offset_bits, member->size_bits, record->layout->size_bits))
            return false;
    }
    runs_merge(runs);
    return true;
}

// `own` is scratch. Parts of the variant are parts[first, first + count).
static bool record_variant(const struct record *record, const runs_vec *common, runs_vec *own, size_t first,
                           size_t count, struct layout_variant *variant, uint64_t *deep_waste_bits)
{
    uint64_t size_bits = record->layout->size_bits;
    own->length = 0;
    *deep_waste_bits = 0;
    for (size_t i = first; i < first + count; i++) {
        const struct record_part *part = &record->parts.data[i];
        if (part->member->offset_known && part->member->size_known && !member_is_flexible(part->member) &&
            !runs_add(own, part->offset_bits, part->member->size_bits, size_bits))
            return false;
        *deep_waste_bits = saturating_add(*deep_waste_bits, part_deep_waste_bits(part));
    }
    runs_merge(own);
    uint64_t used_bits = runs_bits_before(common, UINT64_MAX);
    vec_foreach (const struct run *, run, own) {
        uint64_t shared_bits =
            runs_bits_before(common, run->end_bits) - runs_bits_before(common, run->start_bits);
        used_bits += run->end_bits - run->start_bits - shared_bits;
    }
    variant->used_bits = used_bits;
    variant->waste_bits = size_bits - used_bits;
    return true;
}

// The alternatives one by one; the deep waste of the largest goes into *deep_waste_bits, added over several
// variant parts.
static struct error *record_variants(struct record *record, uint64_t *deep_waste_bits)
{
    const struct type *type = record->type;
    struct layout *layout = record->layout;
    for (size_t p = 0; p < type->variant_parts_count; p++)
        layout->variants_count += type->variant_parts[p].variants_count;
    *deep_waste_bits = 0;
    if (!layout->variants_count)
        return NULL;
    layout->variants =
        arena_alloc_array(&record->layouter->arena, layout->variants_count, sizeof(*layout->variants));
    runs_vec common = {0}, own = {0};
    bool fine = layout->variants && record_common_runs(record, &common);
    size_t next_part = 0, next_variant = 0;
    for (size_t p = 0; fine && p < type->variant_parts_count; p++) {
        const struct variant_part *variants = &type->variant_parts[p];
        struct largest largest = {0};
        if (variants->discriminant && !is_direct(type, variants->discriminant))
            next_part++;
        for (size_t v = 0; fine && v < variants->variants_count; v++) {
            size_t count;
            uint64_t base_bits, deep_bits = 0;
            variant_fields(&variants->variants[v], &count, &base_bits);
            struct layout_variant *variant = &layout->variants[next_variant++];
            *variant = (struct layout_variant){.variant = &variants->variants[v], .part = variants};
            fine = record_variant(record, &common, &own, type->members_count + next_part, count, variant,
                                  &deep_bits);
            next_part += count;
            largest_take(&largest, variant->used_bits, deep_bits);
        }
        *deep_waste_bits = saturating_add(*deep_waste_bits, largest.deep_waste_bits);
    }
    vec_free(&common);
    vec_free(&own);
    return fine ? NULL : &error_out_of_memory;
}

// The alternatives of a record whose size is found at run time (Ada): what they use is not known.
static struct error *record_list_variants(struct record *record)
{
    const struct type *type = record->type;
    struct layout *layout = record->layout;
    size_t count = 0;
    for (size_t p = 0; p < type->variant_parts_count; p++)
        count += type->variant_parts[p].variants_count;
    layout->variants = arena_alloc_array(&record->layouter->arena, count, sizeof(*layout->variants));
    if (!layout->variants)
        return &error_out_of_memory;
    for (size_t p = 0; p < type->variant_parts_count; p++)
        for (size_t v = 0; v < type->variant_parts[p].variants_count; v++)
            layout->variants[layout->variants_count++] = (struct layout_variant){
                .variant = &type->variant_parts[p].variants[v], .part = &type->variant_parts[p]};
    return NULL;
}

// --- All of it ---

static void record_count_members(struct record *record)
{
    struct layout *layout = record->layout;
    vec_foreach (const struct record_part *, part, &record->parts) {
        const struct member *member = part->member;
        if (part->is_variant_field || !member->offset_known || !member->size_known)
            continue;
        if (!member_is_flexible(member) &&
            saturating_add(member->offset_bits, member->size_bits) > layout->size_bits)
            layout->outside_count++;
        layout->straddlers_count += layout_member_straddles(layout, member);
    }
}

// Virtual bases lie behind all else (Itanium C++ ABI, 2.4 III), so only the bits at the end are uncertain.
static void record_note_virtual_bases(struct record *record)
{
    struct layout *layout = record->layout;
    vec_foreach (const struct record_part *, part, &record->parts) {
        bool is_base = part->member->kind == MEMBER_BASE || part->member->kind == MEMBER_VIRTUAL_BASE;
        bool inherits = is_base && part->layout && part->layout->has_virtual_bases;
        record->gaps_are_unknown |= part->member->kind != MEMBER_VIRTUAL_BASE && !part->member->offset_known;
        layout->has_virtual_bases |= inherits || part->member->kind == MEMBER_VIRTUAL_BASE;
        layout->has_dynamic_part |= inherits || !is_placed(record, part->member);
    }
    record->trailing_is_dynamic = layout->has_dynamic_part;
}

static void record_nonvirtual_end(struct record *record)
{
    uint64_t end_bits = 0;
    vec_foreach (const struct sweep_interval *, interval, &record->intervals) {
        const struct member *member = part_member(record, interval->owner);
        bool is_own = member->kind != MEMBER_VIRTUAL_BASE || member == record->layout->primary_base;
        if (is_own && interval->strength == SWEEP_FIRM && interval->end_bits > end_bits)
            end_bits = interval->end_bits;
    }
    struct layout *layout = record->layout;
    layout->nonvirtual_end_bits = end_bits < layout->size_bits ? end_bits : layout->size_bits;
    layout->nonvirtual_deep_waste_bits = saturating_add(gaps_bits_before(record, layout->nonvirtual_end_bits),
                                                        direct_deep_waste_bits(record, true));
    if (layout->nonvirtual_deep_waste_bits > layout->nonvirtual_end_bits)
        layout->nonvirtual_deep_waste_bits = layout->nonvirtual_end_bits;
}

static struct error *record_waste(struct record *record)
{
    struct layout *layout = record->layout;
    uint64_t variants_bits;
    RETURN_IF_ERROR(record_variants(record, &variants_bits));
    layout->own_waste_bits = layout->accounting_bits[LAYOUT_HOLE] + layout->accounting_bits[LAYOUT_BIT_HOLE] +
                             layout->accounting_bits[LAYOUT_TAIL_PADDING];
    uint64_t nested_bits = record->is_union
                               ? union_deep_waste_bits(record)
                               : saturating_add(direct_deep_waste_bits(record, false), variants_bits);
    layout->deep_waste_bits = saturating_add(layout->own_waste_bits, nested_bits);
    if (layout->deep_waste_bits > layout->size_bits)
        layout->deep_waste_bits = layout->size_bits;
    return NULL;
}

static struct error *record_keep_gaps(struct record *record)
{
    struct layout *layout = record->layout;
    if (!record->gaps.length)
        return NULL;
    layout->gaps = arena_alloc_array(&record->layouter->arena, record->gaps.length, sizeof(*layout->gaps));
    if (!layout->gaps)
        return &error_out_of_memory;
    layout->gaps_count = record->gaps.length;
    for (size_t i = 0; i < layout->gaps_count; i++) {
        const struct layout_gap *gap = &record->gaps.data[i];
        layout->gaps[i] = *gap;
        bool continues = i && gap[-1].offset_bits + gap[-1].size_bits == gap->offset_bits;
        layout->holes_count += gap->after && !continues && gap->class != LAYOUT_UNKNOWN;
    }
    return NULL;
}

struct error *layout_record(struct layouter *layouter, const struct type *type, struct layout *layout)
{
    CLEANUP(record_free)
    struct record record = {.layouter = layouter,
                            .type = type,
                            .layout = layout,
                            .is_union = type->kind == TYPE_UNION,
                            .last_covering = SWEEP_NOBODY};
    record_find_primary_base(&record);
    if (!record_take_room(&record) || !record_collect(&record))
        return &error_out_of_memory;
    record_note_virtual_bases(&record);
    if (!record_align(&record))
        return &error_out_of_memory;
    if (!layout->size_known)
        return record_list_variants(&record);
    if (record_is_opaque(&record)) {
        layout->accounting_bits[LAYOUT_UNKNOWN] = layout->size_bits;
        layout->data_end_bits = layout->size_bits;
        return NULL;
    }
    RETURN_IF_ERROR(
        sweep(record.intervals.data, record.intervals.length, layout->size_bits, record_visit, &record));
    if (record.out_of_memory)
        return &error_out_of_memory;
    record_count_members(&record);
    RETURN_IF_ERROR(record_waste(&record));
    record_nonvirtual_end(&record);
    if (layout->accounting_bits[LAYOUT_UNKNOWN])
        layout->data_end_bits = layout->size_bits;
    return record_keep_gaps(&record);
}
