// SPDX-License-Identifier: MIT
// The smallest order of a record's members.
//
//     declared   │a│·······│bbbbbbbb│cccc│····│   24 bytes
//     best       │bbbbbbbb│cccc│a│···│            16 bytes
//
// Members are placed by the rules that the compiler keeps (System V ABI, "Aggregates and Unions" and
// "Bit-Fields"; Go: cmd/compile/internal/types/size.go, CalcStructSize). Whether the rules hold for a type is
// not assumed: they must reproduce its present layout to the bit, else there is no suggestion but a reason.
#ifndef STRATA_LAYOUT_PACK_H
#define STRATA_LAYOUT_PACK_H

#include "base/arena.h"
#include "base/error.h"
#include "layout/layout.h"

// Members that shall stay next to each other, in the order given.
struct pack_group {
    const char *const *names;
    size_t names_count;
};

struct pack_options {
    size_t keep_first; // this many members stay where they are
    const struct pack_group *groups;
    size_t groups_count;
    bool force; // also types that an interface outside of this program fixes
};

enum pack_proof {
    PACK_UNPROVEN,
    PACK_BOUND,    // no order can need less: all data, rounded up to the alignment
    PACK_SEARCHED, // all orders were compared
};

// "unproven", "bound", "searched".
const char *pack_proof_word(enum pack_proof proof);

struct pack_place {
    const struct member *member; // of pack_try's padding a member of its own
    uint64_t offset_bits, was_bits;
    uint64_t raised_align_bytes; // what the member itself declares above its type's alignment; 0: nothing
    bool is_padding;             // put in by a person: it was nowhere
    uint64_t align_bytes;        // that it is placed by; 0: of a base or a pointer to a virtual table
    uint64_t unit_bits;          // of a bit-field: the size of its declared type
};

struct pack {
    const struct layout *layout;
    const char *refusal;       // why there is no suggestion; all below is 0 then. NULL: there is one
    struct pack_place *places; // in the best order; the present order when that is as small. Bases and vptr
                               // are among them
    size_t count;
    uint64_t align_bytes;
    uint64_t raised_align_bytes; // the record's own declared alignment, above what its members need; 0: none
    uint64_t size_bytes, was_bytes;
    uint64_t bound_bytes; // no order can need less
    enum pack_proof proof;
    // A base has tail padding of which nothing tells whether members may lie in it: the compiler may do with
    // less than size_bytes.
    bool is_at_most;
    // A member's alignment is only known as a bound, and this is the best order with what is likely: no proof.
    bool is_assumed;
    uint64_t cache_lines, was_cache_lines;
};

// The best order of the type of `layout`. Texts and places live in `arena`, members in the graph. ERROR_USAGE
// when a group names members that are not there, or that have to stay; otherwise fails only when memory is
// short. Cost: O(n^2) for n members, and a search of at most 2^18 states where the bound is not reached.
MUST_USE struct error *pack_compute(struct layouter *layouter, const struct layout *layout,
                                    const struct pack_options *options, struct arena *arena,
                                    struct pack *pack);

// One step of an order that a person tries: a member, or padding.
struct pack_step {
    const struct member *member; // of the type; NULL: `padding_bytes` that nobody uses
    uint64_t padding_bytes;
    uint64_t align_bytes; // that the member's declaration asks for, above its type's; 0: what it asks for now
};

// An order somebody asks for: what comes of it.
struct pack_trial {
    struct pack pack;        // in that order, places of padding among them; `refusal`: why it cannot be
    const struct type *type; // the type so ordered: its layout is the result. NULL where it is refused
    uint64_t start_bits;     // where the first member that can move may begin
    // The steps that gave it, for the next one: all members that can move, in order. Those of the present order when none
    // were given.
    struct pack_step *steps;
    size_t steps_count;
};

// Places the members in the order of the steps, which name each that can move (no base, no pointer to a virtual table) once;
// `steps` NULL stands for the present order. The rules are those of pack_compute, proven to reproduce the present layout
// first; bit-fields may be moved one by one. Members' alignments can be raised in C and C++. All of the trial lives in
// `arena`; a layouter that computes the layout of its type must forget it before the arena goes. Fails only when memory is short, or
// with ERROR_USAGE when the steps do not name the members.
MUST_USE struct error *pack_try(struct layouter *layouter, const struct layout *layout,
                                const struct pack_options *options, const struct pack_step *steps,
                                size_t steps_count, struct arena *arena, struct pack_trial *trial);

static inline uint64_t pack_savings_bytes(const struct pack *pack)
{
    return pack->refusal || pack->size_bytes >= pack->was_bytes ? 0 : pack->was_bytes - pack->size_bytes;
}

// The type in its best order, as source of its language, to paste.
struct source_line {
    unsigned depth;   // of indentation
    const char *text; // unescaped, as names in the file are
};

struct source {
    struct source_line *lines;
    size_t count;
    bool is_complete; // false: a comment stands where the debug information does not tell the declaration
};

// `name` is the type's, as the index has it. Everything lives in `arena`. Fails only when memory is short.
MUST_USE struct error *pack_source(const struct pack *pack, const char *name, struct arena *arena,
                                   struct source *source);

// "//" in all languages that strata spells.
#define PACK_COMMENT "//"

#endif
