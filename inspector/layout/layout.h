// SPDX-License-Identifier: MIT
// Where every bit of a type goes.
//
//     struct { bool a; int64 b; int32 c; }                       24 bytes, align 8 (from b)
//
//     │a│·······hole·······│bbbbbbbb│cccc│····tail padding····│
//      0 1                  8        16   20                  24
//
// Each bit gets exactly one class, so the classes of `accounting_bits` add up to the size: always, on hostile
// input, too. What the debug information does not tell is LAYOUT_UNKNOWN, never guessed in silence.
#ifndef STRATA_LAYOUT_LAYOUT_H
#define STRATA_LAYOUT_LAYOUT_H

#include "base/arena.h"
#include "base/error.h"
#include "layout/align.h"
#include "type/type.h"

enum layout_class {
    LAYOUT_MEMBER,
    LAYOUT_BITFIELD,
    LAYOUT_BASE,
    LAYOUT_VPTR,
    LAYOUT_VARIANT, // at least one variant of an enum with data, or of a variant record, has a field here
    LAYOUT_UNION_SHARED, // two or more members lie here
    LAYOUT_HOLE,         // whole bytes that nobody uses, before the last member
    LAYOUT_BIT_HOLE,     // unused bits of a byte that a bit-field shares
    LAYOUT_TAIL_PADDING, // whole bytes that nobody uses, at the end
    LAYOUT_REUSED_TAIL,  // a member that lies in the tail padding of a base, or of an earlier member
    LAYOUT_UNKNOWN, // an object of unknown size, or one (a virtual base) whose place is found at run time
    LAYOUT_CLASSES
};

// "member", "bit_field", "hole", …: the key of a class in JSON.
const char *layout_class_word(enum layout_class class);

// A run of bits that no member is told to use: LAYOUT_HOLE, LAYOUT_BIT_HOLE, LAYOUT_TAIL_PADDING, or
// LAYOUT_UNKNOWN, which is no waste.
struct layout_gap {
    enum layout_class class;
    uint64_t offset_bits, size_bits;
    const struct member *before, *after; // the neighbours; NULL at the start and at the end
};

// Where a statement about an alignment comes from.
enum align_source {
    ALIGN_UNKNOWN,
    ALIGN_ABI,      // the ABI's rule for the scalars in it; no offset, hole or size contradicts it
    ALIGN_DECLARED, // stated in the source, as by _Alignas
    ALIGN_PROVEN,   // the only one that offsets, holes and size leave, unnamed bit-fields aside
    ALIGN_BOUND,    // several are left: only the most is known
};

// "unknown", "abi", "declared", "proven", "bound".
const char *align_source_word(enum align_source source);

struct layout_align {
    uint64_t bytes; // 0: unknown, or a bound only
    enum align_source source;
    // What it can be where a record of this type is judged: `bytes`, or a range. An alignment by the ABI may
    // turn out lower, since a record can be packed without a trace. most_bytes 0: anything.
    uint64_t least_bytes, most_bytes;
    const struct member *from; // the first member that needs as much; NULL when none does
    // Packed, as a whole or some members, is never stated, only proven: no reading without it explains the
    // layout. packed_proof is a member at an offset that its natural alignment forbids; NULL where the size,
    // or a declared alignment, is the proof.
    bool packed;
    const struct member *packed_proof;
    uint64_t packed_natural_bytes; // the alignment that is not kept
};

// One alternative of a variant part.
struct layout_variant {
    const struct variant *variant;
    const struct variant_part *part;
    uint64_t used_bits;  // by its fields, the discriminant and the members common to all
    uint64_t waste_bits; // of the whole type while this variant is live
};

struct layout {
    const struct type *type; // typedefs and qualifiers taken off
    bool size_known;         // false: all sizes and counts below are 0
    uint64_t size_bits;      // 8 * size_bytes; cut to a multiple of 8 below 2^64 on hostile sizes
    uint64_t accounting_bits[LAYOUT_CLASSES];

    struct layout_align align;

    struct layout_gap *gaps; // ascending
    size_t gaps_count;
    size_t holes_count; // gaps that are not at the end; a bit hole and the hole behind it are one

    struct layout_variant *variants;
    size_t variants_count;

    // Own waste: holes, bit holes and tail padding of this type itself. For a union: the bits that no member
    // covers. With variants: the bits that no variant uses.
    uint64_t own_waste_bits;
    // Deep waste: own waste and that of bases and members held by value, times array counts; of a union's
    // members and of variants only that of the largest. A base's tail padding that is put to use counts as
    // used. Saturates at the size.
    uint64_t deep_waste_bits;

    uint64_t data_end_bits; // end of the last bit of data: where the type's own tail padding begins
    uint64_t cache_lines;   // that the type spans when it starts at a line's border
    size_t straddlers_count;

    uint64_t cacheline_bytes;
    bool has_dynamic_part; // a virtual base, its own or inherited, at an offset known only at run time

    // Contradictions in the debug information. They do not disturb the sum.
    size_t overlaps_count; // runs of bits claimed by several members of a struct
    size_t outside_count;  // members that reach beyond the size; cut there

    // C++. has_vptr: the class has a pointer to a virtual table, its own or a base's. primary_base: the nearly
    // empty virtual base whose pointer it uses, at offset 0 although the debug information tells no offset.
    bool has_vptr;
    const struct member *primary_base;

    // What an enclosing class sees of a base with virtual bases: these are not part of the base subobject.
    bool has_virtual_bases;
    uint64_t nonvirtual_end_bits;
    uint64_t nonvirtual_deep_waste_bits;
};

struct layout_options {
    uint64_t cacheline_bytes; // 0 stands for 64
    const struct abi *abi;    // NULL: natural alignment
};

// Computes layouts and remembers those of nested types. Belongs to one thread. Every layout lives until
// layouter_free, and the types must live as long.
struct layouter;

MUST_USE struct error *layouter_create(const struct layout_options *options, struct layouter **layouter);
void layouter_free(struct layouter *layouter); // NULL is fine

// Forgets all layouts, because the types they are of go away.
void layouter_forget(struct layouter *layouter);

// The layout of any type; one that is not a record is a single run of LAYOUT_MEMBER. Fails only when memory
// is short. Time and memory are O(n log n) in the number of members of the type and of those in it, whatever
// the sizes are.
MUST_USE struct error *layout_compute(struct layouter *layouter, const struct type *type,
                                      const struct layout **layout);

// Whether a member crosses a border between cache lines that it need not cross: it is no larger than a line.
bool layout_member_straddles(const struct layout *layout, const struct member *member);

// The bytes that hold `bits`: rounded up.
static inline uint64_t bits_to_bytes(uint64_t bits)
{
    return bits / 8 + (bits % 8 != 0);
}

// An array without a bound, or of no elements: it takes no space in the type.
bool member_is_flexible(const struct member *member);

// Such an array with more behind it than the type's size tells: a flexible array of C, a slice or str that
// ends a Rust struct.
bool member_is_open_ended(const struct member *member);

// A function item of Rust: it takes no space, though its type is recorded as a pointer to the function.
bool member_is_fn_item(const struct member *member);

// The alignment of a member: of its type, or what the member declares above it (below it only in a packed
// record). In bytes; 0: unknown. Where it is a bound only, *most_bytes is the bound, 0: none; else the same.
MUST_USE struct error *layout_member_align(struct layouter *layouter, const struct member *member,
                                           uint64_t *align_bytes, uint64_t *most_bytes);

// The same for a member of `owner` whose type's layout is known.
uint64_t layout_align_in(const struct layout *owner, const struct member *member, const struct layout *own);

// A Rust enum's variant is a struct of the whole enum's size; its fields lie in the enum. So fields stand for
// such a variant. Other languages' variants hold their fields themselves.
const struct member *variant_fields(const struct variant *variant, size_t *count, uint64_t *base_bits);

#endif
