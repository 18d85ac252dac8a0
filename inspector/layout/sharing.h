// SPDX-License-Identifier: MIT
// False sharing: what one processor writes in a cache line takes the line away from all others, also from
// those that only want its neighbours.
//
//     line 0  │head (atomic)│tail (atomic)│name…│     producers and consumers fight over one line
//
// Hot are members of atomic and lock types, and those that hold such by value. A type is taken to start at a
// line's border, as everywhere in layout.
#ifndef STRATA_LAYOUT_SHARING_H
#define STRATA_LAYOUT_SHARING_H

#include "layout/layout.h"

// Which further types are hot: globs of names, as fnmatch(3) has them, without keyword.
struct sharing_options {
    const char *const *hot_types;
    size_t hot_types_count;
};

// Whether a type is one that threads contend for: C11 _Atomic, or by its name (its own or a typedef's on the
// way to it): C11 and POSIX, std:: of C++ and of Rust, Go's sync and sync/atomic, Linux' locks and counters.
FOR_TESTS bool sharing_is_hot(const struct type *type, const struct sharing_options *options);

// A cache line in which a hot member does not lie alone.
struct sharing_line {
    uint64_t line;
    const struct member *hot;   // the first hot member in it
    const struct member *other; // the first other member in it: a hot one if there is one. NULL: elements of
                                // the array `hot` share it with each other
    size_t hot_count, members_count;
};

struct sharing {
    struct sharing_line *lines; // ascending
    size_t lines_count;
    size_t contended_count;  // of these lines, those that hold two hot members, or elements of a hot array
    size_t hot_count;        // direct members that are hot
    const bool *is_hot;      // by direct member of the type; NULL: none was looked at
    size_t straddlers_count; // hot members that cross a cache line without need
    uint64_t parted_bytes;   // the size if each hot member began a line of its own and what follows it, too
};

// For records that are no union; nothing for other types. Bounded in nested members and lines: what a hostile
// type has beyond is not looked at. Lines live in `arena`. Fails only when memory is short.
MUST_USE struct error *sharing_compute(struct layouter *layouter, const struct layout *layout,
                                       const struct sharing_options *options, struct arena *arena,
                                       struct sharing *sharing);

#endif
