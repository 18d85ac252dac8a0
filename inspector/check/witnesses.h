// SPDX-License-Identifier: MIT
// The witnesses of hmapcore's types, each by a way of its own: none of them calls what another one calls.
#ifndef STRATA_CHECK_WITNESSES_H
#define STRATA_CHECK_WITNESSES_H

#include "check/crosscheck.h"
#include "hmapcore/hmap.h"
#include "hmapcore/swiss.h"
#include "layout/layout.h"

// A bucket of one key and element kind that the compiler has laid out too.
struct bucket_case {
    const char *subject;     // "bucket map[int64]int64"
    const char *struct_name; // "hmap_bucket_int64_int64": how C and its debug information call it
    const struct hmap_kind *key, *elem;
    const struct hmap_kind *large; // of key and elem: the one that is over 128 bytes; else NULL
};

// Ends with a case whose subject is NULL. Static, read-only.
extern const struct bucket_case bucket_cases[];

// The C types that are cross-checked, as their debug information calls them: subjects of the same name.
// Ends with NULL.
extern const char *const header_types[];

// sizeof, offsetof and _Alignof, compiled in.
void witness_compiler(struct crosscheck *check, size_t witness);

// What hmap_type_make computes for the bucket cases, by which the map finds its way in buckets.
void witness_map_type(struct crosscheck *check, size_t witness);

// The same rule for a bucket of any program's map: keys and elements of over 128 bytes are stored by pointer
// (cmd/compile/internal/reflectdata, MapBucketType).
void witness_bucket_rule(struct crosscheck *check, size_t witness, const char *subject, uint64_t key_bytes,
                         uint64_t elem_bytes, uint64_t pointer_bytes);

// The same witnesses of Swiss maps, whose types are Map, table, groupsReference and Iter (swiss_layout.h), and a
// group and a slot for each case.
struct group_case {
    const char *group_subject, *slot_subject; // "group map[int64]int64", "slot map[int64]int64"
    const char *group_name, *slot_name;       // of the C structs
    const struct hmap_kind *key, *elem;
};

// Ends with a case without subjects. Static, read-only.
extern const struct group_case group_cases[];

// How the Swiss map's own types are called by Go, which gives the subject its name, and in C. Ends with NULL.
struct swiss_name {
    const char *subject, *c_name, *go_name;
};
extern const struct swiss_name swiss_names[];

void witness_swiss_compiler(struct crosscheck *check, size_t witness);
void witness_swiss_type(struct crosscheck *check, size_t witness);
void witness_swiss_memory(struct crosscheck *check, size_t witness);

struct value_shape {
    uint64_t size_bytes, align_bytes;
};

// The rule for a group of any program's map (cmd/compile/internal/reflectdata, MapGroupType).
void witness_group_rule(struct crosscheck *check, size_t witness, const char *group_subject,
                        const char *slot_subject, struct value_shape key, struct value_shape elem,
                        uint64_t pointer_bytes);

// Live maps, observed from outside: what the allocator was asked for, which bytes of the header change to
// what when an operation of known effect is done, where the bytes of known keys and elements turn up. It
// never reads a field by name.
void witness_memory(struct crosscheck *check, size_t witness);

// A type of some program's debug information under the name `subject`. Fields are renamed by what the
// subject calls them ("values" of Go's buckets are "elems"). Fails only when memory is short.
MUST_USE struct error *witness_type(struct crosscheck *check, size_t witness, const char *subject,
                                    const struct type *type, struct layouter *layouter);

#endif
