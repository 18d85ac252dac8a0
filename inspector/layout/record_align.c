// SPDX-License-Identifier: MIT
// The alignment of one struct, class, union or enum with data.
//
// Debug information states few alignments. What is known are the places of the members, the holes between
// them and the size, and several declarations may have led to them:
//
//     struct { char kind; int seq; int crc; }       seq at 4, so this is not it
//     the same, packed                              crc at 5, so this is not it
//     the same, packed to 2 or 4                    seq at 2 or 4, so this is not it
//     only seq packed                               seq at 1, crc at 8, 12 bytes: it fits, and its align is 4
//
// So all readings are laid over what is recorded. The plain one counts first; when it does not fit, all others
// that do are taken together, and where they do not agree the alignment is a bound.
#include "base/round_up.h"
#include "layout/record_parts.h"
#include "layout/record_reading.h"
#include "type/language.h"

#include <string.h>

// A record of a size but without members: one byte is how C++ makes an empty class addressable, or more when
// it is aligned so; anything larger has contents that the producer kept to itself.
bool record_is_opaque(const struct record *record)
{
    const struct type *type = record->type;
    if (type->by_name_only)
        return true;
    return !record->parts.length && type->size_bytes > 1 && type->declared_align_bytes < type->size_bytes;
}

// --- What the parts say ---

// What is gathered before anything is decided. Alignments in bytes, 0: none or unknown.
struct align_facts {
    uint64_t declared_bytes;
    uint64_t natural_bytes;            // the largest that is known of the parts
    const struct member *natural_from; // the first of them, as declared
    size_t natural_number;
    const struct member *misplaced; // the first part at a place that all its alignments forbid
    uint64_t misplaced_natural_bytes;
};

static void align_facts_add(struct align_facts *facts, const struct reading_part *part)
{
    bool is_first = part->stated_bytes == facts->natural_bytes && part->number < facts->natural_number;
    if (part->stated_bytes > facts->natural_bytes || (facts->natural_from && is_first)) {
        facts->natural_bytes = part->stated_bytes;
        facts->natural_number = part->number;
        facts->natural_from = part->member;
    }
    if (part->is_bitfield || part->is_placed_apart || !part->member->offset_known ||
        !(part->offset_bits % (part->least_bytes * 8)))
        return;
    if (!facts->misplaced) {
        facts->misplaced = part->member;
        facts->misplaced_natural_bytes = part->least_bytes;
    }
}

static struct align_facts align_facts_of(const struct record *record, const struct reading_parts *parts)
{
    // ldc states a record's alignment, but not the right one.
    const bool is_stated = record->type->language != LANGUAGE_D;
    uint64_t declared_bytes = is_stated ? record->type->declared_align_bytes : 0;
    struct align_facts facts = {.declared_bytes = align_is_valid(declared_bytes) ? declared_bytes : 0};
    for (size_t i = 0; i < parts->count; i++)
        align_facts_add(&facts, &parts->data[i]);
    return facts;
}

// --- What follows from it ---

static void align_say(struct layout_align *align, const struct align_facts *facts, align_set found,
                      enum align_source when_sole)
{
    align->least_bytes = align_set_least(found);
    align->most_bytes = align_set_most(found);
    if (align->least_bytes != align->most_bytes) {
        align->source = ALIGN_BOUND;
        return;
    }
    align->bytes = align->most_bytes;
    align->source = when_sole;
    if (facts->declared_bytes == align->bytes)
        align->source = ALIGN_DECLARED;
    if (facts->natural_bytes == align->bytes || align->source == ALIGN_DECLARED)
        align->from = facts->natural_from;
}

static void align_note_packed(struct layout_align *align, const struct align_facts *facts)
{
    align->packed = true;
    align->packed_proof = facts->misplaced;
    align->packed_natural_bytes = facts->misplaced ? facts->misplaced_natural_bytes : facts->natural_bytes;
}

// No reading explains every hole: unnamed bit-fields, or alignments that nothing states, stand behind it.
static void align_of_unexplained(struct layout_align *align, const struct align_facts *facts,
                                 const struct reading *reading)
{
    uint64_t size_bytes = reading->size_bits / 8;
    uint64_t most_bytes =
        reading->size_known ? align_allowed(size_bytes, LAYOUT_ALIGN_MOST) : LAYOUT_ALIGN_MOST;
    uint64_t least_bytes = reading->parts_least_bytes;
    if (facts->misplaced || (reading->size_known && most_bytes < least_bytes)) {
        align_note_packed(align, facts);
        least_bytes =
            1; // and the most stays: a member may be aligned, or the record be so without a statement
    }
    if (facts->declared_bytes) {
        // What is declared holds, save that parts may need more.
        uint64_t parts_bytes =
            most_bytes < reading->parts_most_bytes ? most_bytes : reading->parts_most_bytes;
        least_bytes = facts->declared_bytes;
        most_bytes = parts_bytes > least_bytes ? parts_bytes : least_bytes;
    } else {
        least_bytes = 1; // unnamed bit-fields may fill the holes of a packed record, too
    }
    if (most_bytes < least_bytes)
        most_bytes = least_bytes;
    align_say(align, facts, align_set_range(least_bytes, most_bytes), ALIGN_PROVEN);
}

// rustc and the GNU compilers of Ada and Fortran state the alignment that a type has, whatever its members
// have.
static void align_of_statement(struct layout_align *align, const struct align_facts *facts)
{
    align->bytes = align->least_bytes = align->most_bytes = facts->declared_bytes;
    align->source = ALIGN_DECLARED;
    align->from = facts->natural_from;
    if (facts->misplaced || facts->natural_bytes > facts->declared_bytes)
        align_note_packed(align, facts);
}

static void align_of_opaque(const struct record *record, struct layout_align *align)
{
    uint64_t declared_bytes = record->type->declared_align_bytes;
    uint64_t most_bytes = record->layout->size_known && record->layout->size_bits
                              ? align_allowed(record->layout->size_bits / 8, LAYOUT_ALIGN_MOST)
                              : 0;
    *align = (struct layout_align){.least_bytes = 1, .most_bytes = most_bytes};
    align->source = most_bytes ? ALIGN_BOUND : ALIGN_UNKNOWN;
    if (align_is_valid(declared_bytes)) {
        align->bytes = align->least_bytes = align->most_bytes = declared_bytes;
        align->source = ALIGN_DECLARED;
    }
}

// The least that the places ask for, whatever the types have: of a part behind a hole more than the hole.
static uint64_t placing_bytes(const struct reading *reading)
{
    uint64_t bytes = 1;
    for (size_t i = 0; i < reading->parts.count; i++) {
        const struct reading_part *part = &reading->parts.data[i];
        if (!part->is_bitfield && align_set_least(part->places) > bytes)
            bytes = align_set_least(part->places);
    }
    return bytes;
}

// clang states what the source asks for, which the members may exceed; gcc states what the type has, and an unnamed
// bit-field may hide that it is packed. Both are read alike: where the plain reading has more than is stated, and no
// hole asks for more, it is a bound.
static bool is_ambiguous(const struct align_facts *facts, const struct reading *reading, align_set plain)
{
    return facts->declared_bytes && align_set_least(plain) > facts->declared_bytes &&
           placing_bytes(reading) <= facts->declared_bytes;
}

// What unnamed bit-fields may raise the alignment to, where they count: to that of a long long. An attribute
// that is not stated may raise it to more.
static align_set align_set_of_size(const struct reading *reading, uint64_t least_bytes)
{
    return reading->size_known ? align_set_range(least_bytes, align_allowed(reading->size_bits / 8, 8))
                               : align_set_range(least_bytes, 8);
}

// A packed record whose members stand where they would anyway leaves no trace of it.
static void align_lower(struct layout_align *align, align_set all)
{
    if (align->bytes && align->source != ALIGN_DECLARED)
        align->least_bytes = align_set_least(all);
}

// Where the record is as stated, the other readings tell the least alone: they are laid over it until that is a single byte. That of
// the attribute, which finds it where there are no holes, comes first.
static align_set least_of_readings(const struct reading *reading, align_set all, bool with_plain,
                                   bool with_packed)
{
    if (with_packed && !(all & 1))
        all |= reading_aligns(reading, READING_PACKED);
    if (with_plain && !(all & 1))
        all |= reading_aligns(reading, READING_PLAIN);
    for (int kind = READING_PACKED_FIRST; kind < READING_MIXED_FIRST && with_packed && !(all & 1); kind++)
        if (kind != READING_PACKED)
            all |= reading_aligns(reading, (enum reading_kind)kind);
    return all;
}

static void align_decide_stated(const struct reading *reading, const struct align_facts *facts,
                                align_set stated, bool may_be_packed, struct layout_align *align)
{
    const bool has_unnamed = reading->may_have_unnamed && may_be_packed;
    bool is_open = true;
    if (has_unnamed) {
        align_say(align, facts, stated | align_set_of_size(reading, align_set_most(stated)), ALIGN_PROVEN);
    } else if (is_ambiguous(facts, reading, stated)) {
        align_say(align, facts, stated | align_set_of(facts->declared_bytes), ALIGN_PROVEN);
        is_open = false;
    } else {
        align_say(align, facts, stated, ALIGN_ABI);
    }
    if (is_open && align->bytes && align->source != ALIGN_DECLARED)
        align_lower(align, least_of_readings(reading, stated, !has_unnamed, may_be_packed));
}

static void align_decide(const struct record *record, const struct reading *reading,
                         const struct align_facts *facts, struct layout_align *align)
{
    enum language_family family = language_family(record->type->language);
    if (facts->declared_bytes && family == FAMILY_RUST) {
        align_of_statement(align, facts);
        return;
    }
    const align_set stated = reading_aligns(reading, READING_STATED);
    if (stated) {
        align_decide_stated(reading, facts, stated, family != FAMILY_GO, align);
        return;
    }
    const align_set plain = reading_aligns(reading, READING_PLAIN);
    align_set packed = 0, mixed = 0;
    for (int kind = READING_PACKED_FIRST; kind < READING_MIXED_FIRST && family != FAMILY_GO; kind++)
        packed |= reading_aligns(reading, (enum reading_kind)kind);
    for (int kind = READING_MIXED_FIRST; kind < READING_KINDS && family != FAMILY_GO; kind++)
        mixed |= reading_aligns(reading, (enum reading_kind)kind);
    if (mixed && !packed && !plain) // rarer than unnamed bit-fields, so it proves nothing
        mixed = align_set_range(1, align_set_most(mixed));
    packed |= mixed;
    if (plain && reading->may_have_unnamed && family != FAMILY_GO) {
        align_say(align, facts, plain | align_set_of_size(reading, align_set_most(plain)), ALIGN_PROVEN);
        align_lower(align, plain | packed);
    } else if (plain && is_ambiguous(facts, reading, plain)) {
        align_say(align, facts, plain | align_set_of(facts->declared_bytes), ALIGN_PROVEN);
    } else if (plain) {
        // Where the parts' alignments are not known, a packed reading is as good as the plain one.
        align_say(align, facts, plain | packed, ALIGN_PROVEN);
        align_lower(align, plain | packed);
    } else if (packed) {
        const bool is_open = reading->may_have_unnamed && family != FAMILY_GO;
        if (is_open) // not those of a packed record, but where a member alone is packed
            packed |= align_set_of_size(reading, align_set_most(packed));
        align_say(align, facts, packed, ALIGN_PROVEN);
        align_note_packed(align, facts);
    } else {
        align_of_unexplained(align, facts, reading);
    }
}

// --- Records without holes ---

// Whether nothing is to be known of the part but the alignment that its type is said to have.
static bool is_plain(const struct record_part *part)
{
    const struct member *member = part->member;
    return part->layout && align_is_valid(part->layout->align.bytes) && member->kind == MEMBER_FIELD &&
           !member->declared_align_bytes && member->offset_known && member->size_known && member->size_bits &&
           !part->is_variant_field && !member_is_flexible(member);
}

// Most records of C have neither holes nor padding nor anything odd. They are as stated, and could be packed as well: what laying the
// readings over them comes to. False: the readings have to tell.
static bool align_of_tight(const struct record *record, struct layout_align *align)
{
    uint64_t end_bits = 0, most_bytes = 1;
    const struct member *from = NULL;
    if (language_family(record->type->language) != FAMILY_C || record->type->declared_align_bytes ||
        record->type->variant_parts_count || !record->layout->size_known || !record->parts.length)
        return false;
    vec_foreach (const struct record_part *, part, &record->parts) {
        const uint64_t at_bits = record->is_union ? 0 : end_bits;
        if (!is_plain(part) || part->offset_bits != at_bits || at_bits % (8 * part->layout->align.bytes))
            return false;
        const uint64_t part_end_bits = saturating_add(at_bits, part->member->size_bits);
        end_bits = part_end_bits > end_bits ? part_end_bits : end_bits;
        if (!from || part->layout->align.bytes > most_bytes) {
            most_bytes = part->layout->align.bytes;
            from = part->member;
        }
    }
    if (record->layout->size_bits != end_bits || end_bits % (8 * most_bytes))
        return false;
    align->source = ALIGN_ABI;
    align->bytes = align->most_bytes = most_bytes;
    align->least_bytes = 1;
    align->from = from;
    return true;
}

// Go's compiler aligns what holds this type of its atomic packages to 8 bytes, on 32-bit machines too
// (cmd/compile/internal/types/size.go, CalcStructSize).
static bool is_go_align64(const struct type *type)
{
    static const char *const names[] = {"sync/atomic.align64", "internal/runtime/atomic.align64",
                                        "runtime/internal/atomic.align64"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (language_family(type->language) == FAMILY_GO && type->name && !strcmp(type->name, names[i]))
            return true;
    return false;
}

bool record_align(struct record *record)
{
    struct layout_align *align = &record->layout->align;
    if (is_go_align64(record->type)) {
        *align = (struct layout_align){.bytes = 8, .source = ALIGN_ABI, .least_bytes = 8, .most_bytes = 8};
        return true;
    }
    if (record_is_opaque(record)) {
        align_of_opaque(record, align);
        return true;
    }
    if (align_of_tight(record, align))
        return true;
    struct reading reading;
    if (!reading_make(record, &reading))
        return false;
    struct align_facts facts = align_facts_of(record, &reading.parts);
    align_decide(record, &reading, &facts, align);
    reading_free(&reading);
    return true;
}
