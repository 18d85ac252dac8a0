// The alignment of one struct, class, union or enum with data: what its parts, their places, its size and its
// declaration say, and then what follows from that.
#include "layout/record_parts.h"
#include "type/language.h"

// A record of a size but without members: one byte is how C++ makes an empty class addressable, or more when
// it is aligned so; anything larger has contents that the producer kept to itself.
bool record_is_opaque(const struct record *record)
{
    const struct type *type = record->type;
    if (type->by_name_only)
        return true;
    return !record->parts.length && type->size_bytes > 1 && type->declared_align_bytes < type->size_bytes;
}

// Rust gave its 128-bit integers 8-byte alignment on x86-64 before 1.77 and states the alignment of every
// struct: there the statement tells which rule was in force.
static bool is_rust_wide_integer(const struct type *record, const struct member *member)
{
    const struct type *type = type_strip(member->type);
    return language_family(record->language) == FAMILY_RUST && type->kind == TYPE_BASE &&
           type->size_bytes == 16;
}

static uint64_t part_align_bytes(const struct record *record, const struct record_part *part)
{
    const struct member *member = part->member;
    if (align_is_valid(member->declared_align_bytes))
        return member->declared_align_bytes;
    uint64_t align_bytes = part->layout ? part->layout->align.bytes : 0;
    uint64_t declared_bytes = record->type->declared_align_bytes;
    if (align_is_valid(declared_bytes) && declared_bytes >= 8 && align_bytes > declared_bytes &&
        is_rust_wide_integer(record->type, member))
        return declared_bytes;
    return align_bytes;
}

// gcc states the alignment that a type has, clang what its source asks for, which members may exceed:
//
//     struct __attribute__((aligned(2)))         { char a; long b; }    clang states 2, and has 8
//     struct __attribute__((packed, aligned(2))) { char a; long b; }    both state 2, and have 2
//
// A packed one has no hole before b. One behind a bit-field may come of another one, of zero width.
static bool hole_proves_natural(const struct record *record, uint64_t declared_bytes)
{
    uint64_t end_bits = 0;
    bool is_after_bitfield = false;
    vec_foreach (const struct record_part *, part, &record->parts) {
        const struct member *member = part->member;
        const bool is_bitfield = member->kind == MEMBER_BITFIELD;
        if (record->is_union || !member->offset_known || !member->size_known)
            return false;
        if (!is_bitfield && !is_after_bitfield && !align_is_valid(member->declared_align_bytes) &&
            part_align_bytes(record, part) > declared_bytes && part->offset_bits > end_bits)
            return true;
        uint64_t part_end_bits = saturating_add(part->offset_bits, member->size_bits);
        end_bits = part_end_bits > end_bits ? part_end_bits : end_bits;
        is_after_bitfield = is_bitfield;
    }
    return false;
}

// What is known before anything is decided. Alignments in bytes, 0: none or unknown.
struct align_facts {
    uint64_t declared_bytes;
    uint64_t natural_bytes; // the largest of the parts'
    const struct member *natural_from;
    bool all_natural_known; // no part's alignment is unknown
    uint64_t size_bytes;
    uint64_t offsets_bits; // the bits of all offsets and of the size, or-ed: what divides it divides them all
    uint64_t misplaced_bytes; // the most that the parts at places below their alignment allow; see NO_LIMIT
    const struct member *misplaced;   // the first of them
    uint64_t misplaced_natural_bytes; // its alignment
    uint64_t base_bytes;              // the largest of the bases that stand where they should
    const struct member *base_from;
    bool is_opaque;
};

static const uint64_t NO_LIMIT = UINT64_C(1) << 60;

// A bit-field counts with its declared type, as System V ABIs have it, but its own place proves nothing.
static void align_facts_add(struct align_facts *facts, const struct record *record,
                            const struct record_part *part)
{
    const struct member *member = part->member;
    uint64_t part_bytes = part_align_bytes(record, part);
    facts->all_natural_known &= part_bytes != 0;
    if (part_bytes > facts->natural_bytes) {
        facts->natural_bytes = part_bytes;
        facts->natural_from = member;
    }
    if (member->kind == MEMBER_BITFIELD || !member->offset_known)
        return;
    facts->offsets_bits |= part->offset_bits;
    if (part_bytes && part->offset_bits % (part_bytes * 8)) {
        uint64_t here_bytes = part->offset_bits % 8 ? 1 : align_allowed(part->offset_bits / 8, part_bytes);
        facts->misplaced_bytes = here_bytes < facts->misplaced_bytes ? here_bytes : facts->misplaced_bytes;
        if (!facts->misplaced) {
            facts->misplaced = member;
            facts->misplaced_natural_bytes = part_bytes;
        }
    } else if (member->kind == MEMBER_BASE && part_bytes > facts->base_bytes) {
        facts->base_bytes = part_bytes;
        facts->base_from = member;
    }
}

static struct align_facts align_facts_of(const struct record *record)
{
    uint64_t declared_bytes = record->type->declared_align_bytes;
    struct align_facts facts = {.declared_bytes = align_is_valid(declared_bytes) ? declared_bytes : 0,
                                .all_natural_known = true,
                                .size_bytes = record->layout->size_bits / 8,
                                .offsets_bits = record->layout->size_bits,
                                .misplaced_bytes = NO_LIMIT,
                                .is_opaque = record_is_opaque(record)};
    vec_foreach (const struct record_part *, part, &record->parts)
        align_facts_add(&facts, record, part);
    return facts;
}

// What proves that the record is packed; false: nothing does.
static bool align_packed(const struct align_facts *facts, const struct record *record,
                         struct layout_align *align)
{
    bool size_is_odd = facts->natural_bytes && facts->size_bytes % facts->natural_bytes;
    bool lowered = facts->declared_bytes && facts->natural_bytes > facts->declared_bytes;
    if (facts->misplaced) {
        align->packed_proof = facts->misplaced;
        align->packed_natural_bytes = facts->misplaced_natural_bytes;
    } else if (size_is_odd || (lowered && !hole_proves_natural(record, facts->declared_bytes))) {
        align->packed_natural_bytes = facts->natural_bytes;
    } else {
        return false;
    }
    return true;
}

static void align_of_packed(const struct align_facts *facts, struct layout_align *align)
{
    uint64_t limit_bytes =
        facts->misplaced_bytes < facts->natural_bytes ? facts->misplaced_bytes : facts->natural_bytes;
    align->bytes = align_allowed(facts->size_bytes, limit_bytes);
    align->source = ALIGN_OBSERVED;
    // The attribute packs the class's own members; its bases keep their alignment.
    if (facts->base_bytes > align->bytes && facts->size_bytes % facts->base_bytes == 0) {
        align->bytes = facts->base_bytes;
        align->from = facts->base_from;
    }
}

static void align_of_offsets(const struct align_facts *facts, struct layout_align *align)
{
    uint64_t observed_bytes = facts->offsets_bits % 8 ? 1 : align_allowed(facts->offsets_bits / 8, 16);
    align->source = ALIGN_OBSERVED;
    if (observed_bytes > facts->natural_bytes) {
        align->bytes = observed_bytes;
    } else {
        align->bytes = facts->natural_bytes;
        align->from = facts->natural_from;
    }
}

void record_align(struct record *record)
{
    const struct layout *layout = record->layout;
    struct layout_align *align = &record->layout->align;
    struct align_facts facts = align_facts_of(record);
    align->packed = align_packed(&facts, record, align);
    bool is_declared_lower = facts.declared_bytes && facts.natural_bytes > facts.declared_bytes;
    if (facts.declared_bytes && (align->packed || !is_declared_lower)) {
        align->from = facts.natural_from; // layout_finish sets bytes and source
    } else if (facts.declared_bytes ||
               (!align->packed && facts.all_natural_known && layout->size_known && !facts.is_opaque)) {
        align->bytes = facts.natural_bytes ? facts.natural_bytes : 1; // 1: of an empty struct
        align->source = ALIGN_ABI;
        align->from = facts.natural_from;
    } else if (align->packed) {
        align_of_packed(&facts, align);
    } else if (facts.natural_bytes || layout->size_bits) {
        align_of_offsets(&facts, align);
    } else {
        align->from = facts.natural_from;
    }
}
