// SPDX-License-Identifier: MIT
// A type as another machine's compiler would lay it out: the same declaration, other sizes and alignments.
//
//     struct { char c; long l; void *p; }     x86-64  0 8 16, 24 bytes        i386  0 4 8, 12 bytes
//
// Members are placed by the model of pack.h, which must reproduce each record's present layout first.
#ifndef STRATA_LAYOUT_OTHER_ABI_H
#define STRATA_LAYOUT_OTHER_ABI_H

#include "base/output.h"
#include "layout/layout.h"

struct other_abi {
    const char *name; // as abi->name is
    const struct abi *abi;
    unsigned address_bytes, long_bytes, long_double_bytes;
};

// False: there is none of this name, or its int has not 4 bytes.
bool other_abi_named(const char *name, struct other_abi *other);
// The names, separated so.
void other_abi_names(struct output *output, const char *separator);

// The type laid out by `other`. Its graph, and *refusal, why it cannot be, live in `arena`; members' names and such are those of `type`.
// `layouter` is of the type's own machine, `own` of the other and of this call alone: it knows the results' layouts, so it
// must be freed before the arena. Fails only when memory is short. What C calls long has the machine's size, but for typedefs whose
// name says 64 bits or intmax; Go's int and uint, and Rust's usize and isize, are as large as addresses.
MUST_USE struct error *other_abi_layout(struct layouter *layouter, struct layouter *own,
                                        const struct type *type, const struct other_abi *other,
                                        struct arena *arena, const struct type **result,
                                        const char **refusal);

#endif
