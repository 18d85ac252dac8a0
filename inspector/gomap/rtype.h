// SPDX-License-Identifier: MIT
// The types that a running Go program carries with it (abi.Type, "rtypes"), from its memory, and type graphs made
// of them: so one reader of shapes serves programs with debug information and without.
//
//     rtype at an address ─► struct rtype      name, kind, key and element, fields
//                         ─► struct type       the graph, in the words of Go's debug information:
//
//         typedef "map[string]int"  go_kind 21, go_key, go_elem
//           ─► pointer ─► struct "map<string,int>"  used, seed, dirPtr, …          Swiss
//                             dirPtr ─► pointer to pointer to "table<string,int>", groups "groupReference<…>",
//                             data ─► "noalg.map.group[string]int" {ctrl, slots}, slots [8] of {key, elem}
//           ─► pointer ─► struct "hash<string,int>"  count, flags, B, …            classic
//                             buckets ─► "bucket<string,int>" {tophash, keys, values, overflow}
//
// Everything is as the program's type data says, but for the header and table structs, whose offsets are
// go_runtime_facts' (rtypes do not describe them). Strings of a type are laid as {str, len}, slices as {array, len,
// cap}, interfaces as {tab or _type, data}, as the debug information does.
#ifndef STRATA_GOMAP_RTYPE_H
#define STRATA_GOMAP_RTYPE_H

#include "gomap/runtime_facts.h"
#include "source/type_source.h"
#include "type/type.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// reflect.Kind, and what the debug information calls go_kind.
enum go_kind {
    GO_BOOL = 1,
    GO_INT,
    GO_INT8,
    GO_INT16,
    GO_INT32,
    GO_INT64,
    GO_UINT,
    GO_UINT8,
    GO_UINT16,
    GO_UINT32,
    GO_UINT64,
    GO_UINTPTR,
    GO_FLOAT32,
    GO_FLOAT64,
    GO_COMPLEX64,
    GO_COMPLEX128,
    GO_ARRAY,
    GO_CHAN,
    GO_FUNC,
    GO_INTERFACE,
    GO_MAP,
    GO_POINTER,
    GO_SLICE,
    GO_STRING,
    GO_STRUCT,
    GO_UNSAFE_POINTER,
};

struct go_types; // of one program; what is asked for is read once and kept

struct rtype_field {
    const char *name;
    uint64_t type; // address of its rtype
    uint64_t offset_bytes;
    bool is_embedded;
};

// One type. Texts and arrays live as long as the go_types.
struct rtype {
    uint64_t address;
    uint64_t size_bytes;
    uint8_t kind; // enum go_kind
    uint8_t align_bytes;
    bool is_named; // declared with a name, or a basic type
    bool has_pointers;
    uint32_t hash;
    const char *text; // as Go prints it, by package *name*: "map[string]*cache.Item"
    const char
        *name; // as debug information names it, by package *path*: "map[string]*github.com/…/cache.Item"
    uint64_t key, elem; // addresses of rtypes, 0: has none. Map: both; array, channel, pointer, slice: elem
    uint64_t slots;     // map: the rtype of its group or bucket
    bool is_swiss;      // map: slots is a group, not a bucket
    bool is_key_indirect, is_elem_indirect; // map: slots hold pointers to them
    uint64_t length;                        // array
    bool has_methods;                       // interface: a value begins with an itab, not with its type
    struct rtype_field *fields;             // struct
    size_t fields_count;
};

// `runtime` is borrowed until go_types_close. Not thread-safe.
MUST_USE struct error *go_types_open(const struct go_runtime *runtime, struct go_types **types);
void go_types_close(struct go_types *types); // NULL is fine

// The rtype at an address of memory. Errors: ERROR_BAD_FORMAT for what is none (its kind, name, size or alignment
// cannot be). Cheap when asked again.
MUST_USE struct error *rtype_at(struct go_types *types, uint64_t address, const struct rtype **rtype);

// The same as a graph; the pointer is what a later call with this address returns, too. What is behind a pointer is
// by_name_only, as a maker's graphs are. Lives as long as the go_types. Errors as above.
MUST_USE struct error *go_types_graph(struct go_types *types, uint64_t address, const struct type **type);

// A maker that gives the whole of types of these graphs (type_maker_whole), as the maker of a source does of its own:
// what reads shapes takes either. Borrowed from `types`; closing it does nothing, forgetting neither.
struct type_maker *go_types_maker(struct go_types *types);

// All map types of the program, by name: every place of the types region is looked at, as not all types are in
// the typelinks, and from Go 1.27 on there are none. Borrowed.
MUST_USE struct error *go_types_maps(struct go_types *types, const struct rtype *const **maps, size_t *count);

// The map type whose group or bucket has this rtype; NULL: none is known. Unnamed types come first.
const struct rtype *go_types_map_of_slots(struct go_types *types, uint64_t slots);

// The dynamic type of an interface value: of its first word, which is an itab where the interface has methods.
// 0: nil, or not readable.
uint64_t go_types_dynamic(struct go_types *types, uint64_t first_word, bool has_methods);

#endif
