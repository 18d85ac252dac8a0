// SPDX-License-Identifier: MIT
// What the ABI says about a type's layout, computed anew from the sizes and alignments of its members,
// against what the debug information records.
//
//     members in order        recorded    by the ABI
//       a  bool, align 1             0             0
//       b  int64, align 8            9             8   ◄── a finding
//       c  int32, align 4           16            16
//
// Rules: System V psABI of the machine, "Aggregates and Unions" and "Bit-Fields"; Itanium C++ ABI 2.4 for
// bases; Go's and Rust's own where they differ (a trailing field of no size; the order is the compiler's).
//
// Where natural placement does not give what is recorded, other readings are tried as a whole: packed to 8,
// 4, 2 or 1 bytes, single packed members. A reading counts only when every offset and the size follow from
// it, so one changed number is not explained away. What only unnamed bit-fields explain is undecided: its
// findings are kept, and it is no failure.
#ifndef STRATA_CHECK_ABI_RECOMPUTE_H
#define STRATA_CHECK_ABI_RECOMPUTE_H

#include "layout/layout.h"

enum abi_verdict {
    ABI_AGREES,
    ABI_EXPLAINED, // it differs from natural placement, and why is known
    ABI_UNDECIDED, // it differs, and may be legal: unnamed bit-fields or an attribute leave no trace
    ABI_UNKNOWN,   // something that the rules need is not told
    ABI_DIFFERS,
    ABI_VERDICTS
};

// "agrees", "explained", "undecided", "unknown", "differs".
const char *abi_verdict_word(enum abi_verdict verdict);

enum abi_reason {
    ABI_PACKED,
    ABI_ALIGNED_UNSTATED, // an alignment larger than natural, which this debug information cannot state
    ABI_TAIL_REUSE,
    ABI_EMPTY_OBJECT,
    ABI_UNNAMED_BITS,
    ABI_REORDERED,
    ABI_VIRTUAL_BASES,
    ABI_FN_ITEM,
    ABI_SUDOG,
    ABI_VARIANTS,
    ABI_NO_RULE, // of a language whose compilers place members by rules that are not written down
    ABI_REASONS
};

// "packed", "aligned_unstated", …: the key in JSON; and a sentence for people.
const char *abi_reason_word(enum abi_reason reason);
const char *abi_reason_text(enum abi_reason reason);

struct abi_finding {
    const struct member *member; // NULL: the size of the type
    uint64_t recorded_bits, computed_bits;
};

struct abi_recomputed {
    enum abi_verdict verdict;
    unsigned reasons; // 1 << enum abi_reason
    struct abi_finding *findings;
    size_t findings_count;
};

struct abi_options {
    bool alignments_may_be_unstated; // DWARF before version 5, BTF
    bool bits_are_microsoft;         // bit-fields may be placed by Microsoft's rule
};

// Recomputes a struct, class or union; anything else is ABI_UNKNOWN. Findings are kept in `arena`. Fails only
// when memory is short. Time: O(n log n) in the members, for each of a handful of readings.
MUST_USE struct error *abi_recompute(struct layouter *layouter, const struct type *type,
                                     const struct abi_options *options, struct arena *arena,
                                     struct abi_recomputed *result);

#endif
