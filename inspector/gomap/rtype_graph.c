// SPDX-License-Identifier: MIT
// Type graphs of rtypes, in the words of Go's debug information (cmd/link/internal/ld/dwarf.go): what reads one reads
// the other. Nodes are kept by address and role, so that a graph may lead back to itself:
//
//     stub    kind, name, size: what is behind a pointer
//     whole   the same with members; entered before its members are made
#include "gomap/rtype_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct graph {
    struct go_types *types;
    unsigned depth; // of types within types: structs, arrays
};

enum { GRAPH_DEPTH_MOST = 64 };

static struct error *whole_type(struct graph *graph, uint64_t address, enum rtype_role role,
                                struct type **type);

static struct error *new_type(const struct graph *graph, enum type_kind kind, const char *name,
                              uint64_t size_bytes, struct type **result)
{
    const struct go_runtime *runtime = graph->types->runtime;
    struct type *type = *result = arena_alloc(&graph->types->arena, sizeof(*type));
    if (!type)
        return &error_out_of_memory;
    *type = (struct type){.kind = kind,
                          .language = LANGUAGE_GO,
                          .name = name,
                          .size_known = true,
                          .size_bytes = size_bytes,
                          .size_bits = 8 * size_bytes,
                          .big_endian = runtime->facts.big_endian,
                          .address_bytes = (uint8_t)runtime->facts.word_bytes};
    return NULL;
}

static struct type_id id_of(const struct graph *graph, uint64_t address, enum rtype_role role)
{
    return (struct type_id){graph->types, 4 * address + role};
}

// ---- small parts ------------------------------------------------------------------------------------------

static struct error *number_type(const struct graph *graph, const char *name, unsigned size_bytes,
                                 struct type **type)
{
    RETURN_IF_ERROR(new_type(graph, TYPE_BASE, name, size_bytes, type));
    (*type)->encoding = ENCODING_UNSIGNED;
    return NULL;
}

static struct error *pointer_to(const struct graph *graph, const struct type *target, struct type **pointer)
{
    const char *name =
        target && target->name ? arena_format(&graph->types->arena, "*%s", target->name) : "unsafe.Pointer";
    RETURN_IF_ERROR(new_type(graph, TYPE_POINTER, name, graph->types->runtime->facts.word_bytes, pointer));
    (*pointer)->target = target;
    (*pointer)->go_kind = GO_POINTER;
    return NULL;
}

static struct error *array_of(const struct graph *graph, const char *name, const struct type *elem,
                              uint64_t count, struct type **array)
{
    RETURN_IF_ERROR(new_type(graph, TYPE_ARRAY, name, count * elem->size_bytes, array));
    (*array)->dimensions = arena_alloc(&graph->types->arena, sizeof(*(*array)->dimensions));
    if (!(*array)->dimensions)
        return &error_out_of_memory;
    *(*array)->dimensions = (struct array_dimension){.count_known = true, .count = count};
    (*array)->dimensions_count = 1;
    (*array)->target = elem;
    (*array)->go_kind = GO_ARRAY;
    (*array)->go_elem = elem;
    return NULL;
}

static struct error *room_for_members(const struct graph *graph, struct type *type, size_t count)
{
    type->members = arena_alloc_array(&graph->types->arena, count, sizeof(*type->members));
    return type->members ? NULL : &error_out_of_memory;
}

static void add_member(struct type *type, const char *name, const struct type *member, uint64_t offset_bytes)
{
    type->members[type->members_count++] = (struct member){.kind = MEMBER_FIELD,
                                                           .name = name,
                                                           .type = member,
                                                           .offset_known = true,
                                                           .size_known = true,
                                                           .offset_bits = 8 * offset_bytes,
                                                           .size_bits = member->size_bits};
}

// A member that is a number of 1 to 8 bytes.
static struct error *add_number(const struct graph *graph, struct type *type, const char *name,
                                uint64_t offset_bytes, unsigned size_bytes)
{
    static const char *const names[9] = {[1] = "uint8", [2] = "uint16", [4] = "uint32", [8] = "uint64"};
    struct type *number;
    RETURN_IF_ERROR(number_type(graph, names[size_bytes], size_bytes, &number));
    add_member(type, name, number, offset_bytes);
    return NULL;
}

// ---- stubs: what is behind a pointer ----------------------------------------------------------------------

static enum type_kind kind_of(const struct rtype *rtype)
{
    switch (rtype->kind) {
    case GO_ARRAY:
        return TYPE_ARRAY;
    case GO_MAP:
    case GO_CHAN:
    case GO_INTERFACE:
        return TYPE_TYPEDEF;
    case GO_POINTER:
    case GO_FUNC:
    case GO_UNSAFE_POINTER:
        return TYPE_POINTER;
    case GO_SLICE:
    case GO_STRING:
    case GO_STRUCT:
        return TYPE_STRUCT;
    default:
        return TYPE_BASE;
    }
}

static const char *key_and_elem(const struct graph *graph, const struct rtype *map)
{
    const struct rtype *key, *elem;
    struct error *error = rtype_at(graph->types, map->key, &key);
    if (!error)
        error = rtype_at(graph->types, map->elem, &elem);
    if (!error)
        return arena_format(&graph->types->arena, "%s,%s", key->name, elem->name);
    error_free(error);
    return "?,?";
}

static const char *role_name(const struct graph *graph, const struct rtype *rtype, enum rtype_role role)
{
    struct arena *arena = &graph->types->arena;
    switch (role) {
    case ROLE_HEADER:
        return arena_format(arena, "%s<%s>", rtype->is_swiss ? "map" : "hash", key_and_elem(graph, rtype));
    case ROLE_TABLE:
        return arena_format(arena, "table<%s>", key_and_elem(graph, rtype));
    case ROLE_SLOTS:
        return arena_format(arena, "bucket<%s>", key_and_elem(graph, rtype));
    default:
        return rtype->name;
    }
}

static uint64_t role_bytes(const struct graph *graph, const struct rtype *rtype, enum rtype_role role)
{
    const struct go_runtime_facts *facts = &graph->types->runtime->facts;
    const struct rtype *slots;
    struct error *error;
    switch (role) {
    case ROLE_HEADER:
        return rtype->is_swiss ? facts->swiss.size_bytes : facts->classic.size_bytes;
    case ROLE_TABLE:
        return facts->swiss.table_bytes;
    case ROLE_SLOTS:
        error = rtype_at(graph->types, rtype->slots, &slots);
        error_free(error);
        return error ? 0 : slots->size_bytes;
    default:
        return rtype->size_bytes;
    }
}

// Kind, name and size, for a stub and a whole alike.
static struct error *outline(const struct graph *graph, const struct rtype *rtype, enum rtype_role role,
                             struct type **result)
{
    struct type *type;
    RETURN_IF_ERROR(new_type(graph, role == ROLE_TYPE ? kind_of(rtype) : TYPE_STRUCT,
                             role_name(graph, rtype, role), role_bytes(graph, rtype, role), result));
    type = *result;
    type->id = id_of(graph, rtype->address, role);
    if (!type->name)
        return &error_out_of_memory;
    if (role != ROLE_TYPE)
        return NULL;
    type->declared_align_bytes = rtype->align_bytes;
    type->go_kind = rtype->kind;
    return NULL;
}

static struct error *stub(const struct graph *graph, uint64_t address, enum rtype_role role,
                          const struct type **result)
{
    const struct rtype *rtype;
    struct type *type;
    *result = address_table_find(&graph->types->stubs[role], address);
    if (*result)
        return NULL;
    RETURN_IF_ERROR(rtype_at(graph->types, address, &rtype));
    RETURN_IF_ERROR(outline(graph, rtype, role, &type));
    type->by_name_only = true;
    if (!address_table_put(&graph->types->stubs[role], address, type))
        return &error_out_of_memory;
    *result = type;
    return NULL;
}

// ---- maps -------------------------------------------------------------------------------------------------

static struct error *fill_swiss_header(struct graph *graph, const struct rtype *map, struct type *type)
{
    const struct go_swiss_layout *layout = &graph->types->runtime->facts.swiss;
    unsigned word = graph->types->runtime->facts.word_bytes;
    const struct type *table;
    struct type *to_table, *to_directory;
    RETURN_IF_ERROR(stub(graph, map->address, ROLE_TABLE, &table));
    RETURN_IF_ERROR(pointer_to(graph, table, &to_table));
    RETURN_IF_ERROR(pointer_to(graph, to_table, &to_directory));
    RETURN_IF_ERROR(room_for_members(graph, type, 9));
    RETURN_IF_ERROR(add_number(graph, type, "used", layout->used, 8));
    RETURN_IF_ERROR(add_number(graph, type, "seed", layout->seed, word));
    add_member(type, "dirPtr", to_directory, layout->dir_pointer);
    RETURN_IF_ERROR(add_number(graph, type, "dirLen", layout->dir_length, word));
    RETURN_IF_ERROR(add_number(graph, type, "globalDepth", layout->global_depth, 1));
    RETURN_IF_ERROR(add_number(graph, type, "globalShift", layout->global_shift, 1));
    RETURN_IF_ERROR(add_number(graph, type, "writing", layout->writing, 1));
    if (layout->tombstone_possible)
        RETURN_IF_ERROR(add_number(graph, type, "tombstonePossible", layout->tombstone_possible, 1));
    return add_number(graph, type, "clearSeq", layout->clear_seq, 8);
}

static struct error *fill_table(struct graph *graph, const struct rtype *map, struct type *type)
{
    const struct go_swiss_layout *layout = &graph->types->runtime->facts.swiss;
    unsigned word = graph->types->runtime->facts.word_bytes;
    const char *name = arena_format(&graph->types->arena, "groupReference<%s>", key_and_elem(graph, map));
    const struct type *group;
    struct type *to_group, *groups;
    RETURN_IF_ERROR(stub(graph, map->slots, ROLE_TYPE, &group));
    RETURN_IF_ERROR(pointer_to(graph, group, &to_group));
    RETURN_IF_ERROR(
        new_type(graph, TYPE_STRUCT, name, layout->table_mask + 8u - layout->table_groups, &groups));
    RETURN_IF_ERROR(room_for_members(graph, groups, 2));
    add_member(groups, "data", to_group, 0);
    RETURN_IF_ERROR(add_number(graph, groups, "lengthMask", layout->table_mask - layout->table_groups, 8));
    RETURN_IF_ERROR(room_for_members(graph, type, 6));
    RETURN_IF_ERROR(add_number(graph, type, "used", layout->table_used, 2));
    RETURN_IF_ERROR(add_number(graph, type, "capacity", layout->table_capacity, 2));
    RETURN_IF_ERROR(add_number(graph, type, "growthLeft", layout->table_growth_left, 2));
    RETURN_IF_ERROR(add_number(graph, type, "localDepth", layout->table_local_depth, 1));
    RETURN_IF_ERROR(add_number(graph, type, "index", layout->table_index, word));
    add_member(type, "groups", groups, layout->table_groups);
    return NULL;
}

static struct error *extra_type(struct graph *graph, const struct type *bucket, struct type **to_extra)
{
    const struct go_classic_layout *layout = &graph->types->runtime->facts.classic;
    struct type *extra, *to_bucket, *to_anything;
    RETURN_IF_ERROR(new_type(graph, TYPE_STRUCT, "runtime.mapextra", layout->extra_bytes, &extra));
    RETURN_IF_ERROR(pointer_to(graph, NULL, &to_anything));
    RETURN_IF_ERROR(pointer_to(graph, bucket, &to_bucket));
    RETURN_IF_ERROR(room_for_members(graph, extra, 3));
    add_member(extra, "overflow", to_anything, layout->extra_overflow);
    add_member(extra, "oldoverflow", to_anything, layout->extra_oldoverflow);
    add_member(extra, "nextOverflow", to_bucket, layout->extra_next_overflow);
    return pointer_to(graph, extra, to_extra);
}

static struct error *fill_classic_header(struct graph *graph, const struct rtype *map, struct type *type)
{
    const struct go_classic_layout *layout = &graph->types->runtime->facts.classic;
    unsigned word = graph->types->runtime->facts.word_bytes;
    const struct type *bucket;
    struct type *to_bucket, *to_extra;
    RETURN_IF_ERROR(stub(graph, map->address, ROLE_SLOTS, &bucket));
    RETURN_IF_ERROR(pointer_to(graph, bucket, &to_bucket));
    RETURN_IF_ERROR(extra_type(graph, bucket, &to_extra));
    RETURN_IF_ERROR(room_for_members(graph, type, 10));
    RETURN_IF_ERROR(add_number(graph, type, "count", layout->count, word));
    RETURN_IF_ERROR(add_number(graph, type, "flags", layout->flags, 1));
    RETURN_IF_ERROR(add_number(graph, type, "B", layout->B, 1));
    RETURN_IF_ERROR(add_number(graph, type, "noverflow", layout->noverflow, 2));
    RETURN_IF_ERROR(add_number(graph, type, "hash0", layout->hash0, 4));
    add_member(type, "buckets", to_bucket, layout->buckets);
    add_member(type, "oldbuckets", to_bucket, layout->oldbuckets);
    RETURN_IF_ERROR(add_number(graph, type, "nevacuate", layout->nevacuate, word));
    if (layout->clear_seq)
        RETURN_IF_ERROR(add_number(graph, type, "clearSeq", layout->clear_seq, 8));
    add_member(type, "extra", to_extra, layout->extra);
    return NULL;
}

// topbits, keys, elems, overflow of the rtype are tophash, keys, values, overflow of the debug information.
static struct error *fill_bucket(struct graph *graph, const struct rtype *map, struct type *type)
{
    static const char *const names[] = {"tophash", "keys", "values", "overflow"};
    const struct rtype *slots;
    const struct type *bucket;
    struct type *to_bucket;
    RETURN_IF_ERROR(rtype_at(graph->types, map->slots, &slots));
    if (slots->fields_count != 4)
        return error_create(ERROR_BAD_FORMAT, "the bucket at 0x%" PRIx64 " has %zu parts", slots->address,
                            slots->fields_count);
    RETURN_IF_ERROR(stub(graph, map->address, ROLE_SLOTS, &bucket));
    RETURN_IF_ERROR(pointer_to(graph, bucket, &to_bucket));
    RETURN_IF_ERROR(room_for_members(graph, type, 4));
    for (size_t i = 0; i < 4; i++) {
        struct type *part = to_bucket;
        if (i < 3)
            RETURN_IF_ERROR(whole_type(graph, slots->fields[i].type, ROLE_TYPE, &part));
        add_member(type, names[i], part, slots->fields[i].offset_bytes);
    }
    return NULL;
}

static struct error *fill_map(struct graph *graph, const struct rtype *map, struct type *type)
{
    const struct type *header, *key, *elem;
    struct type *to_header;
    if (!role_bytes(graph, map, ROLE_HEADER))
        return error_create(ERROR_BAD_FORMAT, "%s: the program has no such maps", map->name);
    RETURN_IF_ERROR(stub(graph, map->address, ROLE_HEADER, &header));
    RETURN_IF_ERROR(pointer_to(graph, header, &to_header));
    RETURN_IF_ERROR(stub(graph, map->key, ROLE_TYPE, &key));
    RETURN_IF_ERROR(stub(graph, map->elem, ROLE_TYPE, &elem));
    type->target = to_header;
    type->go_key = key;
    type->go_elem = elem;
    return NULL;
}

// ---- the others -------------------------------------------------------------------------------------------

static struct error *fill_struct(struct graph *graph, const struct rtype *rtype, struct type *type)
{
    RETURN_IF_ERROR(room_for_members(graph, type, rtype->fields_count));
    for (size_t i = 0; i < rtype->fields_count; i++) {
        const struct rtype_field *field = &rtype->fields[i];
        struct type *part;
        RETURN_IF_ERROR(whole_type(graph, field->type, ROLE_TYPE, &part));
        add_member(type, field->name, part, field->offset_bytes);
        type->members[i].is_embedded = field->is_embedded;
    }
    return NULL;
}

// A string: a pointer to bytes and a length. A slice: a pointer to elements, a length and a capacity.
static struct error *fill_sequence(struct graph *graph, const struct rtype *rtype, struct type *type)
{
    unsigned word = graph->types->runtime->facts.word_bytes;
    const struct type *elem;
    struct type *byte, *to_elem;
    bool is_slice = rtype->kind == GO_SLICE;
    RETURN_IF_ERROR(number_type(graph, "uint8", 1, &byte));
    elem = byte;
    if (is_slice)
        RETURN_IF_ERROR(stub(graph, rtype->elem, ROLE_TYPE, &elem));
    RETURN_IF_ERROR(pointer_to(graph, elem, &to_elem));
    RETURN_IF_ERROR(room_for_members(graph, type, 3));
    add_member(type, is_slice ? "array" : "str", to_elem, 0);
    RETURN_IF_ERROR(add_number(graph, type, "len", word, word));
    if (!is_slice)
        return NULL;
    type->go_elem = elem;
    return add_number(graph, type, "cap", 2 * word, word);
}

static struct error *fill_interface(struct graph *graph, const struct rtype *rtype, struct type *type)
{
    unsigned word = graph->types->runtime->facts.word_bytes;
    struct type *value, *to_anything;
    RETURN_IF_ERROR(new_type(graph, TYPE_STRUCT, rtype->has_methods ? "runtime.iface" : "runtime.eface",
                             2 * word, &value));
    RETURN_IF_ERROR(pointer_to(graph, NULL, &to_anything));
    RETURN_IF_ERROR(room_for_members(graph, value, 2));
    add_member(value, rtype->has_methods ? "tab" : "_type", to_anything, 0);
    add_member(value, "data", to_anything, word);
    type->target = value;
    return NULL;
}

static void fill_number(const struct rtype *rtype, struct type *type)
{
    bool is_signed = rtype->kind >= GO_INT && rtype->kind <= GO_INT64;
    bool is_float = rtype->kind == GO_FLOAT32 || rtype->kind == GO_FLOAT64;
    bool is_complex = rtype->kind == GO_COMPLEX64 || rtype->kind == GO_COMPLEX128;
    type->encoding = rtype->kind == GO_BOOL ? ENCODING_BOOLEAN
                     : is_signed            ? ENCODING_SIGNED
                     : is_float             ? ENCODING_FLOAT
                     : is_complex           ? ENCODING_COMPLEX_FLOAT
                                            : ENCODING_UNSIGNED;
}

static struct error *fill_type(struct graph *graph, const struct rtype *rtype, struct type *type)
{
    const struct type *elem;
    struct type *part;
    switch (rtype->kind) {
    case GO_ARRAY: {
        RETURN_IF_ERROR(whole_type(graph, rtype->elem, ROLE_TYPE, &part));
        struct type *made;
        RETURN_IF_ERROR(array_of(graph, rtype->name, part, rtype->length, &made));
        type->dimensions = made->dimensions;
        type->dimensions_count = made->dimensions_count;
        type->target = type->go_elem = part;
        return NULL;
    }
    case GO_CHAN:
        RETURN_IF_ERROR(stub(graph, rtype->elem, ROLE_TYPE, &elem));
        RETURN_IF_ERROR(pointer_to(graph, NULL, &part));
        type->target = part;
        type->go_elem = elem;
        return NULL;
    case GO_POINTER:
        RETURN_IF_ERROR(stub(graph, rtype->elem, ROLE_TYPE, &elem));
        type->target = elem;
        return NULL;
    case GO_INTERFACE:
        return fill_interface(graph, rtype, type);
    case GO_MAP:
        return fill_map(graph, rtype, type);
    case GO_SLICE:
    case GO_STRING:
        return fill_sequence(graph, rtype, type);
    case GO_STRUCT:
        return fill_struct(graph, rtype, type);
    case GO_FUNC:
    case GO_UNSAFE_POINTER:
        return NULL;
    default:
        fill_number(rtype, type);
        return NULL;
    }
}

static struct error *fill(struct graph *graph, const struct rtype *rtype, enum rtype_role role,
                          struct type *type)
{
    if (role != ROLE_TYPE && rtype->kind != GO_MAP)
        return error_create(ERROR_BAD_FORMAT, "%s is no map", rtype->name);
    switch (role) {
    case ROLE_HEADER:
        return rtype->is_swiss ? fill_swiss_header(graph, rtype, type)
                               : fill_classic_header(graph, rtype, type);
    case ROLE_TABLE:
        return fill_table(graph, rtype, type);
    case ROLE_SLOTS:
        return fill_bucket(graph, rtype, type);
    default:
        return fill_type(graph, rtype, type);
    }
}

// A type that holds itself in place cannot be: one that is met while it is filled is such a one.
static struct error *whole_type(struct graph *graph, uint64_t address, enum rtype_role role,
                                struct type **result)
{
    struct address_table *table = &graph->types->wholes[role];
    const struct rtype *rtype;
    struct type *type = *result = address_table_find(table, address);
    if (type)
        return type->by_name_only
                   ? error_create(ERROR_BAD_FORMAT, "%s holds itself, or could not be read", type->name)
                   : NULL;
    if (graph->depth == GRAPH_DEPTH_MOST)
        return error_create(ERROR_BAD_FORMAT, "the type at 0x%" PRIx64 " lies in too many others", address);
    RETURN_IF_ERROR(rtype_at(graph->types, address, &rtype));
    RETURN_IF_ERROR(outline(graph, rtype, role, &type));
    type->by_name_only = true; // until it is filled
    if (!address_table_put(table, address, type))
        return &error_out_of_memory;
    graph->depth++;
    struct error *error = fill(graph, rtype, role, type);
    graph->depth--;
    type->by_name_only = error != NULL;
    *result = type;
    return error;
}

struct error *go_types_graph(struct go_types *types, uint64_t address, const struct type **type)
{
    struct graph graph = {.types = types};
    struct type *made;
    RETURN_IF_ERROR(whole_type(&graph, address, ROLE_TYPE, &made));
    *type = made;
    return types->arena.has_failed ? &error_out_of_memory : NULL;
}

struct error *rtype_graph_build(struct type_maker *maker, const struct type_index_entry *entry,
                                const struct type **type)
{
    struct graph graph = {.types = (struct go_types *)maker};
    struct type *made;
    if (entry->id.group != maker)
        return error_create(ERROR_BAD_FORMAT, "a type of another program");
    RETURN_IF_ERROR(whole_type(&graph, entry->id.number / 4, (enum rtype_role)(entry->id.number % 4), &made));
    *type = made;
    return graph.types->arena.has_failed ? &error_out_of_memory : NULL;
}
