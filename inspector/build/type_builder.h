// SPDX-License-Identifier: MIT
// The builder from inside: shared by the files that fill types from DIEs. Private to build/.
//
// Building goes in three steps, none of which recurses, so that no file can exhaust the stack:
//
//     request ─► queue ─► node_fill (reads the DIE, requests what it refers to) ─► … until the queue is empty
//
// A DIE has two faces in the graph, because what lies behind a pointer must look the same whether or not
// something else needed that type whole before:
//
//     struct node ─┬─ whole   for those that hold it by value: members and all
//                  └─ named   for those that point to it: what its own DIE says (by_name_only)
//
//                                        │
//                              edges: "holds by value"
//                                        ▼
//     finish: strongly connected components of the edges, innermost first; a component with a cycle is a
//             struct inside itself: its edges are cut; then sizes, which need the parts' sizes, are filled in
#ifndef STRATA_BUILD_TYPE_BUILDER_H
#define STRATA_BUILD_TYPE_BUILDER_H

#include "base/vec.h"
#include "build/die_map.h"
#include "build/symbol_memo.h"
#include "build/type_build.h"
#include "dwarf/die_reader.h"
#include "type/type.h"

enum node_state {
    NODE_EMPTY,
    NODE_WHOLE, // members and all; sizes that derive from others are missing
    NODE_FINISHED,
};

struct node {
    struct type *whole,
        *named; // NULL: not asked for. One and the same where both would be alike (type_build.c).
    struct die_ref ref;
    enum node_state state; // of the whole face
    bool is_named_filled;
    bool is_queued;
    bool is_unreadable; // the whole face stands for a DIE that could not be read
    // What the named face needs to know of the whole one, to be made without reading the DIE again.
    struct die_ref read_at;
    bool is_completed;   // the whole face was read at a definition that the DIE does not name
    bool is_size_stated; // not derived from another type's
    struct node *target; // whose whole face is the whole face's target
    // While WHOLE: its runs of the builder's edges and pendings.
    size_t edges_first, edges_count;
    size_t pendings_first, pendings_count;
    // Of the search for cycles.
    uint32_t order, low, component;
    bool is_open;
};

struct edge {
    const struct type **slot; // where the pointer to the part's type stands
    struct node *to;
};

// What must wait until the types of the members are finished.
struct pending {
    enum pending_kind {
        PENDING_BIT_OFFSET,   // member: DW_AT_bit_offset counts from the end of a storage unit of its type
        PENDING_VIRTUAL_BASE, // member: its place stands in the vtable
        PENDING_VARIANT,      // variant: values read as the discriminant's type is signed or not
    } kind;
    struct member *member;
    int64_t bit_offset;
    uint64_t below_bytes;
    struct variant *variant;
    const struct member *discriminant;
    struct die_attribute values;
};

// A declaration in a unit and the definition that completes it there (DW_AT_specification).
struct completion {
    uint64_t declaration_offset;
    struct die_ref definition;
};

struct completions {
    VEC(struct completion) list;
    struct error *error; // why they cannot be read; asked again, the answer is the same
};

struct name_table;

struct type_builder {
    const struct unit_table *table;
    struct die_reader *reader;
    const struct type_index *index; // borrowed; NULL: none
    struct name_table *names;       // of the index, or of what was searched so far
    struct symbol_memo symbols;     // of the table's object
    bool skips_pointees;            // set by the caller
    bool skips_names;               // type_builder_skip_names
    bool is_broken;                 // memory was short in the middle of a graph

    struct arena arena;   // the graph
    struct arena scratch; // DIEs being read; freed now and then, never while a node is filled
    struct die_map nodes;
    struct die_map scopes;      // const char *: what stands before the names of a DIE's children
    struct die_map line_files;  // struct line_files * by place of the line table
    struct die_map completions; // struct completions * by unit
    VEC(struct node *) queue;
    VEC(struct node *) whole;   // filled since the last finish
    VEC(struct type *) vectors; // named faces, the same; sizes may be missing
    VEC(struct edge) edges;
    VEC(struct pending) pendings;
};

// A DIE and those that it completes, one after the other, by DW_AT_specification or DW_AT_abstract_origin: what
// one does not state the next may.
enum { CHAIN_DIES_MOST = 4 };

struct die_chain {
    struct die dies[CHAIN_DIES_MOST];
    unsigned count;
};

// ---- type_request.c ----

// Reads the DIE and its origins into the scratch arena.
MUST_USE struct error *chain_read(struct type_builder *builder, struct die_ref ref, struct die_chain *chain);
const struct die_attribute *chain_find(const struct die_chain *chain, uint16_t name); // the first one's wins

// A type is met in two ways: held by value, or behind a pointer. Each DIE has a face for either.
enum face { FACE_NAMED, FACE_WHOLE };

// Kinds of which a type held by value shows no more than one that is pointed to.
bool type_faces_are_alike(enum type_kind kind);

// Asks for a face of the type at `ref`, to be filled when its turn comes.
MUST_USE struct error *builder_request(struct type_builder *builder, struct die_ref ref, enum face face,
                                       struct node **result);

// Asks for a type by reference attribute (NULL: there is none) and puts the pointer to it into *slot. By
// value: `node` holds the type as a part, which needs it whole. By name: it is spelled only. An absent
// attribute gives `absent`, an unreadable one a type of unknown content.
MUST_USE struct error *builder_request_value(struct type_builder *builder, struct node *node,
                                             const struct die_attribute *attribute, const struct type *absent,
                                             const struct type **slot);
MUST_USE struct error *builder_request_name(struct type_builder *builder,
                                            const struct die_attribute *attribute, const struct type *absent,
                                            const struct type **slot);
MUST_USE struct error *builder_add_pending(struct type_builder *builder, struct node *node,
                                           struct pending pending);

// Whether nobody asks for names of the unit's types.
bool builder_skips_names(const struct type_builder *builder, const struct unit *unit);

// Notes that memory was short in the middle of a graph: nothing can be built until it is forgotten.
MUST_USE struct error *builder_broken(struct type_builder *builder);

extern const struct type type_void;

// ---- attribute.c ----

// A constant that must not be negative; expressions without memory count as constants (Ada).
bool attribute_unsigned(const struct die_attribute *attribute, bool big_endian, uint64_t *value);
// A constant of either sign. Unsigned forms are taken as they stand.
bool attribute_signed(const struct die_attribute *attribute, bool big_endian, int64_t *value);
bool attribute_is_set(const struct die_attribute *attribute); // a flag that is there and not zero
// The reference; unit NULL when there is none that can be followed.
struct die_ref attribute_reference(const struct die_attribute *attribute);
const char *attribute_text(const struct die_attribute *attribute); // NULL: none, or empty

// ---- type_members.c ----

// Members, bases and variant parts of the aggregate that `chain` is of.
MUST_USE struct error *members_fill(struct type_builder *builder, struct node *node,
                                    const struct die_chain *chain);
// The second step, when the types of all parts are finished.
MUST_USE struct error *members_finish(struct type_builder *builder, struct node *node);

// ---- type_array.c ----

// `type` is one of the node's faces.
MUST_USE struct error *array_fill(struct type_builder *builder, struct node *node, struct type *type,
                                  const struct die_chain *chain);
void array_finish(struct type *type);
// The array that a typedef of `array` stands for: itself but for one of Ada whose stride is none.
MUST_USE struct error *array_unpack(struct type_builder *builder, const struct type *array,
                                    const struct type **result);

// ---- type_atomic.c ----

// The rule for its size, and then that size, when the type under it is finished.
MUST_USE struct error *atomic_fill(struct type_builder *builder, struct type *type);
void atomic_finish(struct type *type);

// ---- type_rust.c ----

// Of a base type: the alignment that its compiler's release gives it, where that is another one than the ABI's.
MUST_USE struct error *rust_integer_fill(struct type_builder *builder, struct type *type);

// ---- type_unsized.c ----

// Makes a slice of the last field of a Rust struct, where it lies beyond the struct's size.
MUST_USE struct error *unsized_tail_finish(struct type_builder *builder, const struct type *type);
// The same where it lies within the size, for a type that was asked for: whether pointers to it have a length decides.
// A type held by value by one of known size has no such tail.
MUST_USE struct error *unsized_tail_find(struct type_builder *builder, const struct type *type);

// ---- type_d.c ----

// Adds the pointers to virtual tables that the debug information of a D class leaves out. Its members are finished.
MUST_USE struct error *d_tables_add(struct type_builder *builder, struct type *type);

// ---- type_enum.c ----

// A type with its enumerators where it is an enumeration, or is a typedef of one: a copy then. `type` may be
// shared by others, who see no enumerators.
MUST_USE struct error *enumerators_add(struct type_builder *builder, const struct type *type,
                                       const struct type **result);

// ---- type_scope.c ----

// The qualified name of the type that `chain` is of, in the graph's arena; NULL when it is anonymous.
MUST_USE struct error *scope_qualify(struct type_builder *builder, const struct die_chain *chain,
                                     const char **name);

// Gives a type that was filled without its scopes its qualified name.
MUST_USE struct error *node_spell(struct type_builder *builder, const struct node *node);

// ---- type_definition.c ----

// Finds the definition of a declared type: by signature, completed in the same unit or, where a name stands
// for one thing only, anywhere by that name. definition->unit is NULL when there is none.
MUST_USE struct error *definition_find(struct type_builder *builder, const struct die_chain *chain,
                                       bool is_needed_whole, struct die_ref *definition);
// The only definition that the file has under the name; definition->unit is NULL when there is none, or several.
MUST_USE struct error *definition_by_name(struct type_builder *builder, const char *name,
                                          struct die_ref *definition);
void definition_forget(struct type_builder *builder);

// ---- vtable.c ----

// Where the virtual base whose offset stands `below_bytes` below the vtable's address point lies in a
// complete object of class `type`, by the Itanium C++ ABI, from the program's data. False when that cannot be
// known for sure.
bool vtable_base_offset(struct type_builder *builder, const struct type *type, uint64_t below_bytes,
                        uint64_t *offset_bytes);

#endif
