// SPDX-License-Identifier: MIT
// A layout as rows to draw, in the order of addresses: members, the gaps between them, borders of cache
// lines, and, opened in place, what lies inside of members. All offsets are absolute: from the start of the
// outermost type.
//
// Plain data, so that a view can draw rows without knowing layouts or types: it includes neither.
#ifndef STRATA_LAYOUT_ROWS_H
#define STRATA_LAYOUT_ROWS_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct layout;
struct layouter;
struct member;

enum row_kind {
    ROW_MEMBER,
    ROW_VARIANT, // heads the fields of one alternative
    ROW_GAP,
    ROW_LINE, // a border: the cache line of number `line` begins
    ROW_CUT,  // `cut_count` members are not shown
};

struct row {
    enum row_kind kind;
    unsigned depth; // 0: of the type itself
    bool offset_known, size_known;
    uint64_t offset_bits, size_bits;
    uint64_t data_bits;    // members: where the last data in it ends; its tail padding may hold other members
    uint64_t align_bytes;  // members: of their type, or declared; 0: unknown
    const char *name;      // NULL: anonymous. Names come from the file unescaped
    const char *type_text; // the member's type as its language spells it; NULL for other rows
    const char *byte_order; // "big-endian", "little-endian": in memory, where that is not the program's, and
                            // type_text says so; NULL: it is
    const char *kind_word;  // "field", "bit-field", "base", "hole", ...: what JSON calls it
    uint8_t member_kind;    // ROW_MEMBER: enum member_kind (type/type.h)
    const struct member
        *member;            // ROW_MEMBER: borrowed from the graph; its offset is from its own record's start
    bool is_leaf;           // nothing of it is opened in the rows below
    bool straddles;         // a border of cache lines cuts it, and it is no larger than a line
    bool is_in_alternative; // inside of a union or a variant: it may share its bits
    bool is_flexible;       // an array without a bound
    bool is_element;        // of the first element of an array that is opened: it stands for all of them
    bool is_partial_base;   // a base with virtual bases: only data_bits of it lie here
    uint8_t class;          // enum layout_class (layout/layout.h)

    const char *before, *after; // ROW_GAP: the neighbours' names, NULL at the ends or when anonymous
    bool has_before, has_after;
    bool is_reused;          // ROW_GAP: padding of an opened member that later members lie in: no waste
    bool is_empty_class;     // ROW_GAP: the size that C++ gives to what has no data
    const char *kept_inside; // ROW_GAP: Go pads behind a last field without size, this one; else NULL
    bool is_of_variants;     // ROW_GAP: of an enum with data, no variant uses it
    const char *values_text; // ROW_VARIANT: the discriminant's values; NULL for the default
    uint64_t waste_bits;     // ROW_VARIANT: unused in the whole type while it is live
    uint64_t line;           // ROW_LINE
    size_t cut_count;        // ROW_CUT
};

struct rows {
    struct row *data;
    size_t count;
    bool is_cut; // a limit was reached; rows tell where
};

struct rows_options {
    bool expand;           // open members in place
    bool expand_anonymous; // always those of types without a name, which nobody can ask for
    bool elements;         // with `expand`: of an array of such the first element, the array keeps its bytes
    unsigned depth;        // how many types with a name are opened within each other; 0 stands for 64
    size_t
        rows_limit; // no more rows by opening; 0 stands for 100 000. The type's own members all have theirs
    // Which members are opened besides: called with the member, its depth and its absolute offset; `elements` and
    // limits count here, too. NULL: none.
    bool (*opens)(void *context, const struct member *member, unsigned depth, uint64_t offset_bits);
    void *opens_context;
};

// The rows of a type. The rows and all texts live in `arena`; members and their types are borrowed from the
// graph. Cost: in proportion to the rows.
MUST_USE struct error *rows_build(struct layouter *layouter, const struct layout *layout,
                                  const struct rows_options *options, struct arena *arena, struct rows *rows);

// What a gap is: "hole", "padding at the end", …; "unknown" where nothing is told of it.
const char *row_gap_words(const struct row *row);
// What stands for a member's type where it is a base or a pointer to a virtual table; NULL: it has a type.
const char *row_member_words(const struct row *row);
// What stands for the name of a member without one.
const char *row_nameless_word(const struct row *row);
// Whether it is a gap that nobody uses.
bool row_is_waste(const struct row *row);

// The letter of each member row in a map of bytes, by preference one of its name; ' ' for the other rows. The
// caller frees the result; NULL when memory is short.
MUST_USE char *rows_letters(const struct rows *rows);

// A run of bytes that one row, several rows, or nobody owns: what a byte map draws.
enum run_kind { RUN_ROW, RUN_SHARED, RUN_MIXED, RUN_GAP, RUN_UNKNOWN };

struct byte_run {
    enum run_kind kind;
    uint64_t start_bytes, end_bytes;
    size_t row; // RUN_ROW: the number of the row
};

struct byte_runs {
    struct byte_run *data; // ascending, touching, from 0 to the size
    size_t count;
};

// Folds the leaf rows to bytes: RUN_MIXED is a byte that several bit-fields share, RUN_SHARED a byte of
// several members of a union or of variants.
MUST_USE struct error *byte_runs_build(const struct layout *layout, const struct rows *rows,
                                       struct arena *arena, struct byte_runs *runs);

#endif
