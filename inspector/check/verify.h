// SPDX-License-Identifier: MIT
// `strata verify` as a library: what witnesses say of the map's own types, and of a file's, and all types of a file
// against the rules of its ABI. Results are plain data.
#ifndef STRATA_CHECK_VERIFY_H
#define STRATA_CHECK_VERIFY_H

#include "base/vec.h"
#include "check/abi_recompute.h"
#include "check/crosscheck.h"
#include "check/verify_sources.h"
#include "query/select.h"
#include "query/walk.h"
#include "source/source_open.h"

// One difference of a recomputed type.
struct verify_difference {
    const char *field; // NULL: the size
    uint64_t recorded_bits, computed_bits;
    bool may_be_unnamed_bits; // C and C++: these leave nothing in the debug information but their space
};

struct verify_abi_row {
    const char *name, *kind_word;
    const char *declared_file; // NULL: unknown
    uint64_t declared_line;
    enum abi_verdict verdict;
    unsigned reasons;
    const struct verify_difference *differences;
    size_t differences_count;
};

// All types of a file, recomputed.
struct verify_abi {
    const char *abi_name;
    bool bits_are_microsoft; // of Windows
    struct verify_abi_row *rows; // one a type, in the order of the file
    size_t rows_count;
    size_t verdict_counts[ABI_VERDICTS], reason_counts[ABI_REASONS];
};

// `verifying->target` when no column is a file's.
#define VERIFY_NO_TARGET SIZE_MAX

// A file, or strata itself, being verified: what has been found so far. Its texts live until verifying_free, and
// no longer than the selection it was made of.
struct verifying {
    struct crosscheck check;
    size_t target; // column of the file, or VERIFY_NO_TARGET
    bool has_maps; // the cross-check is about something in the file
    struct verify_abi abi;
    bool has_abi;
    struct verify_sources sources;
    bool has_sources;        // the file holds types in two formats, and they are compared
    VEC(const char *) notes; // sentences for the report
    struct walk walk;        // keeps texts
};

// How the running executable, which is a witness, is to be read.
struct verify_own_options {
    struct type_source_options source;
    uint64_t cacheline_bytes;
    struct notice_sink *notices;
};

void verifying_init(struct verifying *verifying);
void verifying_free(struct verifying *verifying);

// Adds a sentence for the report.
MUST_USE struct error *verifying_note(struct verifying *verifying, const char *format, ...) PRINTF_LIKE(2, 3);

// Which of hmapcore's two maps: bits.
enum map_designs { MAP_DESIGN_CLASSIC = 1, MAP_DESIGN_SWISS = 2 };

// The witnesses of strata's own types: compiler, debug information of the running executable, map type, live
// memory. When the second cannot speak, a note says why.
MUST_USE struct error *verify_own(struct verifying *verifying, unsigned designs,
                                  const struct verify_own_options *options);

// The hmap and the buckets, or the Swiss Map and the groups, of the program that `query` is about as a further
// column beside strata's own witnesses; has_maps tells whether there are any. `all`: every type of it.
MUST_USE struct error *verify_maps(struct verifying *verifying, const struct query *query,
                                   const struct selection *all, const struct verify_own_options *options);

// Where the file that `query` is about holds types in another format, too (DWARF and BTF), what they say of each type.
// A note says why, when the other one is there and cannot be read.
MUST_USE struct error *verify_formats(struct verifying *verifying, const struct query *query,
                                      const struct type_source_options *options);

// Recomputes all of the program's types, at most once.
MUST_USE struct error *verify_abi(struct verifying *verifying, const struct query *query,
                                  const struct selection *all);

#endif
