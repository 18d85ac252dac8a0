// SPDX-License-Identifier: MIT
// What values of a type lead to, for who looks for maps: a type graph with all that holds no map, no pointer and no
// interface left out.
//
//     struct main.Cache {name string; mu sync.Mutex; items map[string]Item; next *Cache}
//         ─► WALK_STRUCT  items +24 ─► WALK_MAP (its shape; key and element lead to nothing)
//                         next  +32 ─► WALK_POINTER ─► the same
//
// Types are compiled when they are first met and kept for later looks. Belongs to one thread.
#ifndef STRATA_GOMAP_WALK_TYPE_H
#define STRATA_GOMAP_WALK_TYPE_H

#include "gomap/map_shape.h"

enum walk_kind {
    WALK_NOTHING, // or nothing that is known
    WALK_STRUCT,
    WALK_ARRAY,
    WALK_POINTER,
    WALK_SLICE,
    WALK_INTERFACE,
    WALK_MAP,
    WALK_TRIE_NODE, // of sync.Map since Go 1.24: an entry or an inner node, as its first byte says
};

struct walk_type;

struct walk_field {
    const char *name; // NULL: not a part of paths
    uint64_t offset_bytes;
    struct walk_type *type;
};

struct walk_type {
    enum walk_kind kind;
    const struct type *type; // borrowed from the maker
    uint64_t size_bytes;
    struct walk_field *fields; // STRUCT: those that lead somewhere, by the debug information
    size_t fields_count;
    struct walk_type *target;      // POINTER, and of SLICE, ARRAY the element; MAP: the element
    struct walk_type *key;         // MAP
    uint64_t count, stride_bytes;  // ARRAY; SLICE: the stride
    bool hides_index;              // ARRAY: nobody wrote it, as within sync.Map
    const struct map_shape *shape; // MAP; TRIE_NODE: of its keys alone, at key_offset of an entry
    uint64_t key_offset;
    bool has_methods;                   // INTERFACE: the first word is an itab
    struct walk_type *entry, *indirect; // TRIE_NODE
    uint32_t number;
    bool is_compiled, is_visiting;
    enum walk_leads { LEADS_UNKNOWN, LEADS_NOWHERE, LEADS_ON } leads;
};

struct walk_types;

// Both are borrowed. `source` may be NULL.
MUST_USE struct error *walk_types_open(const struct type_source *source, struct type_maker *maker,
                                       struct walk_types **types);
void walk_types_close(struct walk_types *types); // NULL is fine

// The type, compiled; NULL when memory is short. What cannot be read is WALK_NOTHING.
struct walk_type *walk_type_of(struct walk_types *types, const struct type *type);

// Whether a value of the type can lead to a map. False also when memory is short.
bool walk_type_leads(struct walk_types *types, struct walk_type *type);

// Whether an interface holds values of the type itself and not pointers to them: of types that are one pointer.
// (Go: cmd/compile/internal/types, IsDirectIface.)
bool walk_type_is_direct(struct walk_types *types, const struct type *type);

#endif
