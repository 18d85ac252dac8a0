// SPDX-License-Identifier: MIT
// What a record's places allow: for each part the alignments that lead there, and for each reading the
// alignments of the whole.
#include "layout/record_reading.h"

#include "base/round_up.h"
#include "type/language.h"

#include <stdlib.h>

// --- Places ---

static const align_set ALL_ALIGNS = 2 * LAYOUT_ALIGN_MOST - 1;

static align_set aligns_dividing(uint64_t offset_bits)
{
    if (offset_bits % 8)
        return 0;
    return align_set_range(1, align_allowed(offset_bits / 8, LAYOUT_ALIGN_MOST));
}

// Those that round `end_bits` up to `at_bits`: they divide it and are larger than the hole.
static align_set aligns_placing(uint64_t end_bits, uint64_t at_bits)
{
    align_set dividing = aligns_dividing(at_bits);
    if (at_bits < end_bits)
        return 0;
    uint64_t hole_bytes = (at_bits - end_bits) / 8;
    align_set too_small = hole_bytes ? align_set_range(1, align_set_most(hole_bytes)) : 0;
    return dividing & ~too_small;
}

// --- Collecting ---

static int by_offset(const void *left, const void *right)
{
    const struct reading_part *a = left, *b = right;
    if (a->offset_bits != b->offset_bits)
        return a->offset_bits < b->offset_bits ? -1 : 1;
    if (a->size_bits != b->size_bits) // what has no size stands before what begins at the same place
        return a->size_bits < b->size_bits ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

// Rust gave its 128-bit integers 8-byte alignment on x86-64 before 1.77 and states the alignment of every
// struct: there the statement tells which rule was in force.
static bool is_rust_wide_integer(const struct type *record, const struct member *member)
{
    const struct type *type = type_strip(member->type);
    return language_family(record->language) == FAMILY_RUST && type->kind == TYPE_BASE &&
           type->size_bytes == 16;
}

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
}

// A member's own statement can only raise what its type has, save in packed readings.
static struct reading_part part_make(const struct record *record, const struct record_part *part)
{
    const struct member *member = part->member;
    const struct layout_align *align = part->layout ? &part->layout->align : NULL;
    struct reading_part made = {
        .member = member,
        .from = part,
        .offset_bits = part->offset_bits,
        .size_bits = member_is_flexible(member) ? 0 : member->size_bits,
        .is_bitfield = member->kind == MEMBER_BITFIELD && !type_has_members(type_strip(member->type)),
        .is_base = member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE ||
                   member->kind == MEMBER_VPTR};
    if (align_is_valid(member->declared_align_bytes))
        made.declared_bytes = member->declared_align_bytes;
    if (record_has_short_elem(record, member))
        made.size_bits = saturating_multiply(2, made.size_bits);
    made.is_placed_apart = made.is_base && part->layout && part->layout->has_virtual_bases;
    made.stated_bytes = align ? align->bytes : 0;
    made.least_bytes = align && align->least_bytes ? align->least_bytes : 1;
    made.most_bytes = align && align->most_bytes ? align->most_bytes : LAYOUT_ALIGN_MOST;
    made.declares_own = made.declared_bytes && made.declared_bytes <= made.most_bytes;
    if (member_is_fn_item(member))
        made.stated_bytes = made.least_bytes = made.most_bytes = 1;
    uint64_t record_bytes = record->type->declared_align_bytes;
    if (align_is_valid(record_bytes) && record_bytes >= 8 && made.stated_bytes > record_bytes &&
        is_rust_wide_integer(record->type, member))
        made.stated_bytes = made.least_bytes = made.most_bytes = record_bytes;
    if (made.stated_bytes)
        made.stated_bytes = at_least(made.stated_bytes, made.declared_bytes);
    made.least_bytes = at_least(made.least_bytes, made.declared_bytes);
    made.most_bytes = at_least(made.most_bytes, made.declared_bytes);
    if (made.is_bitfield) {
        const struct type *type = type_strip(member->type);
        made.storage_bits = type->size_known ? type->size_bits : 0;
        if (record->layouter->options.abi->open & ABI_BITS_FREE) {
            made.storage_bits = UINT64_MAX / 2;
            made.stated_bytes = 0; // one that fills a unit is aligned again
            made.least_bytes = 1;
        }
    }
    return made;
}

// Walks the parts in the order of their places.
struct walk_state {
    uint64_t end_bits;     // behind what lies farthest
    uint64_t tail_bits;    // the same without tail padding of bases and members, which C++ may use
    bool is_end_known;     // no part of unknown size, or unknown place, before
    bool is_after_bits;    // a hole behind a bit-field may come of unnamed ones
    bool follows_sequence; // the language places members in their order, each as early as it can be
    bool reuses_tails;
};

static uint64_t part_data_bits(const struct record_part *part, uint64_t size_bits)
{
    const struct layout *layout = part->layout;
    bool has_tail = layout && layout->size_known && type_has_members(layout->type) &&
                    part->member->kind != MEMBER_BITFIELD;
    return has_tail && layout->data_end_bits < size_bits ? layout->data_end_bits : size_bits;
}

static void walk_part(struct walk_state *walk, struct reading_part *part)
{
    const struct record_part *from = part->from;
    const struct layout *layout = from->layout;
    uint64_t at_bits = part->offset_bits;
    part->places = aligns_dividing(at_bits);
    bool is_loose = !walk->follows_sequence || !walk->is_end_known || walk->is_after_bits ||
                    at_bits < walk->end_bits || from->is_variant_field || part->is_shared;
    // A pointer to the virtual table that a primary base without a place brings along.
    is_loose |= walk->reuses_tails && !walk->end_bits && at_bits;
    if (!is_loose)
        part->places = aligns_placing(walk->end_bits, at_bits);
    if (walk->reuses_tails && walk->follows_sequence && walk->tail_bits < walk->end_bits)
        part->places |= aligns_placing(walk->tail_bits, at_bits);
    uint64_t size_bits = part->size_bits;
    if (part->is_placed_apart) {
        part->places = ALL_ALIGNS;
        size_bits = layout->nonvirtual_end_bits;
    }
    uint64_t data_bits = part_data_bits(from, size_bits);
    bool is_empty = walk->reuses_tails && !data_bits;
    walk->is_end_known &= part->member->size_known || member_is_flexible(part->member);
    walk->end_bits = at_least(walk->end_bits, saturating_add(at_bits, size_bits));
    if (!is_empty)
        walk->tail_bits = at_least(walk->tail_bits, saturating_add(at_bits, data_bits));
    walk->is_after_bits = part->is_bitfield;
}

// System V psABI, "Bit-Fields": a bit-field lies within one storage unit of its type.
static bool bits_fit(const struct reading_part *part, uint64_t at_bits, uint64_t align_bytes)
{
    return at_bits % (8 * align_bytes) + part->size_bits <= part->storage_bits;
}

// Whether a part stands behind more than the bit-fields that have names.
static bool has_unnamed_before(const struct walk_state *walk, const struct reading_part *part)
{
    uint64_t align_bits = 8 * part->least_bytes, end_bits = walk->end_bits;
    const bool may_follow = part->is_bitfield || walk->is_after_bits || !walk->end_bits; // also at the start
    if (!walk->follows_sequence || !walk->is_end_known || !may_follow)
        return false;
    bool continues = part->is_bitfield && bits_fit(part, end_bits, part->least_bytes);
    return part->offset_bits > (continues ? end_bits : round_up(end_bits, align_bits));
}

static bool follows_sequence(const struct record *record)
{
    enum language_family family = language_family(record->type->language);
    return !record->type->variant_parts_count &&
           (family == FAMILY_C || family == FAMILY_CPLUSPLUS || family == FAMILY_GO ||
            record->type->language == LANGUAGE_D);
}

// D: the members of a union without a name stand among the others, and the first of them is not where it alone
// would be.
static void loosen_shared(struct reading_part *parts, size_t count)
{
    uint64_t end_bits = 0;
    size_t last = 0; // the one that ends there
    for (size_t i = 0; i < count; i++) {
        struct reading_part *part = &parts[i];
        const uint64_t part_end_bits = saturating_add(part->offset_bits, part->size_bits);
        if (i && part->offset_bits < end_bits)
            part->is_shared = parts[last].is_shared = true;
        if (part_end_bits >= end_bits) {
            end_bits = part_end_bits;
            last = i;
        }
    }
    for (size_t i = count; i-- > 1;) // those that begin where a shared one does
        if (parts[i].is_shared && parts[i - 1].offset_bits == parts[i].offset_bits)
            parts[i - 1].is_shared = true;
}

static bool is_sorted(const struct reading_part *parts, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (by_offset(&parts[i - 1], &parts[i]) > 0)
            return false;
    return true;
}

static void reading_walk(struct reading *reading, const struct record *record)
{
    enum language_family family = language_family(record->type->language);
    struct walk_state walk = {.is_end_known = true,
                              .follows_sequence = follows_sequence(record) && !record->is_union,
                              .reuses_tails = family == FAMILY_CPLUSPLUS};
    reading->parts_least_bytes = reading->parts_most_bytes = 1;
    uint64_t last_size_bits = 1;
    bool has_unnamed = false;
    for (size_t i = 0; i < reading->parts.count; i++) {
        struct reading_part *part = &reading->parts.data[i];
        if (!part->member->offset_known && part->member != record->layout->primary_base) {
            walk.is_end_known = false;
            part->places = ALL_ALIGNS;
        } else {
            if (record->is_union)
                walk.is_after_bits = false;
            has_unnamed |= has_unnamed_before(&walk, part);
            walk_part(&walk, part);
            last_size_bits = part->size_bits;
        }
        reading->parts_least_bytes = at_least(reading->parts_least_bytes, part->least_bytes);
        reading->parts_most_bytes = at_least(reading->parts_most_bytes, part->most_bytes);
    }
    // Go: a trailing field of no size gets a byte, so that its address stays inside of the object.
    if (family == FAMILY_GO && !last_size_bits && walk.end_bits)
        walk.end_bits = walk.tail_bits = saturating_add(walk.end_bits, 8);
    if (family == FAMILY_CPLUSPLUS) { // every object has an address of its own
        walk.end_bits = at_least(walk.end_bits, 8);
        walk.tail_bits = at_least(walk.tail_bits, 8);
    } else if (family != FAMILY_GO) {
        walk.tail_bits = walk.end_bits;
    }
    bool has_more = walk.is_after_bits && walk.is_end_known && reading->size_known &&
                    round_up(walk.end_bits, 8 * reading->parts_least_bytes) != reading->size_bits;
    const unsigned open = record->layouter->options.abi->open;
    if (open & ABI_UNNAMED_BITS_ALIGN) // of a long long without a name, say
        reading->parts_most_bytes = at_least(reading->parts_most_bytes, 8);
    reading->may_be_unstated = has_more && (open & ABI_ALIGN_UNSTATED);
    reading->may_have_unnamed =
        ((has_unnamed || has_more) && (open & ABI_UNNAMED_BITS_ALIGN)) || reading->may_be_unstated;
    reading->end_bits = walk.end_bits;
    reading->tail_bits = walk.tail_bits;
    reading->end_known = walk.is_end_known && !walk.is_after_bits && follows_sequence(record) &&
                         !record->layout->has_virtual_bases;
}

bool reading_make(const struct record *record, struct reading *reading)
{
    size_t count = record->parts.length;
    *reading = (struct reading){.size_known = record->layout->size_known,
                                .size_bits = record->layout->size_bits,
                                .parts.count = count,
                                .parts.data = reallocarray(NULL, count + 1, sizeof(struct reading_part))};
    if (align_is_valid(record->type->declared_align_bytes) && record->type->language != LANGUAGE_D)
        reading->declared_bytes = record->type->declared_align_bytes;
    if (record->type->language == LANGUAGE_D && record->type->kind == TYPE_CLASS)
        reading->size_known = false; // no array has objects of it: its size ends with the last member
    struct reading_part *parts = reading->parts.data;
    if (!parts)
        return false;
    for (size_t i = 0; i < count; i++) {
        parts[i] = part_make(record, &record->parts.data[i]);
        parts[i].number = i;
    }
    if (!is_sorted(parts, count))
        qsort(parts, count, sizeof(*parts), by_offset);
    if (record->type->language == LANGUAGE_D)
        loosen_shared(parts, count);
    reading_walk(reading, record);
    return true;
}

void reading_free(struct reading *reading)
{
    free(reading->parts.data);
    reading->parts.data = NULL;
}

// --- Readings ---

static align_set capped(align_set set, uint64_t cap_bytes)
{
    align_set above = set & ~(2 * cap_bytes - 1);
    return (set & ~above) | (above ? cap_bytes : 0);
}

static align_set raised(align_set set, uint64_t least_bytes)
{
    align_set below = least_bytes ? set & (least_bytes - 1) : 0;
    return (set & ~below) | (below ? least_bytes : 0);
}

static align_set part_plain(const struct reading_part *part, bool as_stated)
{
    return as_stated ? align_set_of(part->stated_bytes)
                     : align_set_range(part->least_bytes, part->most_bytes);
}

// What the attribute packed leaves of a member's alignment.
static align_set part_packed(const struct reading_part *part)
{
    return align_set_of(part->declared_bytes) | (!part->declared_bytes || part->declares_own);
}

static align_set bits_aligns(const struct reading_part *part, enum reading_kind kind, uint64_t cap_bytes)
{
    align_set plain = part_plain(part, kind == READING_STATED), fitting = 0;
    for (align_set rest = plain; rest; rest &= rest - 1)
        fitting |= bits_fit(part, part->offset_bits, align_set_least(rest)) ? align_set_least(rest) : 0;
    if (part->size_bits > part->storage_bits) // C++ lets a width exceed its type
        fitting = plain;
    if (cap_bytes && kind >= READING_MIXED_FIRST)
        return capped(plain | part_packed(part), cap_bytes);
    if (cap_bytes) // clang puts them bit to bit then, gcc in units of that alignment
        return capped(plain, cap_bytes);
    if (kind == READING_PACKED)
        return part_packed(part);
    return kind == READING_MEMBERS_PACKED ? fitting | part_packed(part) : fitting;
}

static align_set part_aligns(const struct reading_part *part, enum reading_kind kind, uint64_t cap_bytes)
{
    if (part->is_bitfield)
        return bits_aligns(part, kind, cap_bytes);
    align_set set = part_plain(part, kind == READING_STATED);
    const align_set alone = part_packed(part);
    if (cap_bytes && kind >= READING_MIXED_FIRST && !part->is_base)
        set = capped(set | alone, cap_bytes);
    else if (cap_bytes)
        set = capped(set, cap_bytes);
    else if (kind == READING_PACKED && !part->is_base)
        set = alone;
    else if (kind == READING_MEMBERS_PACKED && !part->is_base)
        set |= alone;
    return set & part->places;
}

static bool ends_at_size(const struct reading *reading, uint64_t end_bits, uint64_t align_bytes)
{
    uint64_t align_bits = 8 * align_bytes;
    return end_bits <= reading->size_bits && reading->size_bits - end_bits < align_bits;
}

static align_set aligns_of_size(const struct reading *reading, align_set set)
{
    align_set kept = 0;
    for (align_set rest = set; rest; rest &= rest - 1) {
        uint64_t align_bytes = align_set_least(rest);
        bool fits = !reading->size_known || reading->size_bits % (8 * align_bytes) == 0;
        if (fits && reading->size_known && reading->end_known)
            fits = ends_at_size(reading, reading->end_bits, align_bytes) ||
                   ends_at_size(reading, reading->tail_bits, align_bytes);
        kept |= fits ? align_bytes : 0;
    }
    return kept;
}

align_set reading_aligns(const struct reading *reading, enum reading_kind kind)
{
    static const uint64_t caps_bytes[READING_KINDS] = {
        [READING_PACKED_TO_16] = 16, [READING_PACKED_TO_8] = 8, [READING_PACKED_TO_4] = 4,
        [READING_PACKED_TO_2] = 2,   [READING_PACKED_TO_1] = 1, [READING_MIXED_TO_8] = 8,
        [READING_MIXED_TO_4] = 4,    [READING_MIXED_TO_2] = 2};
    uint64_t least_bytes = 1, most_bytes = 1;
    align_set any = 1;
    for (size_t i = 0; i < reading->parts.count; i++) {
        align_set set = part_aligns(&reading->parts.data[i], kind, caps_bytes[kind]);
        if (!set)
            return 0;
        least_bytes = at_least(least_bytes, align_set_least(set));
        most_bytes = at_least(most_bytes, align_set_most(set));
        any |= set;
    }
    align_set range = align_set_range(least_bytes, most_bytes);
    return aligns_of_size(reading, raised((any & range) | least_bytes, reading->declared_bytes));
}
